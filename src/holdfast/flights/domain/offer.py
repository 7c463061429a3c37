"""An offer: what can be flown, by whom, for how much, and until when that price holds.

Immutable from the moment it is made: every read until `expires_at` gives the same amounts and ids.
All ids are derived from the request's (`ids`).
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from holdfast.flights.domain.fare import Cabin, FareTerms, PassengerType, Price
from holdfast.flights.domain.flight import Segment
from holdfast.flights.domain.money import Money


@dataclass(frozen=True, slots=True)
class SliceAsk:
    """One direction that is asked for. Points are airport or city codes; times are minutes after
    midnight local, inclusive."""

    origin: str
    destination: str
    departure_date: date
    departure_from_min: int = 0
    departure_to_min: int = 1439
    arrival_from_min: int = 0
    arrival_to_min: int = 1439


@dataclass(frozen=True, slots=True)
class LoyaltyAccount:
    """A frequent flyer's number with an airline, kept and told as it was given."""

    airline: str
    number: str


@dataclass(frozen=True, slots=True)
class Traveller:
    """A passenger of a request and of its offers. `age` as given, in years."""

    id: str
    type: PassengerType
    age: int | None = None
    given_name: str | None = None
    family_name: str | None = None
    accounts: tuple[LoyaltyAccount, ...] = ()


@dataclass(frozen=True, slots=True)
class Named:
    """What becomes known of a traveller after the search."""

    given_name: str
    family_name: str
    accounts: tuple[LoyaltyAccount, ...] = ()

    def of(self, who: Traveller) -> Traveller:
        """The traveller, so named."""
        return replace(
            who,
            given_name=self.given_name,
            family_name=self.family_name,
            accounts=self.accounts,
        )


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked for. `cabin` None: any. `max_connections` for each slice, 0 to 2."""

    slices: tuple[SliceAsk, ...]
    travellers: tuple[Traveller, ...]
    cabin: Cabin | None = None
    max_connections: int = 1


@dataclass(frozen=True, slots=True)
class QuotedFare:
    """The fare that one passenger type pays on one segment. `supplier_total`: the airline's newest
    price at that moment; the difference to `price.total` is what the price rule costs us."""

    fare_id: int
    passenger_type: PassengerType
    basis: str
    price: Price
    supplier_total: int


@dataclass(frozen=True, slots=True)
class SoldSegment:
    """A segment in one booking class, with a fare for each passenger type of the request."""

    id: str
    segment: Segment
    cabin: Cabin
    booking_class: str
    terms: FareTerms
    fares: tuple[QuotedFare, ...]


@dataclass(frozen=True, slots=True)
class SoldSlice:
    """The itinerary that an offer sells for one asked slice; `origin` and `destination` are the
    airports that are really flown."""

    id: str
    origin: str
    destination: str
    segments: tuple[SoldSegment, ...]

    @property
    def duration_min(self) -> int:
        first, last = self.segments[0].segment.legs[0], self.segments[-1].segment.legs[-1]
        return last.arriving_utc_min - first.departing_utc_min


class PriceChangeCause(StrEnum):
    """Why a flight costs more than what the same viewer was shown before."""

    FARE_CLASS_SOLD_OUT = "fare_class_sold_out"
    """A cheaper class has not the seats for all passengers any more."""


@dataclass(frozen=True, slots=True)
class Offer:
    """`carrier` owns it. `total` is for all passengers and includes `tax`. `hold_until` and
    `price_until`: what a hold order made now would keep (None: no hold, or no price guarantee)."""

    id: str
    request_id: str
    carrier: str
    created_at: datetime
    expires_at: datetime
    slices: tuple[SoldSlice, ...]
    travellers: tuple[Traveller, ...]
    total: Money
    tax: Money
    hold_until: datetime | None = None
    price_until: datetime | None = None
    price_change_cause: PriceChangeCause | None = None

    def seats_needed(self) -> int:
        """Seats on each leg: an infant on a lap takes none."""
        return sum(who.type is not PassengerType.INFANT for who in self.travellers)


@dataclass(frozen=True, slots=True)
class OfferRequest:
    """A search and what it found. `owner` is whose token asked."""

    id: str
    owner: str
    live_mode: bool
    created_at: datetime
    expires_at: datetime
    query: Query
    offers: tuple[Offer, ...]
