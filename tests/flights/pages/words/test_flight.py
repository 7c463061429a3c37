"""The words of this subject begin with its name; test_catalogue.py looks at each of them."""

from dataclasses import fields

from holdfast.flights.domain.status import LegFacts, LegState
from holdfast.flights.pages.words.flight import WORDS


def test_names_begin_with_the_subject() -> None:
    assert all(name.startswith("flight.") for name in WORDS)


def test_every_state_and_every_fact_has_its_words() -> None:
    states = {f"flight.state.{state}" for state in LegState}
    facts = {f"flight.fact.{field.name}" for field in fields(LegFacts)}
    assert states | facts <= WORDS.keys()
