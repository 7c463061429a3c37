"""Telegrams give times without UTC offsets: what they mean at each station on each date.

The same local time is another moment after clocks change, so a leg whose offsets differ over its
dates becomes several. In UTC the flight date is the local date of the first leg's departure, so
dates move with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Protocol

from holdfast.flights.domain.schedule import LegPattern, Period
from holdfast.flights.domain.schedule_runs import periods_of

MAX_DATES = 1_100
"""Dates of a period that are looked at one by one (three years); later ones are as the last."""


class Clocks(Protocol):
    """What is known of stations' clocks."""

    def offset_min(self, station: str, at: datetime, *, is_utc: bool) -> int | None:
        """The UTC offset in minutes at `at` (local or UTC, without a zone); None: unknown."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A leg as a telegram has it. Minutes count from 00:00 of the telegram's date.

    `is_open`: in the telegram's times, without offsets; otherwise local with the leg's own.
    """

    leg: LegPattern
    is_open: bool


class UnknownStation(ValueError):
    """Nothing is known of this station's clock."""


def zoned(
    period: Period, drafts: Sequence[Draft], clocks: Clocks, *, is_utc: bool
) -> list[LegPattern]:
    """The flight of these legs (first one first) on the dates of a telegram, by flight dates.

    Raises `UnknownStation`.
    """
    found: dict[tuple[LegPattern, ...], list[date]] = {}
    dates = period.dates()
    flight: tuple[LegPattern, ...] = ()
    days = 0
    for day in islice(dates, MAX_DATES):
        days, flight = _on(day, drafts, clocks, is_utc)
        found.setdefault(flight, []).append(day + timedelta(days=days))
    legs = [
        replace(leg, period=piece)
        for legs, on in found.items()
        for piece in periods_of(on)
        for leg in legs
    ]
    following = next(dates, None)
    if following is not None:
        tail = Period(following, period.last, period.days).shifted(days)
        legs += [replace(leg, period=tail) for leg in flight]
    return legs


def _on(
    day: date, drafts: Sequence[Draft], clocks: Clocks, is_utc: bool
) -> tuple[int, tuple[LegPattern, ...]]:
    """The flight of one telegram date, and by how many days its flight date is later."""
    midnight = datetime.combine(day, datetime.min.time())
    legs = [_local(draft, midnight, clocks, is_utc) for draft in drafts]
    days = legs[0].departure_min // 1440
    return days, tuple(
        replace(
            leg,
            period=Period(date.min, date.min),
            departure_min=leg.departure_min - days * 1440,
            arrival_min=leg.arrival_min - days * 1440,
        )
        for leg in legs
    )


def _local(draft: Draft, midnight: datetime, clocks: Clocks, is_utc: bool) -> LegPattern:
    leg = draft.leg
    if not draft.is_open:
        return leg
    offsets = []
    for station, minute in ((leg.board, leg.departure_min), (leg.off, leg.arrival_min)):
        at = midnight + timedelta(minutes=minute)
        offset = clocks.offset_min(station, at, is_utc=is_utc)
        if offset is None:
            raise UnknownStation(f"the clock of {station} is not known")
        offsets.append(offset)
    departure, arrival = offsets
    return replace(
        leg,
        departure_min=leg.departure_min + (departure if is_utc else 0),
        departure_offset_min=departure,
        arrival_min=leg.arrival_min + (arrival if is_utc else 0),
        arrival_offset_min=arrival,
    )
