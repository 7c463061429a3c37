"""The words of booking: everything that the form can find wrong has a sentence."""

import re
from pathlib import Path

import pytest

from holdfast.flights.domain.seat_map import EXIT_DISCLOSURES
from holdfast.flights.pages import checkout, party_form
from holdfast.flights.pages.words.booking import WORDS


def test_every_error_of_the_form_has_its_sentence() -> None:
    source = Path(party_form.__file__).read_text(encoding="utf-8")
    named = set(re.findall(r'"(party\.[a-z.]+)"', source))
    assert named
    assert named <= WORDS.keys()


@pytest.mark.parametrize("kind", [party_form.ADULT, party_form.CHILD, party_form.INFANT])
def test_every_age_that_does_not_fit_has_its_sentence(kind: str) -> None:
    assert {f"party.born.{kind}", f"party.type.{kind}"} <= WORDS.keys()


def test_every_trouble_of_booking_has_its_sentence() -> None:
    assert set(checkout.TROUBLES.values()) <= WORDS.keys()


@pytest.mark.parametrize("told", EXIT_DISCLOSURES)
def test_the_disclosures_of_exits_are_said_in_both_languages(told: str) -> None:
    english, german = WORDS["disclosure." + "_".join(told.lower().split()[:3])]
    assert english == told
    assert german != told
