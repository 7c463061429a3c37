"""What a node still has to tell the results API: bounded lanes, taken from in fair batches.

Three lanes: *asks* wait for an answer and grow old, *records* (openings, closings) are kept until
they are durable, *reports* (incidents) are dropped first. No I/O, no clock: `remote` drives it.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from holdfast.errors import DefiniteError
from holdfast.grading.service.ledger_calls import MAX_CALLS, Result


class Lane(Enum):
    """Which promise a call has."""

    ASK = "ask"
    RECORD = "record"
    REPORT = "report"


@dataclass(frozen=True, slots=True)
class SpoolLimits:
    """How much one node keeps. Records refuse new tests from `full_share` on, so that the closings
    of tests that already run still find room."""

    asks: int = 5_000
    """One for each session that a node may have, several times."""
    records: int = 20_000
    """Attempts of a whole class during an outage of minutes."""
    record_bytes: int = 128 << 20
    """Their transcripts, a few kB each: what a node of a small machine can spare."""
    reports: int = 1_000
    full_share: float = 0.75
    batch_bytes: int = 1 << 20
    """A batch stops growing here: larger ones gain nothing and delay the answers in them."""


@dataclass(slots=True, eq=False)
class Item:
    """One encoded call and whoever waits for it. `maybe_done`: it was sent, no answer came."""

    lane: Lane
    raw: bytes
    future: "asyncio.Future[Result]" = field(repr=False)
    maybe_done: bool = False
    alone: bool = False


class Spool:
    """The lanes. What was taken still counts against the limits until it is `settled`."""

    def __init__(self, limits: SpoolLimits) -> None:
        self._limits = limits
        self._queues: dict[Lane, deque[Item]] = {lane: deque() for lane in Lane}
        self._counts = dict.fromkeys(Lane, 0)
        self._record_bytes = 0
        self._asks_next = True

    @property
    def is_full(self) -> bool:
        """True when no new test should begin: its records might not find room."""
        share = self._limits.full_share
        return (
            self._counts[Lane.RECORD] >= self._limits.records * share
            or self._record_bytes >= self._limits.record_bytes * share
        )

    @property
    def waiting(self) -> int:
        """Calls that are queued, not under way."""
        return sum(map(len, self._queues.values()))

    def count(self, lane: Lane) -> int:
        """Calls of a lane that are queued or under way."""
        return self._counts[lane]

    def put(self, item: Item) -> None:
        """Queue a call; `DefiniteError` when its lane is full."""
        room = {
            Lane.ASK: self._limits.asks,
            Lane.RECORD: self._limits.records,
            Lane.REPORT: self._limits.reports,
        }[item.lane]
        is_record = item.lane is Lane.RECORD
        too_big = is_record and self._record_bytes + len(item.raw) > self._limits.record_bytes
        if self._counts[item.lane] >= room or too_big:
            raise DefiniteError(f"the spool is full: {self._counts[item.lane]} calls wait")
        self._counts[item.lane] += 1
        self._record_bytes += len(item.raw) if is_record else 0
        self._queues[item.lane].append(item)

    def put_back(self, items: Sequence[Item], *, at_end: bool = False) -> None:
        """Queue again what was taken, in the same order, before or behind the rest of its lane."""
        for item in items if at_end else reversed(items):
            queue = self._queues[item.lane]
            (queue.append if at_end else queue.appendleft)(item)

    def settled(self, item: Item) -> None:
        """The call is over, whatever it came to: its place is free."""
        self._counts[item.lane] -= 1
        if item.lane is Lane.RECORD:
            self._record_bytes -= len(item.raw)

    def take(self, *, records: bool = True) -> list[Item]:
        """The next batch, [] when nothing waits: asks, or records and reports, by turns.

        They never share a batch, so that an ask does not wait for the commit of the records beside
        it. Without `records` only asks are taken. Asks that were given up are settled on the way.
        """
        self._forget_given_up()
        turn = self._asks_next or not records
        for is_asks in (turn, not turn):
            if not is_asks and not records:
                continue
            lanes = (Lane.ASK,) if is_asks else (Lane.RECORD, Lane.REPORT)
            if batch := self._taken(lanes):
                self._asks_next = not is_asks
                return batch
        return []

    def _forget_given_up(self) -> None:
        queue = self._queues[Lane.ASK]
        while queue and queue[0].future.done():
            self.settled(queue.popleft())

    def _taken(self, lanes: Sequence[Lane]) -> list[Item]:
        batch: list[Item] = []
        size = 0
        for lane in lanes:
            queue = self._queues[lane]
            while queue and len(batch) < MAX_CALLS:
                item = queue[0]
                crowded = size + len(item.raw) > self._limits.batch_bytes
                if batch and (item.alone or crowded):
                    return batch
                batch.append(queue.popleft())
                size += len(item.raw)
                if item.alone:
                    return batch
        return batch

    def drain(self) -> list[Item]:
        """Everything that is queued, taken at once: the node ends."""
        items = [item for queue in self._queues.values() for item in queue]
        for queue in self._queues.values():
            queue.clear()
        return items
