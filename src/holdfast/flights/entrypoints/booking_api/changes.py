"""Changing orders over HTTP: choose an offer for a change, read it, and do it."""

from dataclasses import dataclass

from holdfast.flights.domain.order_change import OrderChange
from holdfast.flights.entrypoints.booking_api.payments import money_of
from holdfast.flights.entrypoints.booking_api.telling import Told
from holdfast.flights.entrypoints.http.faults import not_found, offer_no_longer_available
from holdfast.flights.entrypoints.http.operation import Call, Operation, elsewhere
from holdfast.flights.entrypoints.refusals import refused
from holdfast.flights.service.change_order import ChangeOrder
from holdfast.flights.service.ports.bookings import OfferExpired, Replayed
from holdfast.flights.service.ports.order_changes import OrderChanges
from holdfast.flights.wire.duffel_changes import (
    ChooseBody,
    ConfirmBody,
    OrderChangeShape,
    order_change_shape,
)
from holdfast.flights.wire.duffel_places import Names

_TAG = "order changes"
CREATE = Operation(
    "POST",
    "/air/order_changes",
    "Choose an offer for a change",
    elsewhere,
    OrderChangeShape,
    body=ChooseBody,
    status=201,
    scope="book",
    tag=_TAG,
)
GET = Operation(
    "GET", "/air/order_changes/{id}", "Get a change", elsewhere, OrderChangeShape, tag=_TAG
)
CONFIRM = Operation(
    "POST",
    "/air/order_changes/{id}/actions/confirm",
    "Change the order",
    elsewhere,
    OrderChangeShape,
    body=ConfirmBody,
    body_is_optional=True,
    scope="book",
    tag=_TAG,
)
DECLARED = (CREATE, GET, CONFIRM)


@dataclass(frozen=True, slots=True)
class ChangeEndpoints:
    """See `operations`."""

    names: Names
    changing: ChangeOrder
    changes: OrderChanges

    def operations(self) -> list[Operation]:
        """All operations of changing orders."""
        return [CREATE.by(self.create), GET.by(self.get), CONFIRM.by(self.confirm)]

    async def create(self, call: Call) -> OrderChangeShape:
        """The change, not done yet."""
        body: ChooseBody = call.body
        chosen = await self.changing.choose(body.selected_order_change_offer, call.caller.owner)
        if chosen is None:
            raise not_found("There is no such offer.")
        if isinstance(chosen, OfferExpired):
            raise offer_no_longer_available()
        return order_change_shape(self.names, chosen)

    async def get(self, call: Call) -> OrderChangeShape:
        """A change."""
        found = await self.changes.change(call.path_id(prefix="oce_"), call.caller.owner)
        if found is None:
            raise not_found()
        return order_change_shape(self.names, found)

    async def confirm(self, call: Call) -> object:
        """The change, done; again: the same."""
        body: ConfirmBody | None = call.body
        payment = body.payment if body is not None else None
        paid = None if payment is None else (money_of(payment, "/payment"), payment.type)
        told: Told[OrderChange] = Told(call, lambda done: order_change_shape(self.names, done))
        outcome = await self.changing.confirm(
            call.path_id(prefix="oce_"), call.caller.owner, paid, told.telling
        )
        match outcome:
            case OrderChange():
                return told.answer(outcome)
            case Replayed():
                return outcome.answer
            case _:
                raise refused(outcome, due="/payment/amount")
