"""Pay a held order: at the amount it was held for, while the hold and its price last (G5)."""

from dataclasses import dataclass

from holdfast.flights.domain.money import Money
from holdfast.flights.domain.order import Payment, PaymentType
from holdfast.flights.service.answering import Draw, Telling, told
from holdfast.flights.service.ports.bookings import Bookings, PayOutcome


@dataclass(frozen=True, slots=True)
class Paying:
    """What a buyer pays."""

    owner: str
    order_id: str
    amount: Money
    type: PaymentType = PaymentType.BALANCE


async def pay(
    bookings: Bookings, paying: Paying, draw: Draw, telling: Telling[Payment] | None = None
) -> PayOutcome:
    """The payment, or why not. The amount is compared where the order is locked: seats may have
    been added since the buyer read it."""
    payment = Payment(draw.id("pay"), paying.order_id, paying.amount, draw.now(), paying.type)
    return await bookings.pay(payment, paying.owner, told(telling, payment))
