"""The law of trips on pages: slices of an offer or order, folded into what a traveller reads.

PURE. Times stay local at their airports. Whatever an airline left out is left out here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from holdfast.flights.pages.figures import local_of, minutes_of
from holdfast.flights.wire.duffel_places import AirportShape, PlaceShape
from holdfast.flights.wire.duffel_trips import (
    ConditionShape,
    ConditionsShape,
    SeatShape,
    SegmentShape,
    SliceShape,
)


@dataclass(frozen=True, slots=True)
class Stand:
    """An airport at a time: `terminal` is empty where nobody told it."""

    code: str
    name: str
    city: str
    terminal: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SatBy:
    """Who sits where on a flight; `seat` is empty without one."""

    passenger_id: str
    seat: str
    seat_name: str


@dataclass(frozen=True, slots=True)
class FlightLine:
    """One flight. `operator`: who flies it, empty when that is who sells it. `layover_min`: the
    time until the next flight, None after the last. `later_days`: days later it arrives."""

    id: str
    number: str
    airline: str
    operator: str
    aircraft: str
    cabin: str
    departs: Stand
    arrives: Stand
    duration_min: int
    later_days: int
    stops: tuple[str, ...]
    layover_min: int | None
    seats: tuple[SatBy, ...]


@dataclass(frozen=True, slots=True)
class TripSlice:
    """One direction of a trip."""

    id: str
    departs: Stand
    arrives: Stand
    duration_min: int
    brand: str
    checked_bags: int
    carry_on_bags: int
    flights: tuple[FlightLine, ...]
    key: str


@dataclass(frozen=True, slots=True)
class Condition:
    """Whether something may be done: `allowed` None where nobody told it; what it costs."""

    allowed: bool | None
    amount: str
    currency: str

    @property
    def is_free(self) -> bool:
        """Whether it costs nothing."""
        return bool(self.allowed) and not self.amount.strip("0.")


def trip_of(slices: Sequence[SliceShape]) -> tuple[TripSlice, ...]:
    """All directions, in order."""
    return tuple(_slice(one) for one in slices if one.segments)


def flights_of(trip: Sequence[TripSlice]) -> Iterator[FlightLine]:
    """All flights of a trip, in order: those that seats are chosen on."""
    for one in trip:
        yield from one.flights


def conditions_of(told: ConditionsShape) -> tuple[Condition, Condition]:
    """Change, refund."""
    return _condition(told.change_before_departure), _condition(told.refund_before_departure)


def _condition(told: ConditionShape | None) -> Condition:
    if told is None:
        return Condition(None, "", "")
    return Condition(told.allowed, told.penalty_amount or "", told.penalty_currency or "")


def _slice(one: SliceShape) -> TripSlice:
    flights = [_flight(segment) for segment in one.segments]
    lines = tuple(
        _with_layover(flight, after) for flight, after in pairwise([*flights, None]) if flight
    )
    checked = [_bags(segment, "checked") for segment in one.segments]
    carried = [_bags(segment, "carry_on") for segment in one.segments]
    return TripSlice(
        id=one.id,
        departs=lines[0].departs,
        arrives=lines[-1].arrives,
        duration_min=minutes_of(one.duration),
        brand=one.fare_brand_name or "",
        checked_bags=min(checked),
        carry_on_bags=min(carried),
        flights=lines,
        key=one.comparison_key,
    )


def _flight(segment: SegmentShape) -> FlightLine:
    sold, flown = segment.marketing_carrier, segment.operating_carrier
    departs = _stand(segment.origin, segment.origin_terminal, segment.departing_at)
    arrives = _stand(segment.destination, segment.destination_terminal, segment.arriving_at)
    cabins = [who.cabin_class for who in segment.passengers]
    return FlightLine(
        id=segment.id,
        number=f"{sold.iata_code or ''}{segment.marketing_carrier_flight_number}",
        airline=sold.name,
        operator="" if flown.id == sold.id else flown.name,
        aircraft=segment.aircraft.name if segment.aircraft else "",
        cabin=cabins[0].value if cabins else "",
        departs=departs,
        arrives=arrives,
        duration_min=minutes_of(segment.duration),
        later_days=(arrives.at.date() - departs.at.date()).days,
        stops=tuple(stop.airport.iata_code for stop in segment.stops),
        layover_min=None,
        seats=tuple(_seats(segment)),
    )


def _with_layover(flight: FlightLine, after: FlightLine | None) -> FlightLine:
    if after is None:
        return flight
    gap = after.departs.at - flight.arrives.at
    return replace(flight, layover_min=max(0, int(gap.total_seconds()) // 60))


def _seats(segment: SegmentShape) -> Iterator[SatBy]:
    for who in segment.passengers:
        if isinstance(who.seat, SeatShape):
            yield SatBy(who.passenger_id, who.seat.designator, who.seat.name)


def _stand(place: AirportShape | PlaceShape, terminal: str | None, at: str) -> Stand:
    return Stand(place.iata_code, place.name, place.city_name, terminal or "", local_of(at))


def _bags(segment: SegmentShape, kind: str) -> int:
    """Bags that each passenger with a seat may bring on a flight."""
    found = [
        sum(bag.quantity for bag in who.baggages if bag.type == kind) for who in segment.passengers
    ]
    return max(found, default=0)
