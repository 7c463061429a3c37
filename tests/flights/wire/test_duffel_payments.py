from dataclasses import replace
from datetime import timedelta

from holdfast.flights.domain.money import Money
from holdfast.flights.domain.order import Cancellation, Payment, PaymentType
from holdfast.flights.wire.duffel_payments import UNPAID, cancellation_shape, payment_shape
from tests.support.sold_trips import NOW

QUOTE = Cancellation(
    "ore_1", "ord_1", False, Money(9080, "EUR"), NOW, NOW + timedelta(hours=1), None, 9080,
    PaymentType.BALANCE,
)  # fmt: skip


def test_a_payment_tells_what_was_taken_and_how() -> None:
    paid = Payment("pay_1", "ord_1", Money(9080, "EUR"), NOW, PaymentType.ARC_BSP_CASH)
    shape = payment_shape(paid, live_mode=False)
    assert (shape.type, shape.amount, shape.currency) == ("arc_bsp_cash", "90.80", "EUR")
    assert shape.created_at == "2026-11-26T12:00:00.250000Z"


def test_a_quote_is_not_confirmed_and_tells_where_the_money_goes() -> None:
    shape = cancellation_shape(QUOTE)
    assert (shape.refund_amount, shape.refund_currency) == ("90.80", "EUR")
    assert (shape.refund_to, shape.confirmed_at) == ("balance", None)


def test_nothing_goes_back_for_an_unpaid_order() -> None:
    shape = cancellation_shape(replace(QUOTE, refund=Money(0, "EUR"), paid=0, refund_to=None))
    assert shape.refund_to == UNPAID


def test_a_confirmed_one_tells_when() -> None:
    assert cancellation_shape(replace(QUOTE, confirmed_at=NOW)).confirmed_at is not None
