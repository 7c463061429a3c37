"""What is wrong with a query is told with its place; what is right passes."""

from datetime import date, timedelta

import pytest

from holdfast.flights.domain.offer import Query
from holdfast.flights.service.check_query import MAX_SLICES, check
from tests.support.flights_world import ADULT, DAY, INFANT, NOW, ask, atlas, query

ATLAS = atlas()
BACK = DAY + timedelta(days=7)


@pytest.mark.parametrize(
    "sound",
    [
        query(ask("LHR", "JFK")),
        query(ask("LON", "NYC"), ask("NYC", "LON", BACK), party=(ADULT, INFANT), max_connections=2),
        query(ask("LHR", "JFK", NOW.date())),
        query(ask("LHR", "LGW")),
        query(ask("LHR", "JFK"), ask("JFK", "LHR")),
    ],
)
def test_a_sound_query_passes(sound: Query) -> None:
    assert check(sound, ATLAS, NOW) is None


@pytest.mark.parametrize(
    ("bad", "pointer"),
    [
        (query(), "/slices"),
        (query(*[ask("LHR", "JFK")] * (MAX_SLICES + 1)), "/slices"),
        (query(ask("LHR", "JFK"), max_connections=3), "/max_connections"),
        (query(ask("LHR", "JFK"), max_connections=-1), "/max_connections"),
        (query(ask("LHR", "JFK"), party=()), "/passengers"),
        (query(ask("QQQ", "JFK")), "/slices/0/origin"),
        (query(ask("LHR", "")), "/slices/0/destination"),
        (query(ask("LHR", "LON")), "/slices/0/destination"),
        (query(ask("LHR", "LHR")), "/slices/0/destination"),
        (query(ask("LHR", "JFK", date(2026, 11, 24))), "/slices/0/departure_date"),
        (query(ask("LHR", "JFK", BACK), ask("JFK", "LHR", DAY)), "/slices/1/departure_date"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(bad: Query, pointer: str) -> None:
    found = check(bad, ATLAS, NOW)
    assert found is not None
    assert found.pointer == pointer
    assert found.message.endswith(".")


def test_a_day_is_not_over_while_it_goes_on_somewhere() -> None:
    midnight = NOW.replace(hour=0, minute=30)
    yesterday = midnight.date() - timedelta(days=1)
    assert check(query(ask("LHR", "JFK", yesterday)), ATLAS, midnight) is None
    assert check(query(ask("LHR", "JFK", yesterday)), ATLAS, NOW + timedelta(hours=1)) is not None
