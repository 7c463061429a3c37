"""A held order's price of now over HTTP; this API's own, beside those that its clients know."""

from dataclasses import dataclass

from holdfast.flights.domain.order import Order
from holdfast.flights.domain.repricing import FareGone
from holdfast.flights.entrypoints.asking import asker_of
from holdfast.flights.entrypoints.booking_api.telling import Told
from holdfast.flights.entrypoints.http.operation import Call, Operation, elsewhere
from holdfast.flights.entrypoints.refusals import fare_gone, refused
from holdfast.flights.service.ports.bookings import Replayed
from holdfast.flights.service.reprice_order import RepriceOrder
from holdfast.flights.wire.duffel_orders import OrderShape, order_shape
from holdfast.flights.wire.duffel_places import Names

REPRICE = Operation(
    "POST",
    "/air/orders/{id}/actions/reprice",
    "Ask for the price of now of a held order whose price guarantee has ended",
    elsewhere,
    OrderShape,
    scope="book",
    knows_viewer=True,
    tag="orders",
)
DECLARED = (REPRICE,)


@dataclass(frozen=True, slots=True)
class RepricingEndpoints:
    """See `operations`."""

    names: Names
    reprices: RepriceOrder

    def operations(self) -> list[Operation]:
        """The operation of pricing anew."""
        return [REPRICE.by(self.reprice)]

    async def reprice(self, call: Call) -> object:
        """The order at its new price, and until when that holds."""
        told: Told[Order] = Told(call, lambda order: order_shape(self.names, order))
        outcome = await self.reprices.reprice(
            call.path_id(prefix="ord_"), asker_of(call), told.telling
        )
        match outcome:
            case Order():
                return told.answer(outcome)
            case Replayed():
                return outcome.answer
            case FareGone():
                raise fare_gone(outcome)
            case _:
                raise refused(outcome)
