"""The law of the flight's page: how a flight stands, leg by leg, and what was told of it, in order.

PURE. Times are local at their airports, as the API says them; what nobody told is left out.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from holdfast.flights.pages import links
from holdfast.flights.wire.status_shapes import (
    FlightStatusShape,
    LegShape,
    MovementShape,
    ToldShape,
)

MAX_TOLD = 50
"""Lines of history that a page shows; a flight has a dozen."""
MARKS = {
    "scheduled": "info",
    "delayed": "warn",
    "departed": "info",
    "arrived": "good",
    "cancelled": "bad",
    "diverted": "bad",
    "returned": "bad",
}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class End:
    """A departure or an arrival. `told` is the actual or else the estimated time, None where only
    the timetable is known; `is_actual` says which; `later`: days after the flight's date."""

    code: str
    name: str
    scheduled: datetime
    told: datetime | None
    is_actual: bool
    delay_min: int
    terminal: str
    gate: str
    later: int

    @property
    def shown(self) -> datetime:
        """The time that counts now."""
        return self.told or self.scheduled


@dataclass(frozen=True, slots=True)
class Leg:
    """One leg as it stands. `mark` is the badge of its state."""

    state: str
    mark: str
    departure: End
    arrival: End
    minutes: int
    aircraft: str
    registration: str
    reason: str
    diverted_to: str
    updated: datetime | None


@dataclass(frozen=True, slots=True)
class Fact:
    """What was told: a text, or a moment that is local at its airport (`at`)."""

    name: str
    text: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """One line of history: when it was told, of which leg, and what."""

    at: datetime
    leg: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class FlightView:
    """The page. `partners`: other numbers of the same flight."""

    flight: str
    operated_as: str
    day: date
    state: str
    mark: str
    legs: tuple[Leg, ...]
    history: tuple[Told, ...]
    hidden: int
    partners: tuple[str, ...]
    previous: str
    next: str
    search: str

    @property
    def origin(self) -> End:
        """Where the flight begins."""
        return self.legs[0].departure

    @property
    def destination(self) -> End:
        """Where it ends."""
        return self.legs[-1].arrival


def flight_view(
    status: FlightStatusShape, names: Mapping[str, str], aircraft: Mapping[str, str]
) -> FlightView:
    """The page of a status. `names`: of airports by code, `aircraft`: of types by code; codes stand
    for those that are not there."""
    legs = tuple(_leg(one, status.date, names, aircraft) for one in status.legs)
    day = status.date
    return FlightView(
        flight=status.flight,
        operated_as=status.operated_as if status.operated_as != status.flight else "",
        day=day,
        state=status.status.value,
        mark=MARKS[status.status.value],
        legs=legs,
        history=tuple(_told(one, legs) for one in status.history[:MAX_TOLD]),
        hidden=max(0, len(status.history) - MAX_TOLD),
        partners=tuple(one for one in status.partners if one != status.operated_as),
        previous=links.flight(status.flight, _moved(day, -1)),
        next=links.flight(status.flight, _moved(day, 1)),
        search=links.with_query(
            links.SEARCH,
            [
                ("trip", "oneway"),
                ("from", legs[0].departure.code),
                ("to", legs[-1].arrival.code),
                ("out", day.isoformat()),
            ],
        ),
    )


def stations(status: FlightStatusShape) -> list[str]:
    """The airports of a flight, each once."""
    ends = [end for leg in status.legs for end in (leg.departure.station, leg.arrival.station)]
    diverted = [leg.diverted_to for leg in status.legs if leg.diverted_to]
    return list(dict.fromkeys([*ends, *diverted]))


def days_in(text: str) -> list[date]:
    """The dates in a sentence of the API: those nearest on which a flight does fly."""
    found = []
    for written in _DAY.findall(text)[:4]:
        try:
            found.append(date.fromisoformat(written))
        except ValueError:
            continue
    return found


def _leg(leg: LegShape, day: date, names: Mapping[str, str], aircraft: Mapping[str, str]) -> Leg:
    return Leg(
        state=leg.status.value,
        mark=MARKS[leg.status.value],
        departure=_end(leg.departure, day, names),
        arrival=_end(leg.arrival, day, names),
        minutes=leg.duration_min,
        aircraft=aircraft.get(leg.aircraft, leg.aircraft),
        registration=leg.registration,
        reason=leg.reason,
        diverted_to=names.get(leg.diverted_to, leg.diverted_to),
        updated=leg.updated_at,
    )


def _end(movement: MovementShape, day: date, names: Mapping[str, str]) -> End:
    told = movement.actual or movement.estimated
    return End(
        code=movement.station,
        name=names.get(movement.station, movement.station),
        scheduled=movement.scheduled,
        told=told,
        is_actual=movement.actual is not None,
        delay_min=movement.delay_min or 0,
        terminal=movement.terminal,
        gate=movement.gate,
        later=((told or movement.scheduled).date() - day).days,
    )


def _told(one: ToldShape, legs: tuple[Leg, ...]) -> Told:
    name = f"{one.board}–{one.off}" if len(legs) > 1 else ""
    leg = next(
        (leg for leg in legs if (leg.departure.code, leg.arrival.code) == (one.board, one.off)),
        legs[0],
    )
    return Told(one.told_at, name, tuple(_fact(leg, *fact) for fact in one.told.items()))


def _fact(leg: Leg, name: str, text: str) -> Fact:
    at = moment_in(text)
    if at is None:
        return Fact(name, text)
    end = leg.arrival if name.startswith("arrival") else leg.departure
    return Fact(name, text, at.astimezone(end.scheduled.tzinfo))


def _moved(day: date, days: int) -> str:
    try:
        return (day + timedelta(days=days)).isoformat()
    except OverflowError:
        return day.isoformat()


def moment_in(text: str) -> datetime | None:
    """The moment that a told value is; None for other values."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None
