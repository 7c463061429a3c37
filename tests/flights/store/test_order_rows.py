"""What is stored of an order comes back as it was."""

from dataclasses import replace
from datetime import UTC, date, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.flights.domain.flight import LegKey
from holdfast.flights.domain.schedule import Designator
from holdfast.flights.store.order_rows import (
    Bought,
    departures_of,
    document_of,
    folded,
    is_document_of,
    leg_of,
    leg_text,
    names_of,
    seat_columns,
)
from tests.flights.booking_samples import Wish, offer, passengers, seat, segment
from tests.flights.service.booking_desk import START

CODES = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=2, max_size=3)
POINTS = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=3, max_size=3)
LEGS = st.builds(
    LegKey, CODES, st.integers(1, 9999), st.sampled_from(["", "A"]), st.dates(), POINTS, POINTS
)


@given(LEGS)
def test_a_leg_has_one_text_and_the_text_one_leg(leg: LegKey) -> None:
    assert leg_of(leg_text(leg)) == leg


def test_the_text_of_a_leg_is_what_the_database_takes_apart() -> None:
    key = LegKey("U2", 117, "", date(2026, 12, 1), "LHR", "JFK")
    assert leg_text(key) == "U2/117//2026-12-01/LHR/JFK"


def test_what_was_bought_comes_back_whole() -> None:
    made = offer(START, Wish((segment(300),)))
    document = document_of(made, passengers(made))
    found = msgspec.msgpack.decode(document, type=Bought)
    assert found == Bought(made, passengers(made))


def test_a_document_of_before_passengers_had_accounts_says_the_same() -> None:
    made = offer(START)
    document = document_of(made, passengers(made))
    old = msgspec.msgpack.decode(document)
    for who in (*old["passengers"], *old["offer"]["travellers"]):
        assert who.pop("accounts") == []
    packed = msgspec.msgpack.encode(old)
    assert packed != document
    assert is_document_of(packed, made, passengers(made))
    assert not is_document_of(packed, made, passengers(made, "Other"))


def test_an_order_is_found_by_given_family_and_full_names() -> None:
    made = offer(START)
    assert names_of(passengers(made, "Van  DAM")) == ["adaa", "van dam", "adaa van dam"]


@pytest.mark.parametrize(("text", "same"), [(" A  b ", "a b"), ("STRASSE", "stra\u00dfe")])
def test_names_are_compared_whatever_their_case_and_spaces(text: str, same: str) -> None:
    assert folded(text) == folded(same)


def test_a_seat_is_a_row_on_each_leg() -> None:
    made = offer(START, Wish((segment(300, legs=(1, 2)),)))
    legs, designators, people = seat_columns((seat(made, "7C"),))
    assert legs == [leg_text(leg.key) for leg in segment(300, legs=(1, 2)).legs]
    assert designators == ["7C", "7C"]
    assert people == [made.travellers[0].id] * 2


def test_departures_are_those_of_flights_that_the_airline_files_itself() -> None:
    own = segment(100)
    shared = replace(segment(200), marketing=Designator("ZZ", 900))
    found = departures_of(offer(START, Wish((own, shared))))
    assert found == {own.legs[0].key: datetime(2027, 6, 1, 11, 20, tzinfo=UTC)}
