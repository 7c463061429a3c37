"""The law of money in the API: payments, and refunds that are quoted, then confirmed.

PURE. Money comes from the balance and goes back to it; an order that was never paid gives none
back, which `awaiting_payment` says.
"""

from typing import Literal

from msgspec import Struct

from holdfast.flights.domain.order import Cancellation, Order, Payment
from holdfast.flights.wire.duffel_texts import moment, moment_or_none

PAYMENT_TYPES = ("balance", "arc_bsp_cash")
"""Both are taken from the owner's balance: agents' cash is settled in the same books."""
PaymentType = Literal["balance", "arc_bsp_cash"]


class PaymentShape(Struct, frozen=True):
    """Money that was received."""

    id: str
    order_id: str
    type: PaymentType
    amount: str
    currency: str
    live_mode: bool
    created_at: str


class CancellationShape(Struct, frozen=True):
    """What is given back for an order; in effect once `confirmed_at` says so."""

    id: str
    order_id: str
    live_mode: bool
    created_at: str
    expires_at: str
    confirmed_at: str | None
    refund_amount: str
    refund_currency: str
    refund_to: str
    airline_credits: list[str] = []


def payment_shape(payment: Payment, kind: PaymentType, *, live_mode: bool) -> PaymentShape:
    """A payment."""
    return PaymentShape(
        id=payment.id,
        order_id=payment.order_id,
        type=kind,
        amount=payment.amount.text,
        currency=payment.amount.currency,
        live_mode=live_mode,
        created_at=moment(payment.created_at),
    )


def cancellation_shape(quote: Cancellation, order: Order | None = None) -> CancellationShape:
    """A cancellation; `order` tells whether there is anything to give back."""
    is_unpaid = order is not None and order.paid == 0
    return CancellationShape(
        id=quote.id,
        order_id=quote.order_id,
        live_mode=quote.live_mode,
        created_at=moment(quote.created_at),
        expires_at=moment(quote.expires_at),
        confirmed_at=moment_or_none(quote.confirmed_at),
        refund_amount=quote.refund.text,
        refund_currency=quote.refund.currency,
        refund_to="awaiting_payment" if is_unpaid else "balance",
    )
