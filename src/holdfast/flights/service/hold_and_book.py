"""Book an offer: paid at once, or held to be paid later. The offer is the price (G1).

The order is checked against its offer here; who was first, and whether it is too late, is decided
where the seats are, in one transaction.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from holdfast.flights.domain.booking_rules import Misfit, misfit
from holdfast.flights.domain.hold_limits import HoldLimit
from holdfast.flights.domain.money import Money
from holdfast.flights.domain.offer import Offer
from holdfast.flights.domain.order import (
    NewOrder,
    Order,
    Passenger,
    PaymentType,
    SeatChoice,
    total_of,
)
from holdfast.flights.service.answering import Draw, Telling, told
from holdfast.flights.service.ports.bookings import (
    MAX_SEATS_OF_ORDER,
    AmountDiffers,
    Bookings,
    PlaceOutcome,
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a buyer asks for. `payment` None: hold it, as long as the offer lets."""

    owner: str
    live_mode: bool
    offer: Offer
    passengers: tuple[Passenger, ...]
    payment: Money | None
    seats: tuple[SeatChoice, ...] = ()
    payment_type: PaymentType = PaymentType.BALANCE
    metadata: Mapping[str, str] = field(default_factory=dict)
    hold_limits: tuple[HoldLimit, ...] = ()


BookOutcome = PlaceOutcome | Misfit | AmountDiffers


async def book(
    bookings: Bookings, wanted: Wanted, draw: Draw, telling: Telling[Order] | None = None
) -> BookOutcome:
    """The order, or why not. `telling` makes the answer that is kept with the call's key."""
    refused = _refused(wanted)
    if refused is not None:
        return refused
    new = _drawn(wanted, draw)
    return await bookings.place(new, told(telling, new.placed()))


def _refused(wanted: Wanted) -> Misfit | AmountDiffers | None:
    wrong = misfit(wanted.offer, wanted.passengers, wanted.seats)
    if wrong is not None:
        return wrong
    if sum(len(seat.legs) for seat in wanted.seats) > MAX_SEATS_OF_ORDER:
        return Misfit("services", f"More than {MAX_SEATS_OF_ORDER} seats.")
    if wanted.payment is None:
        if wanted.offer.hold_until is None:
            return Misfit("type", "This offer must be paid at once.")
        return None
    due = total_of(wanted.offer, wanted.seats)
    return None if wanted.payment == due else AmountDiffers(due)


def _drawn(wanted: Wanted, draw: Draw) -> NewOrder:
    now = draw.now()
    is_hold = wanted.payment is None
    return NewOrder(
        id=draw.id("ord"),
        reference=draw.reference(),
        owner=wanted.owner,
        live_mode=wanted.live_mode,
        offer=wanted.offer,
        passengers=wanted.passengers,
        seats=tuple(replace(seat, booked_at=now) for seat in wanted.seats),
        payment=wanted.payment,
        payment_id=draw.id("pay"),
        created_at=now,
        hold_until=wanted.offer.hold_until if is_hold else None,
        price_until=wanted.offer.price_until if is_hold else None,
        payment_type=wanted.payment_type,
        metadata=wanted.metadata,
        hold_limits=wanted.hold_limits if is_hold else (),
    )
