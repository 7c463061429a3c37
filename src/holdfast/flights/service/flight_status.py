"""The law of looking a flight up: from memory while nothing changed, else from the store, once.

What was looked up is kept with the versions of the airlines that it speaks of. Versions are asked
for at most every `FRESH_S`, so an answer is never older than that plus the store's own delay, and
most look-ups ask nobody. Callers who want the same thing at the same moment share one question.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from holdfast.flights.domain.flight_status import (
    LookUp,
    UnknownFlight,
    compose,
    legs_on,
    not_flown,
    today_at_departure,
)
from holdfast.flights.domain.schedule import Designator, LegPattern
from holdfast.flights.service.ports.catalogue import Subject
from holdfast.flights.service.ports.status import StatusStore
from holdfast.flights.wire.status_shapes import encode_look_up
from holdfast.platform.runtime.clock import Clock

FRESH_S = 0.25
"""How old the known versions may be: half of it is what a caller waits longer for news."""
MAX_FLIGHTS = 20_000
"""Dated flights that are kept ready: some 60 MB, the flights that people ask for on a day."""
MAX_PATTERNS = 10_000
"""Flight numbers whose timetable is kept."""
Versions = Mapping[tuple[str, Subject], int]
K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look-up came to, and the same as native JSON."""

    found: LookUp
    body: bytes


class FlightStatusDesk:
    """Looks flights up."""

    def __init__(self, store: StatusStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._versions: Versions = {}
        self._asked_at = float("-inf")
        self._asking = asyncio.Lock()
        self._patterns: _Kept[Designator, Sequence[LegPattern]] = _Kept(MAX_PATTERNS)
        self._flights: _Kept[tuple[Designator, date], Looked] = _Kept(MAX_FLIGHTS)

    async def look_up(self, designator: Designator, day: date | None = None) -> Looked:
        """The flight on a date, or today at its board point."""
        if self._clock.monotonic() - self._asked_at > FRESH_S:
            await self._refresh()
        if day is not None:
            kept = self._flights.get((designator, day), self._versions)
            if kept is not None:
                return kept
        patterns = await self._patterns.get_or_ask(
            designator, self._versions, lambda: self._file(designator)
        )
        at = day or today_at_departure(patterns, self._clock.wall())
        return await self._flights.get_or_ask(
            (designator, at), self._versions, lambda: self._look_up(designator, at, patterns)
        )

    async def _file(self, designator: Designator) -> "_Asked[Sequence[LegPattern]]":
        return _Asked(await self._store.patterns(designator), ((designator.carrier, "schedule"),))

    async def _look_up(
        self, designator: Designator, day: date, patterns: Sequence[LegPattern]
    ) -> "_Asked[Looked]":
        rests_on: tuple[tuple[str, Subject], ...] = ((designator.carrier, "schedule"),)
        found: LookUp
        if not patterns:
            found = UnknownFlight(designator)
        elif legs := legs_on(patterns, day):
            operating = legs[0].flown_as
            told = await self._store.told(operating, day)
            found = compose(legs, day, told.known, partners=told.partners, history=told.history)
            # A new codeshare of another airline shows when something of these two changes.
            rests_on += ((operating.carrier, "schedule"), (operating.carrier, "status"))
        else:
            found = not_flown(patterns, designator, day)
        return _Asked(Looked(found, encode_look_up(found)), rests_on)

    async def _refresh(self) -> None:
        """Ask for the versions; those who come meanwhile wait for the same answer."""
        async with self._asking:
            now = self._clock.monotonic()
            if now - self._asked_at > FRESH_S:
                self._versions = await self._store.versions()
                self._asked_at = now


@dataclass(frozen=True, slots=True)
class _Asked(Generic[V]):
    """What the store said, and which versions it rests on."""

    value: V
    rests_on: tuple[tuple[str, Subject], ...]


class _Kept(Generic[K, V]):
    """A bounded memory: an entry counts while the versions that it rests on stand."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._entries: OrderedDict[K, tuple[_Asked[V], tuple[int | None, ...]]] = OrderedDict()
        self._under_way: dict[K, tuple[Versions, asyncio.Future[V]]] = {}

    def get(self, key: K, versions: Versions) -> V | None:
        """The value, if nothing that it rests on has changed."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        asked, stamp = entry
        if stamp != _stamp(asked, versions):
            return None
        self._entries.move_to_end(key)
        return asked.value

    async def get_or_ask(
        self, key: K, versions: Versions, ask: Callable[[], Awaitable[_Asked[V]]]
    ) -> V:
        """The value, asked for once for all who come at the same time with the same versions.

        It is stamped with the versions known before it was asked for, so that news in between make
        it asked for again, never taken for newer than it is.
        """
        kept = self.get(key, versions)
        if kept is not None:
            return kept
        running = self._under_way.get(key)
        if running is not None and running[0] is versions:
            return await asyncio.shield(running[1])
        future = asyncio.ensure_future(self._ask(key, versions, ask))
        self._under_way[key] = (versions, future)
        future.add_done_callback(lambda done: self._settled(key, done))
        return await asyncio.shield(future)

    async def _ask(self, key: K, versions: Versions, ask: Callable[[], Awaitable[_Asked[V]]]) -> V:
        asked = await ask()
        self._entries[key] = (asked, _stamp(asked, versions))
        self._entries.move_to_end(key)
        while len(self._entries) > self._limit:
            self._entries.popitem(last=False)
        return asked.value

    def _settled(self, key: K, future: "asyncio.Future[V]") -> None:
        running = self._under_way.get(key)
        if running is not None and running[1] is future:
            del self._under_way[key]
        if not future.cancelled():
            future.exception()  # whoever waits has it; nobody may be left to


def _stamp(asked: "_Asked[V]", versions: Versions) -> tuple[int | None, ...]:
    return tuple(versions.get(name) for name in asked.rests_on)
