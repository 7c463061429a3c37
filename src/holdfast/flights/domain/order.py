"""An order: an offer that was taken, by whom, what was added, and how it stands.

What was bought (`offer`, `passengers`, `seats`) does not change; what happens to it (payment,
cancellation, changes) is told by states and times. Its total never rises (flights-rules, G6).
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from holdfast.flights.domain.fare import Cabin, PassengerType
from holdfast.flights.domain.flight import LegKey
from holdfast.flights.domain.hold_limits import HoldLimit
from holdfast.flights.domain.money import Money
from holdfast.flights.domain.offer import LoyaltyAccount, Offer


class PaymentType(StrEnum):
    """BALANCE: from what the owner has with us. ARC_BSP_CASH: the airline collects it through the
    industry's settlement, so no balance of ours covers or receives it."""

    BALANCE = "balance"
    ARC_BSP_CASH = "arc_bsp_cash"


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
    accounts: tuple[LoyaltyAccount, ...] = ()


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
    the fare guarantees it, `price_until`. Ids and `reference` were drawn by the caller, who also
    says when it is (`created_at`), since the answer that is kept with the order tells it; whether
    an offer or a hold is still good is for the store's clock."""

    id: str
    reference: str
    owner: str
    live_mode: bool
    offer: Offer
    passengers: tuple[Passenger, ...]
    seats: tuple[SeatChoice, ...]
    payment: Money | None
    payment_id: str
    created_at: datetime
    hold_until: datetime | None = None
    price_until: datetime | None = None
    payment_type: PaymentType = PaymentType.BALANCE
    metadata: Mapping[str, str] = field(default_factory=dict)
    hold_limits: tuple[HoldLimit, ...] = ()

    @property
    def total(self) -> Money:
        """The offer's total and the seats'."""
        return total_of(self.offer, self.seats)

    @property
    def absorbed(self) -> int:
        """See `absorbed_by`."""
        return absorbed_by(self.offer)

    def placed(self) -> "Order":
        """The order as it stands when it was just placed."""
        is_paid = self.payment is not None
        return Order(
            id=self.id,
            reference=self.reference,
            owner=self.owner,
            live_mode=self.live_mode,
            state=OrderState.PAID if is_paid else OrderState.HELD,
            offer=self.offer,
            passengers=self.passengers,
            seats=self.seats,
            total=self.total,
            created_at=self.created_at,
            hold_until=self.hold_until,
            price_until=self.price_until,
            paid_at=self.created_at if is_paid else None,
            cancelled_at=None,
            synced_at=self.created_at,
            payment_type=self.payment_type if is_paid else None,
            metadata=self.metadata,
            paid=self.total.minor if is_paid else 0,
        )

    def needs(self) -> tuple[LegNeed, ...]:
        """What it takes from each leg, in the order of locking."""
        return needs_of(self.offer)


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
    payment_type: PaymentType | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    paid: int = 0
    refunded: int = 0

    @property
    def is_awaiting_payment(self) -> bool:
        """Whether it is held and can still be paid."""
        return self.state is OrderState.HELD

    def needs(self) -> tuple[LegNeed, ...]:
        """What it took from each leg, in the order of locking."""
        return needs_of(self.offer)


@dataclass(frozen=True, slots=True)
class Payment:
    """Money received for an order."""

    id: str
    order_id: str
    amount: Money
    created_at: datetime
    type: PaymentType = PaymentType.BALANCE


@dataclass(frozen=True, slots=True)
class Cancellation:
    """A quote for giving an order back; it takes effect when it is confirmed before it expires.

    `paid`: what had been paid for the order when the quote was made; if more was paid since, the
    quote is void. `refund_to`: where the money goes, None while there is nothing to give back.
    """

    id: str
    order_id: str
    live_mode: bool
    refund: Money
    created_at: datetime
    expires_at: datetime
    confirmed_at: datetime | None = None
    paid: int = 0
    refund_to: PaymentType | None = None


def total_of(offer: Offer, seats: Iterable[SeatChoice]) -> Money:
    """The offer's total and the seats'."""
    return Money(offer.total.minor + sum(seat.price.minor for seat in seats), offer.total.currency)


def needs_of(offer: Offer) -> tuple[LegNeed, ...]:
    """The seats an offer takes from each leg, in the order of locking; a leg that is flown twice
    in one class is there once, with all its seats."""
    seats = offer.seats_needed()
    found = Counter(
        (leg.key, sold.cabin, sold.booking_class)
        for one in offer.slices
        for sold in one.segments
        for leg in sold.segment.legs
    )
    return tuple(LegNeed(*key, seats * times) for key, times in sorted(found.items()))


def absorbed_by(offer: Offer) -> int:
    """What the price lock costs us: the airline's price when the offer was made, less the offer's;
    minor units, negative where the airline had become cheaper."""
    many = Counter(who.type for who in offer.travellers)
    return sum(
        (fare.supplier_total - fare.price.total) * many[fare.passenger_type]
        for one in offer.slices
        for sold in one.segments
        for fare in sold.fares
    )
