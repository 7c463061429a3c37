"""A small fares file in both forms, and the pieces to spoil it with."""

from datetime import date

from holdfast.flights.domain.fare import (
    Cabin,
    ClassLimits,
    FareKey,
    FareTerms,
    FiledFare,
    PassengerType,
    Price,
    SeatTier,
)
from holdfast.flights.domain.fares_load import FaresLoad
from holdfast.flights.domain.filing import Rejected
from holdfast.flights.domain.schedule import Period
from holdfast.flights.wire.fares import read_fares
from holdfast.flights.wire.fares_forms import Form

WINTER = Period(date(2026, 12, 1), date(2027, 1, 31))
KEY = FareKey(
    "ZZ", 117, "LHR", "JFK", Cabin.ECONOMY, "Y", "YOW", PassengerType.ADULT, "EUR", WINTER
)
TERMS = FareTerms("Flex, with “care”", True, 5000, True, 0, 2, 1, True, 72, 24)
FARES = [
    FiledFare(KEY, TERMS, Price(45000, 12035)),
    FiledFare(KEY._replace(number=None, passenger_type=PassengerType.CHILD), TERMS, Price(0)),
    FiledFare(
        KEY._replace(
            cabin=Cabin.BUSINESS, period=Period(date(2026, 12, 7), date(2026, 12, 28), 0b1)
        ),
        FareTerms(""),
        Price(1, 1),
    ),
]
LIMITS = [
    ClassLimits(
        "ZZ", 117, "LHR", "JFK", Cabin.ECONOMY, WINTER, (("Y", 180), ("M", 90), ("K", 90)), 186, 4
    )
]
TIERS = [
    SeatTier(
        "ZZ",
        "32N",
        Cabin.ECONOMY,
        "exit",
        "Exit row",
        12,
        13,
        "ABC",
        "EUR",
        Price(2500),
        ("Able to help", "Speaks English"),
    ),
    SeatTier("ZZ", "32N", Cabin.ECONOMY, "front", "Front", 1, 5, "", "EUR", Price(900, 100)),
]
FARE_LINE = (
    b'{"kind":"fare","board":"LHR","off":"JFK","cabin":"economy","booking_class":"Y",'
    b'"basis":"YOW","currency":"EUR","first_date":"2026-12-01","last_date":"2027-01-31",'
    b'"total":45000}'
)


def read(
    content: bytes, form: Form = "jsonl", *, full: bool = True, sequence: int | None = None
) -> FaresLoad | Rejected:
    """The content as a file of ZZ, in pieces that cut lines."""
    pieces = [content[at : at + 97] for at in range(0, len(content), 97)]
    return read_fares(pieces, form, airline="ZZ", full=full, sequence=sequence)


def lines(*records: bytes, count: int | None = None) -> bytes:
    """A JSON Lines file of these records with a trailer."""
    total = len(records) if count is None else count
    return b"\n".join([*records, b'{"kind":"trailer","records":%d}' % total, b""])


def loaded(content: bytes, form: Form = "jsonl", *, full: bool = True) -> FaresLoad:
    """The content, which must be taken."""
    load = read(content, form, full=full)
    assert isinstance(load, FaresLoad), load
    return load


def reasons(content: bytes, form: Form = "jsonl", *, full: bool = True) -> list[tuple[int, str]]:
    """Lines and reasons of what was set aside."""
    return [(fault.line, fault.reason) for fault in loaded(content, form, full=full).faults]
