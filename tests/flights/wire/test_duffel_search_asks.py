import msgspec
import pytest

from holdfast.flights.domain.fare import Cabin, PassengerType
from holdfast.flights.domain.offer import Query
from holdfast.flights.wire.duffel_search_asks import MAX_CONNECTIONS, OfferRequestBody, query_of
from holdfast.flights.wire.duffel_texts import Missing, Unfit

SLICE: dict[str, object] = {
    "origin": "FRA",
    "destination": "lon",
    "departure_date": "2026-12-01",
}


def _query(**changes: object) -> Query:
    body = {"slices": [SLICE], "passengers": [{"type": "adult"}], **changes}
    codes = {"arp_lhr_gb": "LHR"}
    return query_of(msgspec.convert(body, OfferRequestBody), codes.get)


def test_codes_are_read_in_any_case_and_ids_of_places_too() -> None:
    query = _query(slices=[SLICE, {**SLICE, "origin": "arp_lhr_gb", "destination": "FRA"}])
    assert [(one.origin, one.destination) for one in query.slices] == [
        ("FRA", "LON"),
        ("LHR", "FRA"),
    ]


def test_travellers_come_by_type_by_age_or_by_type_of_fare() -> None:
    people = [
        {"type": "adult"},
        {"age": 1},
        {"age": 11},
        {"age": 12},
        {"type": "child", "age": 40},
        {"fare_type": "student"},
    ]
    assert [who.type for who in _query(passengers=people).travellers] == [
        PassengerType.ADULT,
        PassengerType.INFANT,
        PassengerType.CHILD,
        PassengerType.ADULT,
        PassengerType.CHILD,
        PassengerType.ADULT,
    ]


def test_a_passenger_without_any_of_these_is_incomplete() -> None:
    with pytest.raises(Missing) as caught:
        _query(passengers=[{"type": "adult"}, {}])
    assert caught.value.pointer == "/passengers/1/type"


def test_names_of_passengers_are_checked() -> None:
    named = [{"type": "adult", "given_name": "Ada", "family_name": "Stone"}]
    assert _query(passengers=named).travellers[0].given_name == "Ada"
    with pytest.raises(Unfit) as caught:
        _query(passengers=[{"type": "adult", "family_name": "St0ne"}])
    assert caught.value.pointer == "/passengers/0/family_name"


def test_times_bound_departure_and_arrival_and_may_be_left_open() -> None:
    asked = {
        **SLICE,
        "departure_time": {"from": "09:45", "to": "17:00"},
        "arrival_time": {"to": "18:30"},
    }
    (ask,) = _query(slices=[asked]).slices
    assert (ask.departure_from_min, ask.departure_to_min) == (585, 1020)
    assert (ask.arrival_from_min, ask.arrival_to_min) == (0, 1110)
    (late,) = _query(slices=[{**SLICE, "departure_time": {"from": "09:45"}}]).slices
    assert (late.departure_from_min, late.departure_to_min) == (585, 1439)


def test_times_that_end_before_they_begin_are_refused() -> None:
    asked = {**SLICE, "arrival_time": {"from": "10:00", "to": "09:00"}}
    with pytest.raises(Unfit) as caught:
        _query(slices=[asked])
    assert caught.value.pointer == "/slices/0/arrival_time"


def test_cabin_and_connections_have_defaults_and_a_bound() -> None:
    assert (_query().cabin, _query().max_connections) == (None, 1)
    asked = _query(cabin_class="business", max_connections=7)
    assert (asked.cabin, asked.max_connections) == (Cabin.BUSINESS, MAX_CONNECTIONS)
    assert _query(max_connections=0).max_connections == 0
