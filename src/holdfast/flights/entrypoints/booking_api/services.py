"""Services of an order over HTTP: what can still be added, and adding it. Seats, for now."""

from dataclasses import dataclass

from holdfast.flights.domain.booking_rules import Misfit
from holdfast.flights.domain.order import Order, OrderState, PaymentType, SeatChoice
from holdfast.flights.entrypoints.booking_api.orders import TellOrders, check_exits
from holdfast.flights.entrypoints.booking_api.payments import money_of
from holdfast.flights.entrypoints.booking_api.telling import Told
from holdfast.flights.entrypoints.http.faults import (
    ancillary_service_not_available,
    invalid_field,
    not_found,
)
from holdfast.flights.entrypoints.http.operation import Call, Operation, elsewhere
from holdfast.flights.entrypoints.refusals import fitting, refused
from holdfast.flights.service.answering import Draw
from holdfast.flights.service.choose_seat import Seating, choose_seats
from holdfast.flights.service.ports.bookings import Bookings, Replayed
from holdfast.flights.service.show_seat_map import ShowSeatMaps
from holdfast.flights.wire.duffel_order_asks import AddServicesBody, check_seats, check_services
from holdfast.flights.wire.duffel_orders import OrderShape, order_shape
from holdfast.flights.wire.duffel_services import SeatOfferShape, seat_offers

_TAG = "orders"
AVAILABLE = Operation(
    "GET",
    "/air/orders/{id}/available_services",
    "List what can still be added to an order",
    elsewhere,
    list[SeatOfferShape],
    tag=_TAG,
)
ADD = Operation(
    "POST",
    "/air/orders/{id}/services",
    "Add services to an order",
    elsewhere,
    OrderShape,
    body=AddServicesBody,
    scope="book",
    tag=_TAG,
)
DECLARED = (AVAILABLE, ADD)


@dataclass(frozen=True, slots=True)
class ServiceEndpoints:
    """See `operations`."""

    bookings: Bookings
    seat_maps: ShowSeatMaps
    tell: TellOrders
    draw: Draw

    def operations(self) -> list[Operation]:
        """All operations of an order's services."""
        return [AVAILABLE.by(self.available), ADD.by(self.add)]

    async def available(self, call: Call) -> list[SeatOfferShape]:
        """The seats that can be had; none of an order that is over."""
        order = await self._order(call)
        if order.state in (OrderState.CANCELLED, OrderState.EXPIRED):
            return []
        return list(seat_offers(await self.seat_maps.of_order(order)))

    async def add(self, call: Call) -> object:
        """The order with what was added."""
        body: AddServicesBody = call.body
        with fitting():
            check_services(body.add_services)
        order = await self._order(call)
        seats = await self._seats(body, order)
        payment = body.payment
        wanted = Seating(
            owner=order.owner,
            order_id=order.id,
            seats=seats,
            payment=None if payment is None else money_of(payment, "/payment"),
            payment_type=PaymentType.BALANCE if payment is None else payment.type,
        )
        told: Told[Order] = Told(call, lambda done: order_shape(self.tell.names, done))
        outcome = await choose_seats(self.bookings, wanted, self.draw, told.telling)
        match outcome:
            case Order():
                return told.answer(outcome)
            case Replayed():
                return outcome.answer
            case Misfit():
                raise invalid_field(outcome.field, outcome.why)
            case _:
                raise refused(outcome, airline=order.offer.carrier, due="/payment/amount")

    async def _order(self, call: Call) -> Order:
        order = await self.bookings.order(call.path_id(prefix="ord_"), call.caller.owner)
        if order is None:
            raise not_found()
        return order

    async def _seats(self, body: AddServicesBody, order: Order) -> tuple[SeatChoice, ...]:
        wanted = [one.id for one in body.add_services]
        chosen = await self.seat_maps.chosen_with_order(order, wanted)
        for id_ in wanted:
            if id_ not in chosen:
                message = f"There is no service {id_} for this order."
                raise ancillary_service_not_available(message, order.offer.carrier)
        seats = tuple(chosen[id_] for id_ in wanted)
        check_exits(order.offer, order.passengers, seats)
        with fitting():
            check_seats(
                [(one.segment_id, one.passenger_id, one.designator) for one in seats],
                "/add_services",
            )
        return seats
