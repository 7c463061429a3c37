"""Schedules on PostgreSQL. A full file swaps with what is stored, in the caller's transaction.

What is the same by its digest is not touched, so a file without news costs one read. Writers of
one airline come one at a time (`store.feeds` sees to it); readers see one snapshot, never halves.
"""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date
from itertools import islice

from holdfast.flights.domain.schedule import Designator, LegPattern, Period, leg_of_values
from holdfast.flights.store.statements import queries
from holdfast.flights.store.versions import bump
from holdfast.platform.data.database import Calls, Database, Row, Transaction
from holdfast.platform.data.queries import Statement

SQL = queries("schedule")
PAGE = 20_000
"""Rows that one statement reads or writes: some 20 MB and a fraction of a second."""
READ_PAGE = 4_000
"""Legs that readers take at once: they do other things between two pages."""
TABLE = "schedule_legs"
COLUMNS = (
    "airline",
    "number",
    "suffix",
    "variation",
    "sequence",
    "service_type",
    "first_date",
    "last_date",
    "days",
    "board",
    "off_point",
    "departure_min",
    "departure_offset_min",
    "arrival_min",
    "arrival_offset_min",
    "aircraft",
    "configuration",
    "board_terminal",
    "off_terminal",
    "operating_carrier",
    "operating_number",
    "operating_suffix",
    "marketed_as",
    "booking_classes",
)
"""In the order of `_values`; the digest of them follows."""
assert len(COLUMNS) == len(fields(LegPattern)) + 6, "every field of a leg has its columns"
_Legs = dict[bytes, tuple[LegPattern, tuple[object, ...]]]
"""Legs with their values, by digest."""
_MARKETED = re.compile(r"([A-Z0-9]{2}[A-Z]?)([0-9]+)([A-Z]?)")


@dataclass(frozen=True, slots=True)
class ScheduleChanged:
    """Legs that are new, gone and as before; the flights that are touched, and of codeshares those
    that fly them."""

    added: int
    removed: int
    unchanged: int
    designators: frozenset[Designator]

    @property
    def changed(self) -> int:
        """How many legs are different now."""
        return max(self.added, self.removed)


async def replace_schedule(
    tx: Transaction, airline: str, legs: Iterable[LegPattern]
) -> ScheduleChanged:
    """Make these the airline's whole schedule. Its version moves when anything is different."""
    wanted = await asyncio.to_thread(_by_digest, legs)
    gone = []
    unchanged = 0
    async for rows in _pages(tx, SQL.digests, airline):
        for row in rows:
            if wanted.pop(row["digest"], None) is None:
                gone.append(row["id"])
            else:
                unchanged += 1
    return await _write(tx, airline, gone, wanted, unchanged)


async def exchange_legs(
    tx: Transaction, airline: str, removed: Iterable[LegPattern], added: Iterable[LegPattern]
) -> ScheduleChanged:
    """Take some legs out and put others in; a removed leg that is not stored is passed over."""
    wanted = _by_digest(added)
    asked = [*_by_digest(removed), *wanted]
    gone = []
    for start in range(0, len(asked), PAGE):
        for row in await tx.fetch(SQL.find_legs, airline, asked[start : start + PAGE]):
            if wanted.pop(row["digest"], None) is None:
                gone.append(row["id"])
    return await _write(tx, airline, gone, wanted, 0)


async def flight_legs(calls: Calls, *designators: Designator) -> list[LegPattern]:
    """All that is filed under these designators, by flight, date and sequence."""
    rows = await calls.fetch(
        SQL.legs_of_flights,
        [designator.carrier for designator in designators],
        [designator.number for designator in designators],
        [designator.suffix for designator in designators],
    )
    return list(map(_Reading().leg, rows))


async def schedule_of(database: Database, airline: str) -> list[LegPattern]:
    """An airline's whole schedule by flight, as it is at one moment."""
    reading = _Reading()
    legs: list[LegPattern] = []
    async with database.transaction(isolation="repeatable_read", readonly=True) as read:
        async for rows in _pages(read, SQL.schedule_page, airline, READ_PAGE):
            legs += await asyncio.to_thread(reading.legs, rows)
    return legs


async def _write(
    tx: Transaction,
    airline: str,
    gone: Sequence[int],
    wanted: _Legs,
    unchanged: int,
) -> ScheduleChanged:
    touched = {one for leg, _ in wanted.values() for one in (leg.designator, leg.flown_as)}
    for start in range(0, len(gone), PAGE):
        for row in await tx.fetch(SQL.delete_legs, gone[start : start + PAGE]):
            touched.add(Designator(airline, row["number"], row["suffix"]))
            if row["operating_carrier"] is not None:
                touched.add(Designator(*row[2:5]))
    rows = ((*values, digest) for digest, (_, values) in wanted.items())
    while page := list(islice(rows, PAGE)):
        await tx.copy(TABLE, (*COLUMNS, "digest"), page)
    if touched:
        await bump(tx, airline, "schedule")
    return ScheduleChanged(len(wanted), len(gone), unchanged, frozenset(touched))


async def _pages(
    tx: Transaction, statement: Statement, airline: str, size: int = PAGE
) -> AsyncIterator[list[Row]]:
    """The rows of an airline by flight, `size` at a time."""
    after: tuple[int, str, int] = (-1, "", 0)
    while True:
        rows = await tx.fetch(statement, airline, *after, size)
        yield rows
        if len(rows) < size:
            return
        after = (rows[-1]["number"], rows[-1]["suffix"], rows[-1]["id"])


def _by_digest(legs: Iterable[LegPattern]) -> _Legs:
    return {_digest(values): (leg, values) for leg, values in ((leg, _values(leg)) for leg in legs)}


def _values(leg: LegPattern) -> tuple[object, ...]:
    designator, period, operating = leg.designator, leg.period, leg.operating
    return (
        designator.carrier,
        designator.number,
        designator.suffix,
        leg.variation,
        leg.sequence,
        leg.service_type,
        period.first,
        period.last,
        period.days,
        leg.board,
        leg.off,
        leg.departure_min,
        leg.departure_offset_min,
        leg.arrival_min,
        leg.arrival_offset_min,
        leg.aircraft,
        leg.configuration,
        leg.board_terminal,
        leg.off_terminal,
        *((operating.carrier, operating.number, operating.suffix) if operating else (None,) * 3),
        [str(designator) for designator in leg.marketed_as],
        leg.booking_classes,
    )


def _digest(values: tuple[object, ...]) -> bytes:
    return hashlib.blake2b("\x1f".join(map(str, values)).encode(), digest_size=16).digest()


class _Reading:
    """Rows -> legs; what many legs share (texts, periods, designators) is there once."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._periods: dict[tuple[date, date, int], Period] = {}
        self._designators: dict[tuple[str, int, str], Designator] = {}

    def legs(self, rows: Iterable[Row]) -> list[LegPattern]:
        """The legs of rows."""
        return list(map(self.leg, rows))

    def leg(self, row: Row) -> LegPattern:
        """The leg of a row with all `COLUMNS` after its id."""
        (
            _,
            carrier,
            number,
            suffix,
            variation,
            sequence,
            service,
            first,
            last,
            days,
            board,
            off,
            departure,
            departure_offset,
            arrival,
            arrival_offset,
            aircraft,
            configuration,
            board_terminal,
            off_terminal,
            operating_carrier,
            operating_number,
            operating_suffix,
            marketed_as,
            classes,
        ) = row
        text = self._text
        return leg_of_values(
            self._designator(carrier, number, suffix),
            variation,
            sequence,
            text(service),
            self._period(first, last, days),
            text(board),
            text(off),
            departure,
            departure_offset,
            arrival,
            arrival_offset,
            text(aircraft),
            text(configuration),
            text(board_terminal),
            text(off_terminal),
            operating_carrier
            and self._designator(operating_carrier, operating_number, operating_suffix),
            tuple(map(self._named, marketed_as)),
            text(classes),
        )

    def _text(self, text: str) -> str:
        return self._texts.setdefault(text, text)

    def _period(self, *key: *tuple[date, date, int]) -> Period:
        found = self._periods.get(key)
        if found is None:
            found = self._periods[key] = Period(*key)
        return found

    def _designator(self, *key: *tuple[str, int, str]) -> Designator:
        found = self._designators.get(key)
        if found is None:
            found = self._designators[key] = Designator(*key)
        return found

    def _named(self, text: str) -> Designator:
        match = _MARKETED.fullmatch(text)
        assert match is not None, text
        return self._designator(match[1], int(match[2]), match[3])
