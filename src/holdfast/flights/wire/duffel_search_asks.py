"""The law of search requests: what a client asks for becomes a `Query`, or a named fault.

PURE. The decoder checks types and bounds, this module what fits together. Passengers may be told by
type or by age; whoever is under two sits on a lap, whoever is under twelve is a child.
"""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from holdfast.flights.domain.fare import Cabin, PassengerType
from holdfast.flights.domain.offer import LoyaltyAccount, Query, SliceAsk, Traveller
from holdfast.flights.wire.duffel_names import check_name
from holdfast.flights.wire.duffel_texts import Missing, Unfit

MAX_SLICES = 6
"""Directions of one trip."""
MAX_PASSENGERS = 9
"""Seats that airlines sell in one booking."""
MAX_CONNECTIONS = 2
"""Changes of aircraft in one direction; more are asked for as this many."""
INFANT_BEFORE_AGE = 2
CHILD_BEFORE_AGE = 12
_CODE = r"^[A-Za-z0-9_]{3,12}$"
_CARRIER = r"^[A-Za-z0-9]{2,3}$"
_ACCOUNT = r"^[A-Za-z0-9][A-Za-z0-9 ./-]{0,39}$"
_TIME = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
PlaceCode = Annotated[str, Meta(min_length=3, max_length=12, pattern=_CODE)]
"""An IATA code, or the id of an airport or a city."""
TimeText = Annotated[str, Meta(max_length=5, pattern=_TIME)]
NameText = Annotated[str, Meta(max_length=100)]


class TimesBody(Struct, frozen=True):
    """From when to when, local, inclusive."""

    from_: TimeText | None = field(name="from", default=None)
    to: TimeText | None = None


class SliceBody(Struct, frozen=True):
    """One direction."""

    origin: PlaceCode
    destination: PlaceCode
    departure_date: date
    departure_time: TimesBody | None = None
    arrival_time: TimesBody | None = None


class LoyaltyAccountBody(Struct, frozen=True):
    """A frequent flyer's number."""

    airline_iata_code: Annotated[str, Meta(min_length=2, max_length=3, pattern=_CARRIER)]
    account_number: Annotated[str, Meta(min_length=1, max_length=40, pattern=_ACCOUNT)]


LoyaltyAccounts = Annotated[list[LoyaltyAccountBody], Meta(max_length=20)]


class PassengerBody(Struct, frozen=True):
    """Who travels: by type, by age, or by type of fare."""

    type: Literal["adult", "child", "infant_without_seat"] | None = None
    age: Annotated[int, Meta(ge=0, le=130)] | None = None
    fare_type: Annotated[str, Meta(max_length=60)] | None = None
    given_name: NameText | None = None
    family_name: NameText | None = None
    loyalty_programme_accounts: LoyaltyAccounts | None = None


class OfferRequestBody(Struct, frozen=True):
    """A search."""

    slices: Annotated[list[SliceBody], Meta(min_length=1, max_length=MAX_SLICES)]
    passengers: Annotated[list[PassengerBody], Meta(min_length=1, max_length=MAX_PASSENGERS)]
    cabin_class: Cabin | None = None
    max_connections: Annotated[int, Meta(ge=0, le=100)] | None = None


class OfferPassengerBody(Struct, frozen=True):
    """What becomes known of a passenger of an offer."""

    given_name: NameText | None = None
    family_name: NameText | None = None
    loyalty_programme_accounts: LoyaltyAccounts | None = None


def accounts_of(bodies: Iterable[LoyaltyAccountBody]) -> tuple[LoyaltyAccount, ...]:
    """Frequent flyers' numbers, as they are given."""
    return tuple(LoyaltyAccount(one.airline_iata_code, one.account_number) for one in bodies)


def query_of(body: OfferRequestBody, code_of: Callable[[str], str | None]) -> Query:
    """What is asked for. `code_of`: the IATA code of an airport's or city's id, None for any other
    text. Travellers have no ids yet: the search gives them, and it checks places, dates and the
    party. Raises `Unfit`."""
    slices = tuple(
        _slice(one, f"/slices/{index}", code_of) for index, one in enumerate(body.slices)
    )
    travellers = tuple(_traveller(who, index) for index, who in enumerate(body.passengers))
    connections = 1 if body.max_connections is None else body.max_connections
    return Query(slices, travellers, body.cabin_class, min(connections, MAX_CONNECTIONS))


def _slice(body: SliceBody, pointer: str, code_of: Callable[[str], str | None]) -> SliceAsk:
    departs, arrives = body.departure_time, body.arrival_time
    return SliceAsk(
        code_of(body.origin) or body.origin.upper(),
        code_of(body.destination) or body.destination.upper(),
        body.departure_date,
        *_minutes(departs, "departure_time", pointer),
        *_minutes(arrives, "arrival_time", pointer),
    )


def _minutes(times: TimesBody | None, name: str, pointer: str) -> tuple[int, int]:
    if times is None:
        return 0, 1439
    start = _minute(times.from_) if times.from_ else 0
    end = _minute(times.to) if times.to else 1439
    if start > end:
        raise Unfit(name, f"{pointer}/{name}", "'from' must not be after 'to'.")
    return start, end


def _minute(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])


def _traveller(body: PassengerBody, index: int) -> Traveller:
    pointer = f"/passengers/{index}"
    kind = _type_of(body)
    if kind is None:
        raise Missing("type", f"{pointer}/type")
    for name in ("given_name", "family_name"):
        given = getattr(body, name)
        if given is not None:
            check_name(given, name, f"{pointer}/{name}")
    accounts = accounts_of(body.loyalty_programme_accounts or ())
    return Traveller("", kind, body.age, body.given_name, body.family_name, accounts)


def _type_of(body: PassengerBody) -> PassengerType | None:
    if body.age is not None and body.type is None:
        if body.age < INFANT_BEFORE_AGE:
            return PassengerType.INFANT
        return PassengerType.CHILD if body.age < CHILD_BEFORE_AGE else PassengerType.ADULT
    if body.type is not None:
        return PassengerType(body.type)
    return PassengerType.ADULT if body.fare_type is not None else None
