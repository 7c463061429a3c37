"""Whether a search can be made at all: places exist, days are in order, the party is sound."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from holdfast.flights.domain import party
from holdfast.flights.domain.atlas import Atlas
from holdfast.flights.domain.offer import Query, SliceAsk

MAX_SLICES = 6
"""Directions of one request."""
MAX_CONNECTIONS = 2
_LAST_DAY_TO_BEGIN = timedelta(hours=12)
"""Somewhere on earth it is still the day that began so much earlier in UTC."""


@dataclass(frozen=True, slots=True)
class BadQuery:
    """What is wrong, and where: a JSON pointer within the request's `data`."""

    pointer: str
    message: str


def check(query: Query, atlas: Atlas, now: datetime) -> BadQuery | None:
    """The first thing that is wrong with a query; None when it can be searched."""
    return next(_problems(query, atlas, now), None)


def _problems(query: Query, atlas: Atlas, now: datetime) -> Iterator[BadQuery]:
    if not 1 <= len(query.slices) <= MAX_SLICES:
        yield BadQuery("/slices", f"A request has 1 to {MAX_SLICES} slices.")
        return
    if not 0 <= query.max_connections <= MAX_CONNECTIONS:
        yield BadQuery("/max_connections", f"It is a whole number from 0 to {MAX_CONNECTIONS}.")
    problem = party.problem_of(query.travellers)
    if problem is not None:
        yield BadQuery("/passengers", problem)
    earliest = (now - _LAST_DAY_TO_BEGIN).date()
    for place, ask in enumerate(query.slices):
        yield from _slice_problems(f"/slices/{place}", ask, atlas)
        if ask.departure_date < earliest:
            when = "in the past" if place == 0 else "before the slice before"
            yield BadQuery(f"/slices/{place}/departure_date", f"The date is {when}.")
        earliest = max(earliest, ask.departure_date)


def _slice_problems(pointer: str, ask: SliceAsk, atlas: Atlas) -> Iterator[BadQuery]:
    origins = set(atlas.airports_of(ask.origin))
    destinations = set(atlas.airports_of(ask.destination))
    if not origins:
        yield BadQuery(f"{pointer}/origin", "No airport or city has this code.")
    if not destinations:
        yield BadQuery(f"{pointer}/destination", "No airport or city has this code.")
    if origins & destinations:
        yield BadQuery(f"{pointer}/destination", "Origin and destination are the same place.")
