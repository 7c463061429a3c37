"""Changes by airlines over HTTP: what became of sold flights, and accepting it."""

from dataclasses import dataclass
from typing import Literal

from msgspec import Struct

from holdfast.flights.domain.disruption import AirlineChange
from holdfast.flights.entrypoints.http.faults import not_found, unsupported_action
from holdfast.flights.entrypoints.http.operation import Call, Operation, Page, elsewhere
from holdfast.flights.entrypoints.http.parameters import identifier
from holdfast.flights.entrypoints.refusals import wrong_state
from holdfast.flights.service.answering import Draw
from holdfast.flights.service.ports.bookings import Bookings, WrongState
from holdfast.flights.service.ports.disruptions import Disruptions
from holdfast.flights.service.reaccommodate import accept_change, changes_of
from holdfast.flights.wire.duffel_airline_changes import AirlineChangeShape, airline_change_shape
from holdfast.flights.wire.duffel_places import Names

_TAG = "airline-initiated changes"


class ActionTakenBody(Struct, frozen=True):
    """What was done about a change, outside or here."""

    action_taken: Literal["accepted", "cancelled", "changed"]


LIST = Operation(
    "GET",
    "/air/airline_initiated_changes",
    "List what airlines changed of an order",
    elsewhere,
    AirlineChangeShape,
    parameters=(identifier("order_id", "The order.", required=True),),
    paged=True,
    tag=_TAG,
)
ACCEPT = Operation(
    "POST",
    "/air/airline_initiated_changes/{id}/actions/accept",
    "Accept a change",
    elsewhere,
    AirlineChangeShape,
    scope="book",
    tag=_TAG,
)
UPDATE = Operation(
    "PATCH",
    "/air/airline_initiated_changes/{id}",
    "Say what was done about a change",
    elsewhere,
    AirlineChangeShape,
    body=ActionTakenBody,
    scope="book",
    tag=_TAG,
)
DECLARED = (LIST, ACCEPT, UPDATE)


@dataclass(frozen=True, slots=True)
class AirlineChangeEndpoints:
    """See `operations`."""

    names: Names
    bookings: Bookings
    disruptions: Disruptions
    draw: Draw

    def operations(self) -> list[Operation]:
        """All operations of changes by airlines."""
        return [LIST.by(self.list), ACCEPT.by(self.accept), UPDATE.by(self.update)]

    async def list(self, call: Call) -> Page[AirlineChangeShape]:
        """All changes of an order, oldest first: there are few."""
        order_id, owner = call.text("order_id"), call.caller.owner
        assert order_id is not None, "it is required"
        order = await self.bookings.order(order_id, owner)
        if order is None:
            raise not_found("There is no such order.")
        found = await changes_of(self.disruptions, owner, order_id)
        return Page([airline_change_shape(self.names, one, order) for one in found])

    async def accept(self, call: Call) -> AirlineChangeShape:
        """The accepted change; again: the same."""
        outcome = await accept_change(
            self.disruptions, call.caller.owner, call.path_id(), self.draw
        )
        match outcome:
            case AirlineChange():
                order = await self.bookings.order(outcome.order_id, call.caller.owner)
                if order is None:
                    raise not_found()
                return airline_change_shape(self.names, outcome, order)
            case WrongState():
                raise wrong_state(outcome.why)
            case _:
                raise not_found()

    async def update(self, call: Call) -> AirlineChangeShape:
        """The change, accepted; orders are cancelled and changed by their own calls."""
        body: ActionTakenBody = call.body
        if body.action_taken != "accepted":
            raise unsupported_action("Cancel or change the order itself.")
        return await self.accept(call)
