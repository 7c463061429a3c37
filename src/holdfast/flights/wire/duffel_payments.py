"""The law of money in the API: payments, and refunds that are quoted, then confirmed.

PURE. Money goes back to where it came from; an order that was never paid gives none back.
"""

from msgspec import Struct

from holdfast.flights.domain.order import Cancellation, Payment, PaymentType
from holdfast.flights.wire.duffel_texts import moment, moment_or_none

UNPAID = "awaiting_payment"
"""Where the money of an order goes that was never paid."""


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


def payment_shape(payment: Payment, *, live_mode: bool) -> PaymentShape:
    """A payment."""
    return PaymentShape(
        id=payment.id,
        order_id=payment.order_id,
        type=payment.type,
        amount=payment.amount.text,
        currency=payment.amount.currency,
        live_mode=live_mode,
        created_at=moment(payment.created_at),
    )


def cancellation_shape(quote: Cancellation) -> CancellationShape:
    """A cancellation."""
    return CancellationShape(
        id=quote.id,
        order_id=quote.order_id,
        live_mode=quote.live_mode,
        created_at=moment(quote.created_at),
        expires_at=moment(quote.expires_at),
        confirmed_at=moment_or_none(quote.confirmed_at),
        refund_amount=quote.refund.text,
        refund_currency=quote.refund.currency,
        refund_to=quote.refund_to.value if quote.refund_to else UNPAID,
    )
