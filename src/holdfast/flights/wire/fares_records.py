"""The records of the fares feed: their fields and limits, and the published JSON Schema.

A record is one line: an object in JSON Lines, a row in CSV. Money is whole minor units of the
currency (45000 for 450.00 EUR), so no rounding is left to anybody. An airline speaks for itself, so
no record names the carrier.
"""

from datetime import date
from typing import Annotated, Any, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from holdfast.flights.domain.money import MAX_MINOR

MAX_NUMBER = 9999
MAX_ROW = 199
MAX_SEATS = 1000
"""Of one class, cabin or overbooking; the largest aircraft has 850."""
MAX_CLASSES = 26
MAX_DISCLOSURES = 8
MAX_BAGS = 9
MAX_HOLD_H = 24 * 14
"""Hours; airlines sell locks of up to two weeks."""

POINT, LETTER, BASIS, CURRENCY = r"[A-Z]{3}", r"[A-Z]", r"[A-Z0-9/]{1,15}", r"[A-Z]{3}"
DAYS: Final = r"[1-7]{1,7}"


def _code(pattern: str, description: str) -> Meta:
    """A text whose pattern stands in the schema and is checked by `fares_domain`: there each market
    is looked at once, here it would be once for each record."""
    return Meta(description=description, extra_json_schema={"pattern": f"^{pattern}$"})


Point: TypeAlias = Annotated[str, _code(POINT, "IATA airport code")]
Number: TypeAlias = Annotated[int, Meta(ge=1, le=MAX_NUMBER)]
Letter: TypeAlias = Annotated[str, _code(LETTER, "booking class")]
Basis: TypeAlias = Annotated[str, _code(BASIS, "fare basis code")]
Currency: TypeAlias = Annotated[str, _code(CURRENCY, "ISO 4217")]
Minor: TypeAlias = Annotated[int, Meta(ge=0, le=MAX_MINOR, description="minor units")]
Seats: TypeAlias = Annotated[int, Meta(ge=0, le=MAX_SEATS)]
Row: TypeAlias = Annotated[int, Meta(ge=1, le=MAX_ROW)]
Bags: TypeAlias = Annotated[int, Meta(ge=0, le=MAX_BAGS)]
Hours: TypeAlias = Annotated[int, Meta(ge=0, le=MAX_HOLD_H)]
Days: TypeAlias = Annotated[str, _code(DAYS, "weekdays of departure, 1 is Monday")]
Text: TypeAlias = Annotated[str, Meta(min_length=1, max_length=60)]
CabinName: TypeAlias = Literal["first", "business", "premium_economy", "economy"]
PassengerName: TypeAlias = Literal["adult", "child", "infant_without_seat"]
EVERY_DAY: Final = "1234567"


class Record(
    Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, gc=False, tag_field="kind"
):
    """Any line of a file: `kind` tells which."""


class Header(Record, frozen=True, tag="header"):
    """The first line, where there is one: it must agree with the delivery's envelope."""

    airline: Annotated[str, Meta(pattern="^[A-Z0-9]{2,3}$")]
    sequence: Annotated[int, Meta(ge=1)]
    mode: Literal["full", "delta"] = "full"


class Fare(Record, frozen=True, tag="fare"):
    """A fare for one passenger. Without `number` it is good for any flight of the airline between
    the points. `total` includes `tax` and is required unless `withdrawn`."""

    board: Point
    off: Point
    cabin: CabinName
    booking_class: Letter
    basis: Basis
    currency: Currency
    first_date: date
    last_date: date
    days: Days = EVERY_DAY
    number: Number | None = None
    passenger_type: PassengerName = "adult"
    total: Minor | None = None
    tax: Minor = 0
    brand: Annotated[str, Meta(max_length=60)] = ""
    changeable: bool = False
    change_penalty: Minor | None = None
    refundable: bool = False
    refund_penalty: Minor | None = None
    checked_bags: Bags = 0
    carry_on_bags: Bags = 1
    seat_included: bool = False
    hold_space_h: Hours = 0
    hold_price_h: Hours = 0
    withdrawn: bool = False


class Limits(Record, frozen=True, tag="limits"):
    """Seats that each booking class of one cabin of a leg may sell, the most expensive class first;
    no class may sell more than the one before it."""

    number: Number
    board: Point
    off: Point
    cabin: CabinName
    first_date: date
    last_date: date
    days: Days = EVERY_DAY
    limits: Annotated[tuple[tuple[Letter, Seats], ...], Meta(max_length=MAX_CLASSES)] = ()
    capacity: Seats | None = None
    overbooking: Seats = 0
    withdrawn: bool = False


class Tier(Record, frozen=True, tag="tier"):
    """A price tier of seats in an aircraft type; no `columns` means all."""

    aircraft: Annotated[str, Meta(pattern="^[A-Z0-9]{3}$", description="IATA aircraft type")]
    cabin: CabinName
    tier: Annotated[str, Meta(pattern="^[a-z0-9_]{1,30}$")]
    first_row: Row
    last_row: Row
    currency: Currency
    name: Text
    columns: Annotated[str, Meta(pattern="^[A-Z]{0,12}$")] = ""
    total: Minor | None = None
    tax: Minor = 0
    disclosures: Annotated[
        tuple[Annotated[str, Meta(min_length=1, max_length=300)], ...],
        Meta(max_length=MAX_DISCLOSURES),
    ] = ()
    withdrawn: bool = False


class Trailer(Record, frozen=True, tag="trailer"):
    """The last line: how many records stand between header and trailer, bad ones too."""

    records: Annotated[int, Meta(ge=0)]


AnyRecord: TypeAlias = Fare | Limits | Tier | Header | Trailer
RECORDS: Final = (Header, Fare, Limits, Tier, Trailer)


def fares_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of one line of the JSON Lines form."""
    schema = msgspec.json.schema(AnyRecord)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A line of a fares feed",
        **schema,
    }
