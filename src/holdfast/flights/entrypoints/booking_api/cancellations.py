"""Cancellations over HTTP: ask what is given back, confirm it, read and list them."""

from dataclasses import dataclass

from holdfast.flights.domain.order import Cancellation
from holdfast.flights.entrypoints.booking_api.telling import Told
from holdfast.flights.entrypoints.http.faults import not_found
from holdfast.flights.entrypoints.http.operation import Call, Operation, Page, elsewhere
from holdfast.flights.entrypoints.http.parameters import identifier
from holdfast.flights.entrypoints.marks import answered, page_of
from holdfast.flights.entrypoints.refusals import refused
from holdfast.flights.service.cancel_order import CancelOrder
from holdfast.flights.service.ports.bookings import Bookings, QuoteOutcome, Replayed
from holdfast.flights.service.ports.order_lists import OrderLists
from holdfast.flights.wire.duffel_order_asks import CancellationBody
from holdfast.flights.wire.duffel_payments import CancellationShape, cancellation_shape

_TAG = "order cancellations"
CREATE = Operation(
    "POST",
    "/air/order_cancellations",
    "Ask what is given back for an order",
    elsewhere,
    CancellationShape,
    body=CancellationBody,
    status=201,
    scope="book",
    tag=_TAG,
)
LIST = Operation(
    "GET",
    "/air/order_cancellations",
    "List cancellations",
    elsewhere,
    CancellationShape,
    parameters=(identifier("order_id", "Only of this order."),),
    paged=True,
    tag=_TAG,
)
GET = Operation(
    "GET",
    "/air/order_cancellations/{id}",
    "Get a cancellation",
    elsewhere,
    CancellationShape,
    tag=_TAG,
)
CONFIRM = Operation(
    "POST",
    "/air/order_cancellations/{id}/actions/confirm",
    "Give the order back",
    elsewhere,
    CancellationShape,
    scope="book",
    tag=_TAG,
)
DECLARED = (CREATE, LIST, GET, CONFIRM)


@dataclass(frozen=True, slots=True)
class CancellationEndpoints:
    """See `operations`."""

    bookings: Bookings
    lists: OrderLists
    cancel: CancelOrder

    def operations(self) -> list[Operation]:
        """All operations of cancellations."""
        return [
            CREATE.by(self.create),
            LIST.by(self.list),
            GET.by(self.get),
            CONFIRM.by(self.confirm),
        ]

    async def create(self, call: Call) -> object:
        """The quote, not confirmed."""
        body: CancellationBody = call.body
        told: Told[Cancellation] = Told(call, cancellation_shape)
        outcome = await self.cancel.quote(body.order_id, call.caller.owner, told.telling)
        return _answer(outcome, told)

    async def list(self, call: Call) -> Page[CancellationShape]:
        """A page of cancellations, newest first."""
        listed = await self.lists.cancellations(
            call.caller.owner, call.text("order_id"), page_of(call)
        )
        return answered(listed, [cancellation_shape(one) for one in listed.items])

    async def get(self, call: Call) -> CancellationShape:
        """One cancellation."""
        found = await self.bookings.cancellation(call.path_id(prefix="ore_"), call.caller.owner)
        if found is None:
            raise not_found()
        return cancellation_shape(found)

    async def confirm(self, call: Call) -> object:
        """The confirmed cancellation; again: the same."""
        told: Told[Cancellation] = Told(call, cancellation_shape)
        outcome = await self.cancel.confirm(
            call.path_id(prefix="ore_"), call.caller.owner, told.telling
        )
        return _answer(outcome, told)


def _answer(outcome: QuoteOutcome, told: Told[Cancellation]) -> object:
    match outcome:
        case Cancellation():
            return told.answer(outcome)
        case Replayed():
            return outcome.answer
        case _:
            raise refused(outcome)
