"""A sub-message of SSM or ASM: its action identifier and lines -> changes, or the fault of a line.

A sub-message may name several flights, each with its own periods, legs and equipment.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise

from holdfast.flights.domain.filing import Fault
from holdfast.flights.domain.schedule import Period
from holdfast.flights.domain.schedule_change import (
    Administered,
    Cancelled,
    Change,
    Element,
    Equipment,
    Flown,
    NewLeg,
    Reequipped,
    Reinstated,
    Renumbered,
    Retimed,
    Target,
    Timing,
)
from holdfast.flights.wire import ssm_lines as lines
from holdfast.flights.wire.ssim_fields import BadField
from holdfast.flights.wire.ssm_lines import FlightLine

Line = tuple[int, str]
"""A line with its number."""
MAX_FLIGHTS = 200
"""Flights and periods of one sub-message: a telegram has no room for so many."""
MAX_LEGS = 26
"""Legs of one flight: SSIM has letters for so many."""
_ACTION = re.compile(r"([A-Z]{3})(?: .*)?")
_ACTIONS = ("NEW", "CNL", "RIN", "RPL", "TIM", "EQT", "CON", "ADM", "RRT", "FLT")
_REFUSED = {
    "ACK": "it answers a telegram; there is nothing to change",
    "NAC": "it answers a telegram; there is nothing to change",
    "SKD": "whole schedules come as SSIM files",
    "RSD": "nobody answers requests here; schedules are read at the API",
    "REV": "send CNL and NEW instead of revised periods",
}


@dataclass(frozen=True, slots=True)
class Told:
    """What the telegram says of all its sub-messages; `near`: the date that dates are near to."""

    is_asm: bool
    is_utc: bool
    near: date


def read_sub_message(block: Sequence[Line], told: Told) -> list[Change] | Fault:
    """The changes of a sub-message, whose first line is its action identifier."""
    place = 0
    try:
        sheet = _Sheet(_action(block[0][1]), told)
        for place in range(1, len(block)):
            sheet.read(block[place][1])
        place = 0
        sheet.finish()
    except BadField as bad:
        number, line = block[place]
        return Fault.of(number, str(bad), line)
    return sheet.changes


def _action(line: str) -> str:
    match = _ACTION.fullmatch(line)
    action = match[1] if match else line
    if action in _REFUSED:
        raise BadField(f"the action {action} is not read: {_REFUSED[action]}")
    if action not in _ACTIONS:
        raise BadField(f"{line[:20]!r} is no action identifier")
    return action


@dataclass(slots=True)
class _Flight:
    """A flight as its lines say so far."""

    line: FlightLine
    periods: list[Period] = field(default_factory=list)


@dataclass(slots=True)
class _Sheet:
    """Reads the lines of a sub-message; a flight after legs or equipment begins a new group."""

    action: str
    told: Told
    changes: list[Change] = field(default_factory=list)
    _flights: list[_Flight] = field(default_factory=list)
    _legs: list[NewLeg] = field(default_factory=list)
    _equipment: Equipment | None = None
    _elements: list[Element] = field(default_factory=list)

    def read(self, line: str) -> None:
        """One more line; raises `BadField`."""
        if not (self._flights and (self._read_period(line) or self._read_body(line))):
            self._read_flight(line)

    def finish(self) -> None:
        """The end of the sub-message."""
        if not self._flights:
            raise BadField("there is no flight")
        self._close()

    def _read_flight(self, line: str) -> None:
        flight = lines.read_flight_line(line)
        if flight is None:
            raise BadField("it is no line of a flight, period, equipment, leg or segment")
        last = self._flights[-1] if self._flights else None
        if self.action == "FLT" and not self.told.is_asm and last and not last.line.renamed:
            last.line = replace(last.line, renamed=flight.designator)
            return
        if self._legs or self._equipment or self._elements:
            self._close()
        if len(self._flights) == MAX_FLIGHTS:
            raise BadField(f"there are more than {MAX_FLIGHTS} flights")
        found = _Flight(flight)
        if self.told.is_asm != bool(flight.on):
            raise BadField("a flight has a date in ASM, and in ASM only")
        if self.told.is_asm:
            day = lines.read_day(flight.on, self.told.near)
            found.periods.append(Period(day, day, 1 << day.weekday()))
        self._flights.append(found)

    def _read_period(self, line: str) -> bool:
        read = lines.read_period_line(line, self.told.near)
        if read is None:
            return False
        if self.told.is_asm:
            raise BadField("a period is for SSM only")
        periods, rest = read
        flight = self._flights[-1]
        flight.periods += periods
        if len(flight.periods) > MAX_FLIGHTS:
            raise BadField(f"there are more than {MAX_FLIGHTS} periods")
        first = rest.partition(" ")[0]
        if lines.is_points(first):
            flight.line = replace(flight.line, points=tuple(first.split("/")))
        flight.line = replace(
            flight.line, elements=flight.line.elements + lines.read_elements(rest, "", "")
        )
        return True

    def _read_body(self, line: str) -> bool:
        on = self._flights[-1].periods[-1].first if self.told.is_asm else None
        leg = lines.read_leg_line(line, on)
        if leg is not None:
            timing, elements = leg
            self._legs.append(NewLeg(timing, self._equipment))
            self._elements += elements
            if len(self._legs) > MAX_LEGS:
                raise BadField(f"there are more than {MAX_LEGS} legs")
            return True
        equipment = lines.read_equipment_line(line)
        if equipment is not None:
            self._equipment = equipment
            return True
        segment = lines.read_segment_line(line)
        if segment is not None:
            self._elements += segment
        return segment is not None

    def _close(self) -> None:
        """The group of flights read so far is complete."""
        for flight in self._flights:
            if not flight.periods:
                raise BadField(f"{flight.line.designator} has no period")
            self.changes += self._changes(flight)
        self._flights, self._legs, self._equipment, self._elements = [], [], None, []

    def _changes(self, flight: _Flight) -> Iterator[Change]:
        line = flight.line
        target = Target(line.designator, tuple(flight.periods), self.told.is_utc, line.points)
        elements = (*line.elements, *self._elements)
        match self.action:
            case "NEW" | "RPL" | "RRT":
                yield self._flown(target, elements)
                return
            case "CNL":
                yield Cancelled(target)
            case "RIN":
                yield Reinstated(target)
            case "TIM":
                yield Retimed(target, self._timings())
            case "EQT" | "CON":
                yield Reequipped(target, self._equipped())
            case "FLT":
                if line.renamed is None:
                    raise BadField("there is no new flight designator")
                yield Renumbered(target, line.renamed)
                target = replace(target, designator=line.renamed)
        if elements and self.action not in ("CNL", "RIN"):
            yield Administered(target, elements)

    def _flown(self, target: Target, elements: tuple[Element, ...]) -> Flown:
        if target.points:
            raise BadField(f"{self.action} of single legs is not read: tell all legs of the flight")
        for before, after in pairwise(self._timings()):
            if before.off != after.board:
                raise BadField(
                    f"a leg departs from {after.board}, the one before is to {before.off}"
                )
        if self.action != "RRT" and self._legs[0].equipment is None:
            raise BadField("the first leg has no equipment")
        return Flown(
            target,
            tuple(self._legs),
            elements,
            is_new=self.action == "NEW",
            only_existing=self.action == "RRT",
        )

    def _timings(self) -> tuple[Timing, ...]:
        if not self._legs:
            raise BadField("there is no leg")
        return tuple(leg.timing for leg in self._legs)

    def _equipped(self) -> Equipment:
        if self._equipment is None:
            raise BadField("there is no equipment")
        if self.action == "CON":
            return replace(self._equipment, service_type="", aircraft="")
        return self._equipment
