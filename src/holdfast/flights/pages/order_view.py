"""The law of orders on pages: how an order stands, what its traveller can do, and until when.

PURE. A hold has two ends: until `price_until` its price is guaranteed, until `pay_by` its seats are
kept. Between the two it can be priced anew and then paid; afterwards it is gone.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from holdfast.flights.pages.calendar_file import CalendarFlight
from holdfast.flights.pages.figures import local_of, moment_of
from holdfast.flights.pages.trip_view import (
    Condition,
    FlightLine,
    TripSlice,
    conditions_of,
    flights_of,
    trip_of,
)
from holdfast.flights.wire.duffel_airline_changes import AirlineChangeShape
from holdfast.flights.wire.duffel_offers import OfferShape
from holdfast.flights.wire.duffel_orders import OrderPassengerShape, OrderShape


class OrderStanding(StrEnum):
    """How an order stands. `PRICE_ENDED`: held, but its price must be asked anew."""

    HELD = "held"
    PRICE_ENDED = "price_ended"
    PAID = "paid"
    CANCELLED = "cancelled"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True)
class Traveller:
    """Who flies, with a ticket once it is paid."""

    id: str
    name: str
    type: str
    ticket: str


@dataclass(frozen=True, slots=True)
class AirlineChange:
    """What the airline changed of flights that were sold; `flown` is empty when they are not flown
    any more."""

    id: str
    is_open: bool
    sold: tuple[TripSlice, ...]
    flown: tuple[TripSlice, ...]


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order's page."""

    id: str
    reference: str
    standing: OrderStanding
    airline: str
    trip: tuple[TripSlice, ...]
    travellers: tuple[Traveller, ...]
    total: str
    currency: str
    change: Condition
    refund: Condition
    pay_by: datetime | None
    price_until: datetime | None
    ended_at: datetime | None
    refunded: str
    refund_currency: str
    changes: tuple[AirlineChange, ...]

    @property
    def is_live(self) -> bool:
        """Whether there is still something to fly."""
        return self.standing not in (OrderStanding.CANCELLED, OrderStanding.LAPSED)

    @property
    def open_changes(self) -> tuple[AirlineChange, ...]:
        """Changes that nobody has answered."""
        return tuple(one for one in self.changes if one.is_open) if self.is_live else ()

    def name_of(self, passenger_id: str) -> str:
        """A passenger's name."""
        return next((who.name for who in self.travellers if who.id == passenger_id), "")


def order_view(order: OrderShape, now: datetime) -> OrderView:
    """An order as it stands at `now`."""
    status = order.payment_status
    change, refund = conditions_of(order.conditions)
    ended = moment_of(order.cancelled_at or "")
    back = order.cancellation
    return OrderView(
        id=order.id,
        reference=order.booking_reference,
        standing=standing_of(order, now),
        airline=order.owner.name,
        trip=trip_of(order.slices),
        travellers=tuple(_traveller(one, order) for one in order.passengers),
        total=order.total_amount,
        currency=order.total_currency,
        change=change,
        refund=refund,
        pay_by=moment_of(status.payment_required_by or ""),
        price_until=moment_of(status.price_guarantee_expires_at or ""),
        ended_at=ended,
        refunded=back.refund_amount if back else "",
        refund_currency=back.refund_currency if back else "",
        changes=tuple(_change(one) for one in order.airline_initiated_changes),
    )


def standing_of(order: OrderShape, now: datetime) -> OrderStanding:
    """How an order stands. One whose hold ran out a moment ago may not say so yet."""
    status = order.payment_status
    if order.cancelled_at:
        was_taken_back = order.cancellation is not None or status.paid_at is not None
        return OrderStanding.CANCELLED if was_taken_back else OrderStanding.LAPSED
    if not status.awaiting_payment:
        return OrderStanding.PAID
    pay_by = moment_of(status.payment_required_by or "")
    if pay_by is not None and pay_by <= now:
        return OrderStanding.LAPSED
    price_until = moment_of(status.price_guarantee_expires_at or "")
    if price_until is None or price_until > now:
        return OrderStanding.HELD
    return OrderStanding.PRICE_ENDED


def calendar_of(view: OrderView, zones: dict[str, str]) -> list[CalendarFlight]:
    """The flights of an order for a calendar. `zones`: IANA zones by airport."""
    return [_event(view, flight, zones) for flight in flights_of(view.trip)]


def zones_of(order: OrderShape) -> dict[str, str]:
    """The zone of each airport of an order."""
    places = [
        place
        for one in order.slices
        for segment in one.segments
        for place in (segment.origin, segment.destination)
    ]
    return {place.iata_code: place.time_zone for place in places}


def is_family_name(order: OrderShape, given: str) -> bool:
    """Whether somebody of the order has this family name, however it is written."""
    wanted = _plain(given)
    names = [_plain(who.family_name) for who in order.passengers]
    return bool(wanted) and wanted in names


def departs_of(offer: OfferShape) -> datetime:
    """When the first flight of an offer leaves, local at its airport."""
    return local_of(offer.slices[0].segments[0].departing_at)


def _traveller(who: OrderPassengerShape, order: OrderShape) -> Traveller:
    ticket = next(
        (one.unique_identifier for one in order.documents if who.id in one.passenger_ids), ""
    )
    return Traveller(who.id, f"{who.given_name} {who.family_name}", who.type.value, ticket)


def _change(told: AirlineChangeShape) -> AirlineChange:
    return AirlineChange(
        id=told.id,
        is_open=told.action_taken is None,
        sold=trip_of(told.removed),
        flown=trip_of(told.added),
    )


def _event(view: OrderView, flight: FlightLine, zones: dict[str, str]) -> CalendarFlight:
    departs, arrives = flight.departs, flight.arrives
    seats = ", ".join(f"{view.name_of(one.passenger_id)} {one.seat}" for one in flight.seats)
    terminal = f", Terminal {departs.terminal}" if departs.terminal else ""
    return CalendarFlight(
        id=f"{view.id}-{flight.id}",
        title=f"{flight.number} {departs.city or departs.code} – {arrives.city or arrives.code}",
        place=f"{departs.name} ({departs.code}){terminal}",
        text=f"{view.airline}, {view.reference}" + (f"\n{seats}" if seats else ""),
        departs=departs.at,
        departs_zone=zones.get(departs.code, ""),
        arrives=arrives.at,
        arrives_zone=zones.get(arrives.code, ""),
    )


def _plain(name: str) -> str:
    return "".join(char for char in name.casefold() if char.isalnum())
