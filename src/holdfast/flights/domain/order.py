"""An order: an offer that was taken, by whom, what was added, and how it stands.

What was bought (`offer`, `passengers`, `seats`) does not change; what happens to it (payment,
cancellation, changes) is told by states and times. Its total never rises (flights-rules, G6).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from holdfast.flights.domain.fare import Cabin, PassengerType
from holdfast.flights.domain.flight import LegKey
from holdfast.flights.domain.money import Money
from holdfast.flights.domain.offer import Offer


class OrderState(StrEnum):
    """HELD: seats are kept until `hold_until`, unpaid. EXPIRED: that time passed unpaid."""

    HELD = "held"
    PAID = "paid"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Passenger:
    """Who flies; `id` is the offer's traveller. `infant_id`: the infant on this passenger's lap."""

    id: str
    type: PassengerType
    title: str
    given_name: str
    family_name: str
    gender: str
    born_on: date
    email: str = ""
    phone_number: str = ""
    infant_id: str | None = None


@dataclass(frozen=True, slots=True)
class SeatChoice:
    """A seat for one passenger on one segment: the same designator on each of its legs."""

    service_id: str
    segment_id: str
    passenger_id: str
    legs: tuple[LegKey, ...]
    designator: str
    price: Money
    tier: str = ""
    disclosures: tuple[str, ...] = ()
    booked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LegNeed:
    """Seats that an order takes from one leg: `seats` in `booking_class` of `cabin`."""

    leg: LegKey
    cabin: Cabin
    booking_class: str
    seats: int


@dataclass(frozen=True, slots=True)
class NewOrder:
    """What is to be booked, complete. Instant orders carry `payment`; holds `hold_until` and, where
    the fare guarantees it, `price_until`. Ids and `reference` were drawn by the caller."""

    id: str
    reference: str
    owner: str
    live_mode: bool
    offer: Offer
    passengers: tuple[Passenger, ...]
    seats: tuple[SeatChoice, ...]
    payment: Money | None
    payment_id: str
    hold_until: datetime | None = None
    price_until: datetime | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def total(self) -> Money:
        """The offer's total and the seats'."""
        total = self.offer.total
        for seat in self.seats:
            total += seat.price
        return total

    def needs(self) -> tuple[LegNeed, ...]:
        """What it takes from each leg, in the order of locking."""
        seats = self.offer.seats_needed()
        found = [
            LegNeed(leg.key, sold.cabin, sold.booking_class, seats)
            for one in self.offer.slices
            for sold in one.segments
            for leg in sold.segment.legs
        ]
        return tuple(sorted(found, key=lambda need: need.leg))


@dataclass(frozen=True, slots=True)
class Order:
    """An order as it stands. `paid` is what was received, `refunded` what was given back."""

    id: str
    reference: str
    owner: str
    live_mode: bool
    state: OrderState
    offer: Offer
    passengers: tuple[Passenger, ...]
    seats: tuple[SeatChoice, ...]
    total: Money
    created_at: datetime
    hold_until: datetime | None
    price_until: datetime | None
    paid_at: datetime | None
    cancelled_at: datetime | None
    synced_at: datetime
    metadata: Mapping[str, str] = field(default_factory=dict)
    paid: int = 0
    refunded: int = 0


@dataclass(frozen=True, slots=True)
class Payment:
    """Money received for an order."""

    id: str
    order_id: str
    amount: Money
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Cancellation:
    """A quote for giving an order back; it takes effect when it is confirmed before it expires."""

    id: str
    order_id: str
    live_mode: bool
    refund: Money
    created_at: datetime
    expires_at: datetime
    confirmed_at: datetime | None = None
