"""Payments over HTTP: pay a held order, list what was paid."""

from dataclasses import dataclass

from holdfast.flights.domain.money import Money, parse_amount
from holdfast.flights.domain.order import Payment
from holdfast.flights.entrypoints.booking_api.telling import Told
from holdfast.flights.entrypoints.http.faults import invalid_field
from holdfast.flights.entrypoints.http.operation import Call, Operation, Page, elsewhere
from holdfast.flights.entrypoints.http.parameters import identifier
from holdfast.flights.entrypoints.refusals import refused
from holdfast.flights.service.answering import Draw
from holdfast.flights.service.pay_order import Paying, pay
from holdfast.flights.service.ports.bookings import Bookings, Replayed
from holdfast.flights.service.ports.order_lists import OrderLists
from holdfast.flights.wire.duffel_order_asks import PayBody, PaymentBody
from holdfast.flights.wire.duffel_payments import PaymentShape, payment_shape

_TAG = "payments"
CREATE = Operation(
    "POST",
    "/air/payments",
    "Pay a held order",
    elsewhere,
    PaymentShape,
    body=PayBody,
    status=201,
    scope="book",
    tag=_TAG,
)
LIST = Operation(
    "GET",
    "/air/payments",
    "List the payments of an order",
    elsewhere,
    PaymentShape,
    parameters=(identifier("order_id", "The order.", required=True),),
    paged=True,
    tag=_TAG,
)
DECLARED = (CREATE, LIST)


@dataclass(frozen=True, slots=True)
class PaymentEndpoints:
    """See `operations`."""

    bookings: Bookings
    lists: OrderLists
    draw: Draw

    def operations(self) -> list[Operation]:
        """All operations of payments."""
        return [CREATE.by(self.create), LIST.by(self.list)]

    async def create(self, call: Call) -> object:
        """The payment."""
        body: PayBody = call.body
        caller = call.caller
        paying = Paying(
            caller.owner, body.order_id, money_of(body.payment, "/payment"), body.payment.type
        )
        told: Told[Payment] = Told(
            call, lambda paid: payment_shape(paid, live_mode=caller.live_mode)
        )
        outcome = await pay(self.bookings, paying, self.draw, told.telling)
        match outcome:
            case Payment():
                return told.answer(outcome)
            case Replayed():
                return outcome.answer
            case _:
                raise refused(outcome, due="/payment/amount")

    async def list(self, call: Call) -> Page[PaymentShape]:
        """All payments of an order: there are few."""
        order_id = call.text("order_id")
        assert order_id is not None, "it is required"
        found = await self.lists.payments(call.caller.owner, order_id)
        return Page([payment_shape(one, live_mode=call.caller.live_mode) for one in found])


def money_of(payment: PaymentBody, pointer: str) -> Money:
    """The amount of a payment; 422 when it is none."""
    minor = parse_amount(payment.amount, payment.currency)
    if minor is None:
        message = "The amount must be a decimal text that fits its currency."
        raise invalid_field("amount", message, f"{pointer}/amount")
    return Money(minor, payment.currency)
