"""Choose seats for an order that stands: a paid one pays for them now, a held one later."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from holdfast.flights.domain.booking_rules import Misfit, wrong_seats
from holdfast.flights.domain.money import Money
from holdfast.flights.domain.order import Order, OrderState, Payment, PaymentType, SeatChoice
from holdfast.flights.service.answering import Draw, Telling, told
from holdfast.flights.service.ports.bookings import AmountDiffers, Bookings, SeatOutcome


@dataclass(frozen=True, slots=True)
class Seating:
    """What a buyer wants: `seats` made from a seat map of this order, and what is paid for them."""

    owner: str
    order_id: str
    seats: Sequence[SeatChoice]
    payment: Money | None = None
    payment_type: PaymentType = PaymentType.BALANCE


async def choose_seats(
    bookings: Bookings, wanted: Seating, draw: Draw, telling: Telling[Order] | None = None
) -> SeatOutcome | Misfit:
    """The order with its seats, or why not; all of them or none."""
    order = await bookings.order(wanted.order_id, wanted.owner)
    if order is None:
        return None
    if not wanted.seats:
        return Misfit("add_services", "No seat was chosen.")
    wrong = wrong_seats(order.offer, wanted.seats)
    if wrong is not None:
        return wrong
    now = draw.now()
    seats = tuple(replace(seat, booked_at=now) for seat in wanted.seats)
    price = Money(sum(seat.price.minor for seat in seats), order.total.currency)
    is_paid = order.state is OrderState.PAID
    due = price if is_paid else Money(0, price.currency)
    if (wanted.payment or Money(0, price.currency)) != due:
        return AmountDiffers(due)
    payment = Payment(draw.id("pay"), order.id, due, now, wanted.payment_type)
    expected = replace(
        order,
        seats=(*order.seats, *seats),
        total=order.total + price,
        paid=order.paid + due.minor,
        synced_at=now,
    )
    return await bookings.add_seats(
        order.id,
        wanted.owner,
        seats,
        payment=payment if due.minor else None,
        answering=told(telling, expected),
    )
