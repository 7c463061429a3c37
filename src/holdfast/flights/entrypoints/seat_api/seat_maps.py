"""Seat maps over HTTP: of an offer, or of an order that stands."""

from dataclasses import dataclass

from holdfast.flights.domain.seat_map import SeatMap
from holdfast.flights.entrypoints.http.faults import (
    not_found,
    offer_no_longer_available,
    validation_required,
)
from holdfast.flights.entrypoints.http.operation import Call, Operation, elsewhere
from holdfast.flights.entrypoints.http.parameters import identifier
from holdfast.flights.service.deliver_webhooks import OrderOf
from holdfast.flights.service.read_offers import OfferGone, ReadOffers
from holdfast.flights.service.show_seat_map import ShowSeatMaps
from holdfast.flights.wire.duffel_seat_maps import SeatMapShape, seat_map_shape

LIST = Operation(
    "GET",
    "/air/seat_maps",
    "Seat maps of an offer or an order, one for each flight",
    elsewhere,
    list[SeatMapShape],
    parameters=(
        identifier("offer_id", "The offer; or give an order."),
        identifier("order_id", "The order: for choosing seats later."),
    ),
    tag="seat maps",
)
DECLARED = (LIST,)


@dataclass(frozen=True, slots=True)
class SeatMapEndpoints:
    """See `operations`."""

    read: ReadOffers
    order_of: OrderOf
    seat_maps: ShowSeatMaps

    def operations(self) -> list[Operation]:
        """All operations of seat maps."""
        return [LIST.by(self.show)]

    async def show(self, call: Call) -> list[SeatMapShape]:
        """The maps, in the order of the flights."""
        maps = await self._maps(call)
        return [seat_map_shape(one, knows_restricted=call.version == "v2") for one in maps]

    async def _maps(self, call: Call) -> list[SeatMap]:
        offer_id, order_id = call.text("offer_id"), call.text("order_id")
        if offer_id is not None:
            found = await self.read.offer(offer_id, call.caller.owner)
            if found is None:
                raise not_found("There is no such offer.")
            if isinstance(found, OfferGone):
                raise offer_no_longer_available()
            return await self.seat_maps.of_offer(found.offer)
        if order_id is None:
            raise validation_required("offer_id")
        order = await self.order_of(order_id, call.caller.owner)
        if order is None:
            raise not_found("There is no such order.")
        return await self.seat_maps.of_order(order)
