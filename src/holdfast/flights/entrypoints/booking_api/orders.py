"""Orders over HTTP: make one (paid at once or held), read, list and annotate them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from holdfast.flights.domain.booking_rules import Misfit
from holdfast.flights.domain.hold_limits import ANY_NUMBER, HoldLimit, HoldRules, buyers_in
from holdfast.flights.domain.offer import Offer
from holdfast.flights.domain.order import (
    Order,
    OrderState,
    Passenger,
    PaymentType,
    SeatChoice,
    total_of,
)
from holdfast.flights.domain.seat_map import is_exit_seat
from holdfast.flights.entrypoints.booking_api.telling import Told
from holdfast.flights.entrypoints.http.faults import (
    ancillary_service_not_available,
    invalid_field,
    not_found,
    offer_no_longer_available,
)
from holdfast.flights.entrypoints.http.operation import Call, Operation, Page, elsewhere
from holdfast.flights.entrypoints.http.parameters import choice, repeated, text
from holdfast.flights.entrypoints.marks import answered, page_of
from holdfast.flights.entrypoints.refusals import fitting, refused
from holdfast.flights.service.answering import Draw
from holdfast.flights.service.hold_and_book import Wanted, book
from holdfast.flights.service.ports.bookings import Bookings, Replayed
from holdfast.flights.service.ports.disruptions import Disruptions
from holdfast.flights.service.ports.order_lists import OrderFilter, OrderLists
from holdfast.flights.service.ports.order_lists import Page as Wish
from holdfast.flights.service.ports.quotes import FoundOffer
from holdfast.flights.service.read_offers import OfferGone, ReadOffers
from holdfast.flights.service.show_seat_map import ShowSeatMaps, seating_of
from holdfast.flights.wire.duffel_airline_changes import airline_change_shape
from holdfast.flights.wire.duffel_order_asks import (
    OrderBody,
    OrderUpdateBody,
    check_metadata,
    check_payment,
    check_seats,
    check_services,
    check_type,
    metadata_of,
    passengers_of,
    selected_offer,
)
from holdfast.flights.wire.duffel_orders import OrderShape, order_shape
from holdfast.flights.wire.duffel_places import Names
from holdfast.platform.runtime.logs import Log

_log = Log("booking")
_TAG = "orders"
BUYER_HEADER = b"x-buyer"
"""Whom a client that serves many people books for, so that each has a number of holds."""
MAX_NAMES = 10
"""Names that one list can be filtered by."""
SORTS = (
    "created_at",
    "-created_at",
    "pay_by",
    "-pay_by",
    "payment_required_by",
    "-payment_required_by",
)
CREATE = Operation(
    "POST",
    "/air/orders",
    "Book an offer",
    elsewhere,
    OrderShape,
    body=OrderBody,
    status=201,
    scope="book",
    tag=_TAG,
)
LIST = Operation(
    "GET",
    "/air/orders",
    "List orders",
    elsewhere,
    OrderShape,
    parameters=(
        choice("awaiting_payment", ("true", "false"), "Only holds that can be paid, or no such."),
        text("booking_reference", 10, "Only the order with this reference."),
        repeated(text("passenger_name[]", 100, "Only with a passenger of this name."), MAX_NAMES),
        choice("sort", SORTS, "By when it was made, or must be paid; `-`: the last first."),
    ),
    paged=True,
    tag=_TAG,
)
GET = Operation("GET", "/air/orders/{id}", "Get an order", elsewhere, OrderShape, tag=_TAG)
UPDATE = Operation(
    "PATCH",
    "/air/orders/{id}",
    "Annotate an order",
    elsewhere,
    OrderShape,
    body=OrderUpdateBody,
    scope="book",
    tag=_TAG,
)
DECLARED = (CREATE, LIST, GET, UPDATE)


@dataclass(frozen=True, slots=True)
class TellOrders:
    """Orders in their shapes, with what the airline changed and how they were given back."""

    names: Names
    lists: OrderLists
    disruptions: Disruptions

    async def one(self, order: Order) -> OrderShape:
        """One order."""
        cancellation = None
        if order.state is OrderState.CANCELLED:
            found = await self.lists.cancellations(order.owner, order.id, Wish())
            cancellation = next((one for one in found.items if one.confirmed_at), None)
        changes = (await self.disruptions.changes(order.owner, [order.id])).get(order.id, ())
        return order_shape(
            self.names,
            order,
            changes=[airline_change_shape(self.names, one, order) for one in changes],
            cancellation=cancellation,
        )

    async def many(self, orders: Sequence[Order], owner: str) -> list[OrderShape]:
        """A page of them, without their cancellations."""
        changes = await self.disruptions.changes(owner, [order.id for order in orders])
        return [
            order_shape(
                self.names,
                order,
                changes=[
                    airline_change_shape(self.names, one, order)
                    for one in changes.get(order.id, ())
                ],
            )
            for order in orders
        ]


@dataclass(frozen=True, slots=True)
class OrderEndpoints:
    """See `operations`."""

    read: ReadOffers
    bookings: Bookings
    lists: OrderLists
    seat_maps: ShowSeatMaps
    tell: TellOrders
    draw: Draw
    outcomes: Counter[str] = field(default_factory=Counter)
    """What became of calls to book, by the name of the outcome."""
    holds: HoldRules = ANY_NUMBER

    def operations(self) -> list[Operation]:
        """All operations of orders themselves."""
        return [
            CREATE.by(self.create),
            LIST.by(self.list),
            GET.by(self.get),
            UPDATE.by(self.update),
        ]

    async def create(self, call: Call) -> object:
        """The order as it stands."""
        body: OrderBody = call.body
        with fitting():
            offer_id = selected_offer(body)
            check_metadata(body.metadata)
            check_services(body.services or ())
        found = await self._living(call, offer_id)
        offer = found.offer
        with fitting():
            check_type(body, offer)
            passengers = passengers_of(body.passengers, offer, today=call.clock.wall().date())
        seats = await self._seats(body, offer, passengers)
        due = total_of(offer, seats)
        with fitting():
            payment = body.payments[0] if body.payments else None
            if payment is not None:
                check_payment(payment, due, "/payments/0")
        wanted = Wanted(
            owner=call.caller.owner,
            live_mode=found.live_mode,
            offer=offer,
            passengers=passengers,
            payment=None if payment is None else due,
            seats=seats,
            payment_type=PaymentType.BALANCE if payment is None else payment.type,
            metadata=body.metadata or {},
            hold_limits=self._hold_limits(call),
        )
        return await self._book(call, wanted)

    async def list(self, call: Call) -> Page[OrderShape]:
        """A page of orders."""
        wanted = _filter(call)
        listed = await self.lists.orders(call.caller.owner, wanted, page_of(call))
        return answered(listed, await self.tell.many(listed.items, call.caller.owner))

    async def get(self, call: Call) -> OrderShape:
        """One order."""
        order = await self.bookings.order(call.path_id(prefix="ord_"), call.caller.owner)
        if order is None:
            raise not_found()
        return await self.tell.one(order)

    async def update(self, call: Call) -> OrderShape:
        """The order with its new metadata."""
        body: OrderUpdateBody = call.body
        with fitting():
            metadata = metadata_of(body)
        order = await self.bookings.update_metadata(
            call.path_id(prefix="ord_"), call.caller.owner, metadata
        )
        if order is None:
            raise not_found()
        return await self.tell.one(order)

    async def _living(self, call: Call, offer_id: str) -> FoundOffer:
        found = await self.read.offer(offer_id, call.caller.shops_as)
        if isinstance(found, OfferGone):
            raise offer_no_longer_available()
        if found is None or found.live_mode != call.caller.live_mode:
            raise not_found("There is no such offer.")
        return found

    def _hold_limits(self, call: Call) -> tuple[HoldLimit, ...]:
        """How many unpaid holds there may be of whoever asks; 422 when the header is none."""
        header = call.asked.header(BUYER_HEADER)
        buyers = () if header is None else buyers_in(header)
        if buyers is None:
            name = BUYER_HEADER.decode()
            raise invalid_field(
                name, f"Header '{name}' must be like 'person=7, network=192.0.2.7'."
            )
        return self.holds.limits(call.caller.owner, buyers)

    async def _seats(
        self, body: OrderBody, offer: Offer, passengers: Sequence[Passenger]
    ) -> tuple[SeatChoice, ...]:
        wanted = [one.id for one in body.services or ()]
        chosen = await self.seat_maps.chosen_with_offer(offer, wanted)
        for id_ in wanted:
            if id_ not in chosen:
                message = f"There is no service {id_} for this offer."
                raise ancillary_service_not_available(message, offer.carrier)
        seats = tuple(chosen[id_] for id_ in wanted)
        check_exits(offer, passengers, seats)
        with fitting():
            check_seats([(one.segment_id, one.passenger_id, one.designator) for one in seats])
        return seats

    async def _book(self, call: Call, wanted: Wanted) -> object:
        told: Told[Order] = Told(call, lambda order: order_shape(self.tell.names, order))
        outcome = await book(self.bookings, wanted, self.draw, told.telling)
        self.outcomes[type(outcome).__name__] += 1
        match outcome:
            case Order():
                _log.info("order_placed", order=outcome.id, held=wanted.payment is None)
                return told.answer(outcome)
            case Replayed():
                return outcome.answer
            case Misfit():
                raise invalid_field(outcome.field, outcome.why)
            case _:
                raise refused(outcome, airline=wanted.offer.carrier, due="/payments/0/amount")


def check_exits(offer: Offer, passengers: Sequence[Passenger], seats: Sequence[SeatChoice]) -> None:
    """Nobody with an infant on the lap sits at an exit; 422 naming the seat."""
    holding = {who.id for who in passengers if who.infant_id is not None}
    for seat in seats:
        asked = seating_of(offer, seat.segment_id)
        if seat.passenger_id in holding and asked and is_exit_seat(asked, seat.designator):
            message = f"Seat {seat.designator} is at an exit: not with an infant on the lap."
            raise ancillary_service_not_available(message, offer.carrier)


def _filter(call: Call) -> OrderFilter:
    awaiting, sort = call.text("awaiting_payment"), call.text("sort")
    by: Literal["created_at", "pay_by"] = "pay_by"
    if sort is None or sort.endswith("created_at"):
        by = "created_at"
    return OrderFilter(
        awaiting_payment=None if awaiting is None else awaiting == "true",
        booking_reference=call.text("booking_reference"),
        passenger_names=call.many("passenger_name[]"),
        sort=by,
        descending=sort is None or sort.startswith("-"),
    )
