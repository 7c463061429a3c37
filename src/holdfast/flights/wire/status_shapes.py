"""The law of the native status answer: a flight as it stands, or why there is none, as JSON.

Moments are ISO 8601, local with their offset. What is not known is null or empty; no field is left
out. Errors say what, where and what to do: `{"error": {"what", "where", "fix"}}`.
"""

from datetime import date, datetime

import msgspec
from msgspec import Struct

from holdfast.flights.domain.flight_status import (
    FlightStatus,
    LegNow,
    LookUp,
    Movement,
    NotFlown,
    UnknownFlight,
)
from holdfast.flights.domain.schedule import Designator
from holdfast.flights.domain.status import LegState, ToldUpdate

_encode = msgspec.json.Encoder().encode


class MovementShape(Struct, frozen=True):
    """A departure or an arrival. `delay_min`: minutes late, null when nothing was told."""

    station: str
    scheduled: datetime
    estimated: datetime | None
    actual: datetime | None
    delay_min: int | None
    terminal: str
    gate: str

    @classmethod
    def of(cls, movement: Movement) -> "MovementShape":
        return cls(
            station=movement.station,
            scheduled=movement.scheduled,
            estimated=movement.estimated,
            actual=movement.actual,
            delay_min=movement.delay_min,
            terminal=movement.terminal,
            gate=movement.gate,
        )


class LegShape(Struct, frozen=True):
    """One leg of the flight."""

    status: LegState
    departure: MovementShape
    arrival: MovementShape
    aircraft: str
    registration: str
    duration_min: int
    diverted_to: str
    reason: str
    updated_at: datetime | None

    @classmethod
    def of(cls, leg: LegNow) -> "LegShape":
        return cls(
            status=leg.state,
            departure=MovementShape.of(leg.departure),
            arrival=MovementShape.of(leg.arrival),
            aircraft=leg.aircraft,
            registration=leg.registration,
            duration_min=leg.duration_min,
            diverted_to=leg.diverted_to,
            reason=leg.reason,
            updated_at=leg.updated_at,
        )


class ToldShape(Struct, frozen=True):
    """One update: when it was told and came, and what it told (moments in UTC)."""

    told_at: datetime
    received_at: datetime
    feed: str
    board: str
    off: str
    told: dict[str, str]

    @classmethod
    def of(cls, update: ToldUpdate) -> "ToldShape":
        return cls(
            told_at=update.told_at,
            received_at=update.received_at,
            feed=update.feed,
            board=update.leg.board,
            off=update.leg.off,
            told={name: _text(value) for name, value in update.facts.told().items()},
        )


class FlightStatusShape(Struct, frozen=True):
    """A dated flight as it stands. `partners`: other designators it is sold under; `history`:
    newest first."""

    flight: str
    carrier: str
    number: int
    suffix: str
    date: date
    status: LegState
    operated_as: str
    partners: list[str]
    legs: list[LegShape]
    history: list[ToldShape]

    @classmethod
    def of(cls, status: FlightStatus) -> "FlightStatusShape":
        return cls(
            flight=str(status.designator),
            carrier=status.designator.carrier,
            number=status.designator.number,
            suffix=status.designator.suffix,
            date=status.flight_date,
            status=status.state,
            operated_as=str(status.operating),
            partners=[str(partner) for partner in status.partners],
            legs=[LegShape.of(leg) for leg in status.legs],
            history=[ToldShape.of(update) for update in status.history],
        )


class ProblemShape(Struct, frozen=True):
    """What went wrong, where, and what to do about it."""

    what: str
    where: str
    fix: str


class ProblemBody(Struct, frozen=True):
    """The body of every answer that is not a success."""

    error: ProblemShape


def encode_look_up(found: LookUp) -> bytes:
    """The native body of a look-up: the flight, or a problem (then the status is 404)."""
    if isinstance(found, FlightStatus):
        return _encode(FlightStatusShape.of(found))
    what, fix = why_not(found)
    return encode_problem(what, f"flight {found.designator}", fix)


def encode_problem(what: str, where: str, fix: str) -> bytes:
    """A problem as JSON."""
    return _encode(ProblemBody(ProblemShape(what, where, fix)))


def why_not(found: NotFlown | UnknownFlight) -> tuple[str, str]:
    """Why there is no such flight, and what to do, in sentences."""
    if isinstance(found, UnknownFlight):
        return _unknown(found.designator)
    near = [day.isoformat() for day in (found.before, found.after) if day is not None]
    what = f"{found.designator} does not fly on {found.flight_date.isoformat()}"
    if not near:
        return what, "it has no date within a year of that: check the flight number"
    return what, f"the nearest dates are {' and '.join(near)}"


def _unknown(designator: Designator) -> tuple[str, str]:
    return f"no airline files a flight {designator}", "check the airline's code and the number"


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
