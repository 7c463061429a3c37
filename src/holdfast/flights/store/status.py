"""Status on PostgreSQL: `apply_status` writes in the transaction of a delivery, the rest reads.

The deliveries of one airline's status come one at a time (`store.feeds` sees to it), so what is
known can be read, thought about and written back.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from holdfast.flights.domain.flight import LegKey
from holdfast.flights.domain.schedule import Designator, LegPattern
from holdfast.flights.domain.status import (
    LegFacts,
    LegStatus,
    Stamp,
    StatusUpdate,
    ToldUpdate,
    learn_all,
)
from holdfast.flights.service.ports.catalogue import Subject
from holdfast.flights.service.ports.status import Told
from holdfast.flights.store.schedule import flight_legs
from holdfast.flights.store.statements import queries
from holdfast.flights.store.versions import bump, versions
from holdfast.platform.data.database import Database, Transaction

SQL = queries("status")
BATCH = 5_000
"""Updates that are applied with one round of statements: some MB of memory."""
MAX_HISTORY = 200
"""Lines of a flight's history that are shown, the newest: a rough day has some fifty."""
MAX_FORGOTTEN = 20_000
"""Rows that one round of `forget` deletes: a second or less."""
_encode = msgspec.json.Encoder().encode
_facts = msgspec.json.Decoder(LegFacts).decode
_stamps = msgspec.json.Decoder(dict[str, Stamp]).decode


async def apply_status(
    tx: Transaction,
    airline: str,
    updates: Sequence[StatusUpdate],
    sequence: int,
    *,
    feed: str = "",
) -> int:
    """Take the updates of one delivery into what is known and into the history; returns of how
    many legs something new is known. The version moves only when there is any."""
    changed = 0
    for start in range(0, len(updates), BATCH):
        changed += await _apply(tx, updates[start : start + BATCH], sequence, feed)
    if changed:
        await bump(tx, airline, "status")
    return changed


async def forget(database: Database, before: date) -> int:
    """Forget what was told of flights before a date, a bounded number of rows; how many."""
    known = await database.execute(SQL.forget_known, before, MAX_FORGOTTEN)
    return known + await database.execute(SQL.forget_updates, before, MAX_FORGOTTEN)


class PostgresStatus:
    """`StatusStore` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def versions(self) -> Mapping[tuple[str, Subject], int]:
        """See `StatusStore.versions`."""
        return await versions(self._database)

    async def patterns(self, designator: Designator) -> Sequence[LegPattern]:
        """See `StatusStore.patterns`."""
        return await flight_legs(self._database, designator)

    async def told(self, operating: Designator, flight_date: date) -> Told:
        """See `StatusStore.told`."""
        flight = (operating.carrier, operating.number, operating.suffix, flight_date)
        async with self._database.transaction(isolation="repeatable_read", readonly=True) as read:
            known = await read.fetch(SQL.known_of_flight, *flight)
            history = await read.fetch(SQL.history_of_flight, *flight, MAX_HISTORY)
            partners = await read.fetch(SQL.partners_of_flight, *flight)

        def leg(board: str, off: str) -> LegKey:
            return LegKey(*flight, board, off)

        return Told(
            known={
                leg(row["board"], row["off_point"]): LegStatus(
                    _facts(row["facts"]), _stamps(row["stamps"])
                )
                for row in known
            },
            history=[
                ToldUpdate(
                    leg=leg(row["board"], row["off_point"]),
                    told_at=row["told_at"],
                    received_at=row["received_at"],
                    feed=row["feed"],
                    facts=_facts(row["facts"]),
                )
                for row in history
            ],
            partners=[Designator(row["airline"], row["number"], row["suffix"]) for row in partners],
        )


async def _apply(tx: Transaction, updates: Sequence[StatusUpdate], sequence: int, feed: str) -> int:
    legs = sorted({update.leg for update in updates})
    rows = await tx.fetch(SQL.known_of_legs, *_columns(legs))
    known = {
        legs[row["place"]]: LegStatus(_facts(row["facts"]), _stamps(row["stamps"])) for row in rows
    }
    changed = learn_all(known, updates, sequence)
    told = [_encode(update.facts.told()) for update in updates]
    await tx.execute(
        SQL.add_updates,
        *_columns([update.leg for update in updates]),
        [update.told_at for update in updates],
        [text.decode() for text in told],
        [hashlib.blake2b(text, digest_size=16).digest() for text in told],
        feed,
        sequence,
    )
    if changed:
        await tx.execute(
            SQL.put_known,
            *_columns(list(changed)),
            [_encode(status.facts.told()).decode() for status in changed.values()],
            [_encode(status.stamps).decode() for status in changed.values()],
        )
    return len(changed)


def _columns(legs: Sequence[LegKey]) -> tuple[list[object], ...]:
    """The parts of the keys, one list for each column."""
    return (
        [leg.carrier for leg in legs],
        [leg.number for leg in legs],
        [leg.suffix for leg in legs],
        [leg.flight_date for leg in legs],
        [leg.board for leg in legs],
        [leg.off for leg in legs],
    )
