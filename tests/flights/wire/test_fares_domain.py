"""What no type can check of a record, by its reason."""

import msgspec
import pytest

from holdfast.flights.wire.fares_domain import BadRecord, RecordReader
from holdfast.flights.wire.fares_records import AnyRecord, Fare, Limits, Tier

FARE: dict[str, object] = {
    "kind": "fare",
    "board": "LHR",
    "off": "JFK",
    "cabin": "economy",
    "booking_class": "Y",
    "basis": "YOW",
    "currency": "EUR",
    "first_date": "2026-12-01",
    "last_date": "2026-12-31",
    "total": 100,
}
LIMITS: dict[str, object] = {
    "kind": "limits",
    "number": 1,
    "board": "LHR",
    "off": "JFK",
    "cabin": "economy",
    "first_date": "2026-12-01",
    "last_date": "2026-12-31",
    "limits": [["Y", 9], ["M", 4]],
}
TIER: dict[str, object] = {
    "kind": "tier",
    "aircraft": "320",
    "cabin": "economy",
    "tier": "exit",
    "first_row": 12,
    "last_row": 13,
    "currency": "EUR",
    "name": "Exit",
    "total": 100,
}


def fault(record: dict[str, object], **changes: object) -> str:
    """Why the changed record is set aside."""
    with pytest.raises(BadRecord) as caught:
        make(msgspec.convert(record | changes, AnyRecord))
    return str(caught.value)


def make(record: AnyRecord) -> object:
    reader = RecordReader("ZZ")
    match record:
        case Fare():
            return reader.fare(record)
        case Limits():
            return reader.limits(record)
        case _:
            assert isinstance(record, Tier)
            return reader.tier(record)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"off": "LHR"}, "board and off are the same point"),
        ({"board": "lhr"}, "board 'lhr' is not of the form [A-Z]{3}"),
        ({"off": "JFKX"}, "off 'JFKX' is not of the form [A-Z]{3}"),
        ({"booking_class": "YY"}, "booking_class 'YY' is not of the form [A-Z]"),
        ({"basis": "y"}, "basis 'y' is not of the form [A-Z0-9/]{1,15}"),
        ({"currency": "euro"}, "currency 'euro' is not of the form [A-Z]{3}"),
        ({"days": "18"}, "days '18' is not of the form [1-7]{1,7}"),
        ({"total": None}, "total is missing"),
        ({"tax": 101}, "tax is more than total"),
        ({"last_date": "2026-11-30"}, "first_date is after last_date"),
        ({"first_date": "1999-12-31"}, "dates must be from 2000-01-01 to 2099-12-31"),
        ({"last_date": "2100-01-01"}, "dates must be from 2000-01-01 to 2099-12-31"),
        (
            {"last_date": "2026-12-01", "days": "1"},
            "no date of the period is one of its weekdays",
        ),
        ({"change_penalty": 1}, "change_penalty of a fare that is not changeable"),
        ({"refund_penalty": 1}, "refund_penalty of a fare that is not refundable"),
    ],
)
def test_a_fare_is_set_aside(changes: dict[str, object], reason: str) -> None:
    assert fault(FARE, **changes) == reason


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"off": "LHR"}, "board and off are the same point"),
        ({"limits": [["Y", 9], ["Y", 4]]}, "a class is limited twice"),
        ({"limits": [["Y", 9], ["M", 10]]}, "a class may sell more than the one before it"),
        ({"limits": []}, "no class is limited"),
        ({"limits": [["y", 1]]}, "booking class 'y' is not of the form [A-Z]"),
    ],
)
def test_limits_are_set_aside(changes: dict[str, object], reason: str) -> None:
    assert fault(LIMITS, **changes) == reason


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"last_row": 11}, "first_row is after last_row"),
        ({"total": None}, "total is missing"),
        ({"currency": "EU"}, "currency 'EU' is not of the form [A-Z]{3}"),
    ],
)
def test_a_tier_is_set_aside(changes: dict[str, object], reason: str) -> None:
    assert fault(TIER, **changes) == reason


def test_what_repeats_is_made_once() -> None:
    reader = RecordReader("ZZ")
    one, other = (reader.fare(msgspec.convert(FARE, Fare)) for _ in range(2))
    assert one == other
    assert one.terms is other.terms
    assert one.key.period is other.key.period


def test_the_same_dates_are_the_same_period() -> None:
    reader = RecordReader("ZZ")
    sundays = {"first_date": "2026-12-01", "last_date": "2026-12-08", "days": "7"}
    one_day = {"first_date": "2026-12-06", "last_date": "2026-12-06", "days": "7"}
    keys = {reader.key(msgspec.convert(FARE | dates, Fare)) for dates in (sundays, one_day)}
    assert len(keys) == 1
