"""The words of the desk: what the API names has a sentence in both languages."""

from typing import get_args

import pytest

from holdfast.flights.entrypoints.ingest.shapes import Word
from holdfast.flights.pages.desk import NEWS
from holdfast.flights.pages.words.desk import WORDS
from holdfast.flights.service.audit import MEANINGS
from holdfast.flights.service.feed_health import Word as Health


@pytest.mark.parametrize("name", sorted(MEANINGS))
def test_every_assertion_of_the_auditor_is_said(name: str) -> None:
    assert f"desk.assert.{name}" in WORDS


def test_every_health_outcome_and_decision_is_said() -> None:
    assert {f"desk.health.{one}" for one in get_args(Health)} <= WORDS.keys()
    outcomes = set(get_args(Word)) - {"incomplete"}
    assert {f"desk.outcome.{one}" for one in outcomes} <= WORDS.keys()
    assert {f"desk.news.{one}" for one in NEWS} <= WORDS.keys()
