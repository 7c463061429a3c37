"""The law of the Amadeus-shaped status: a dated flight as `DatedFlight`, for clients of that API.

Times are local with their offset and without seconds, durations ISO 8601; what is not known is left
out, as that API does. (Shape of on-demand flight status, version 2.)
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec import UNSET, Struct, UnsetType

from holdfast.flights.domain.flight_status import FlightStatus, LegNow, Movement
from holdfast.flights.domain.schedule import Designator

_encode = msgspec.json.Encoder().encode


class Code(Struct, frozen=True):
    """A terminal."""

    code: str


class Gate(Struct, frozen=True, rename="camel"):
    """A gate."""

    main_gate: str


class Delay(Struct, frozen=True):
    """How late: a duration."""

    duration: str


class Timing(Struct, frozen=True, omit_defaults=True):
    """One time: scheduled, estimated or actual (`STD`, `ETD`, `ATD`, `STA`, `ETA`, `ATA`)."""

    qualifier: str
    value: str
    delays: list[Delay] = []


class PointMovement(Struct, frozen=True, omit_defaults=True):
    """A departure or an arrival at a point."""

    timings: list[Timing]
    terminal: Code | UnsetType = UNSET
    gate: Gate | UnsetType = UNSET


class FlightPoint(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """A station that the flight touches, in its order."""

    iata_code: str
    departure: PointMovement | UnsetType = UNSET
    arrival: PointMovement | UnsetType = UNSET


class FlightDesignator(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Carrier, number and suffix."""

    carrier_code: str
    flight_number: int
    operational_suffix: str = ""

    @classmethod
    def of(cls, designator: Designator) -> "FlightDesignator":
        return cls(designator.carrier, designator.number, designator.suffix)


class Partnership(Struct, frozen=True, rename="camel"):
    """Who flies it, where that is somebody else."""

    operating_flight: FlightDesignator


class SegmentShape(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """What can be sold: from one point of the flight to a later one."""

    board_point_iata_code: str
    off_point_iata_code: str
    scheduled_segment_duration: str
    partnership: Partnership | UnsetType = UNSET


class AircraftEquipment(Struct, frozen=True, rename="camel"):
    """The aircraft, as an IATA type."""

    aircraft_type: str


class AmadeusLeg(Struct, frozen=True, rename="camel"):
    """One take-off and landing."""

    board_point_iata_code: str
    off_point_iata_code: str
    aircraft_equipment: AircraftEquipment
    scheduled_leg_duration: str


class DatedFlight(Struct, frozen=True, rename="camel"):
    """A flight on its scheduled date of departure."""

    type: str
    scheduled_departure_date: str
    flight_designator: FlightDesignator
    flight_points: list[FlightPoint]
    segments: list[SegmentShape]
    legs: list[AmadeusLeg]


class Links(Struct, frozen=True):
    """Where this answer can be had again."""

    self: str


class Meta(Struct, frozen=True):
    """How many flights there are; all of them are in one answer."""

    count: int
    links: Links


class DatedFlights(Struct, frozen=True):
    """The whole answer."""

    meta: Meta
    data: list[DatedFlight]


def encode_dated_flights(flights: Sequence[FlightStatus], url: str) -> bytes:
    """The answer to a request for `url`."""
    data = [dated_flight(flight) for flight in flights]
    return _encode(DatedFlights(Meta(len(data), Links(url)), data))


def dated_flight(flight: FlightStatus) -> DatedFlight:
    """A flight in this shape."""
    return DatedFlight(
        type="DatedFlight",
        scheduled_departure_date=flight.flight_date.isoformat(),
        flight_designator=FlightDesignator.of(flight.designator),
        flight_points=_points(flight.legs),
        segments=_segments(flight),
        legs=[
            AmadeusLeg(
                board_point_iata_code=leg.departure.station,
                off_point_iata_code=leg.arrival.station,
                aircraft_equipment=AircraftEquipment(leg.aircraft),
                scheduled_leg_duration=_duration(leg.duration_min),
            )
            for leg in flight.legs
        ],
    )


def _points(legs: Sequence[LegNow]) -> list[FlightPoint]:
    points = [FlightPoint(legs[0].departure.station, departure=_movement(legs[0].departure, "D"))]
    for place, leg in enumerate(legs, start=1):
        onward = legs[place].departure if place < len(legs) else None
        points.append(
            FlightPoint(
                leg.arrival.station,
                departure=_movement(onward, "D") if onward else UNSET,
                arrival=_movement(leg.arrival, "A"),
            )
        )
    return points


def _segments(flight: FlightStatus) -> list[SegmentShape]:
    """All pairs of a point and a later one, the flight's own order first."""
    partnership: Partnership | UnsetType = UNSET
    if flight.operating != flight.designator:
        partnership = Partnership(FlightDesignator.of(flight.operating))
    legs = flight.legs
    return [
        SegmentShape(
            board_point_iata_code=legs[first].departure.station,
            off_point_iata_code=legs[last].arrival.station,
            scheduled_segment_duration=_between(legs[first].departure, legs[last].arrival),
            partnership=partnership,
        )
        for first in range(len(legs))
        for last in range(first, len(legs))
    ]


def _movement(movement: Movement, end: str) -> PointMovement:
    times = (("ST", movement.scheduled), ("ET", movement.estimated), ("AT", movement.actual))
    timings = [
        Timing(kind + end, _moment(moment), _delays(moment - movement.scheduled))
        for kind, moment in times
        if moment is not None
    ]
    return PointMovement(
        timings=timings,
        terminal=Code(movement.terminal) if movement.terminal else UNSET,
        gate=Gate(movement.gate) if movement.gate else UNSET,
    )


def _delays(late: timedelta) -> list[Delay]:
    minutes = late // timedelta(minutes=1)
    return [Delay(_duration(minutes))] if minutes > 0 else []


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="minutes")


def _between(departure: Movement, arrival: Movement) -> str:
    return _duration((arrival.scheduled - departure.scheduled) // timedelta(minutes=1))


def _duration(minutes: int) -> str:
    """`PT8H25M`."""
    hours, rest = divmod(minutes, 60)
    return "PT" + (f"{hours}H" if hours else "") + (f"{rest}M" if rest or not hours else "")
