"""Feeds on PostgreSQL: a file is judged, applied and written down in one transaction.

Deliveries that write the same things of one airline wait for each other (a lock that ends with the
transaction), so a decision always sees what was accepted last. A process that dies at any point
leaves all of a file or nothing, and whoever sends it again is told the same.
"""

import zlib
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass

from holdfast.flights.domain.delivery import (
    Accept,
    BadRecord,
    Counts,
    Decision,
    Delivery,
    Duplicate,
    FeedFormat,
    FeedKind,
    HeldForApproval,
    Older,
    Policy,
    Rejected,
    Taken,
    foreknown,
    judge,
)
from holdfast.flights.domain.price_rule import RULE, PriceRule
from holdfast.flights.domain.schedule import Designator
from holdfast.flights.domain.schedule_clocks import Clocks
from holdfast.flights.service.ports.feeds import (
    MAX_QUARANTINED,
    FeedFacts,
    FeedFile,
    Held,
    Outcome,
    Quarantined,
    ReadFile,
)
from holdfast.flights.store.feed_contents import Applied, apply_content
from holdfast.flights.store.statements import queries
from holdfast.flights.store.station_clocks import StationClocks
from holdfast.platform.data.database import Database, Row, Transaction

SQL = queries("feeds")
KEPT_DELIVERIES = 200
"""Deliveries that are remembered of each feed: a week of hourly ones."""
PART_BYTES = 1 << 20
"""Of a held file's compressed content; one row each."""
Reconcile = Callable[[Transaction, str, Sequence[Designator]], Awaitable[object]]
"""Brings bookings in line with the flights that are flown otherwise (`disruptions.reconcile`)."""
_LANES = {
    FeedKind.SCHEDULE: "schedule",
    FeedKind.SCHEDULE_CHANGE: "schedule",
    FeedKind.FARES: "fares",
    FeedKind.STATUS: "status",
}
"""What a kind writes: kinds of one lane wait for each other."""
_NOTHING = Counts(0, 0)


class PostgresFeeds:
    """`FeedStore` on PostgreSQL. Its database wants minutes for a statement, not seconds."""

    def __init__(
        self,
        database: Database,
        reconcile: Reconcile,
        clocks: Clocks | None = None,
        rule: PriceRule = RULE,
    ) -> None:
        """`clocks` None: those of all known airports. `rule`: what becomes of filed prices."""
        self._database = database
        self._reconcile = reconcile
        self._clocks = clocks or StationClocks()
        self._rule = rule

    async def note(self, delivery: Delivery, fault: Rejected | None) -> Outcome | None:
        """See `FeedStore.note`."""

        async def work(tx: Transaction) -> Outcome | None:
            decision = fault or foreknown(await _lock(tx, delivery), delivery)
            if decision is None:
                return None
            return await _write_down(tx, delivery, decision, _NOTHING)

        return await self._database.transact(work)

    async def deliver(
        self, delivery: Delivery, read: ReadFile, policy: Policy, file: FeedFile
    ) -> Outcome:
        """See `FeedStore.deliver`."""

        async def work(tx: Transaction) -> Outcome:
            last = await _lock(tx, delivery)
            decision = judge(last, delivery, read.counts, policy)
            if isinstance(decision, HeldForApproval):
                return await _hold(tx, delivery, read, decision, file)
            if not isinstance(decision, Accept):
                return await _write_down(tx, delivery, decision, read.counts, read.bad)
            applied = await self._apply(tx, delivery, read)
            counts = _with(read.counts, applied)
            bad = (*read.bad, *applied.bad)
            outcome = await _write_down(
                tx, delivery, decision, counts, bad, changed=applied.changed
            )
            await self._settle_bookings(tx, delivery, applied)
            return outcome

        return await self._database.transact(work)

    async def _apply(self, tx: Transaction, delivery: Delivery, read: ReadFile) -> Applied:
        assert read.content is not None, "a file with a fault is never accepted"
        applied = await apply_content(tx, delivery, read.content, self._clocks, self._rule)
        await _take(tx, delivery, read.counts.good if delivery.is_full else None)
        return applied

    async def _settle_bookings(self, tx: Transaction, delivery: Delivery, applied: Applied) -> None:
        """Last of all, for it locks what every booking of these flights waits for."""
        if applied.touched:
            await self._reconcile(tx, delivery.airline, applied.touched)

    async def held(self, airline: str | None = None) -> Sequence[Held]:
        """See `FeedStore.held`."""
        return [_held(row) for row in await self._database.fetch(SQL.held, airline, None)]

    async def held_file(self, id: int) -> tuple[Held, FeedFile] | None:  # noqa: A002
        """See `FeedStore.held_file`."""
        row = await self._database.fetchrow(SQL.held, None, id)
        if row is None:
            return None
        parts = await self._database.fetch(SQL.parts, id)
        return _held(row), HeldFile(tuple(part["content"] for part in parts))

    async def approve(self, held: Held, read: ReadFile, policy: Policy, by: str) -> Outcome | None:
        """See `FeedStore.approve`."""

        async def work(tx: Transaction) -> Outcome | None:
            delivery = held.delivery
            last = await _lock(tx, delivery)
            if await tx.fetchrow(SQL.lock_held, held.id) is None:
                return None
            decision = judge(last, delivery, read.counts, policy)
            applied = Applied(0)
            if isinstance(decision, Accept):
                applied = await self._apply(tx, delivery, read)
                await tx.execute(SQL.supersede, *_name(delivery), delivery.sequence, held.id)
            counts = _with(read.counts, applied)
            bad = (*read.bad, *applied.bad)[:MAX_QUARANTINED]
            outcome = "approved" if isinstance(decision, Accept) else "superseded"
            reason = _reason(decision)[1]
            facts = (outcome, reason, by, counts.good, counts.bad, applied.changed)
            await tx.execute(SQL.decide, held.id, *facts)
            await tx.execute(SQL.drop_parts, held.id)
            await _quarantine(tx, held.id, bad)
            await self._settle_bookings(tx, delivery, applied)
            return Outcome(held.id, decision, counts, applied.changed, bad)

        return await self._database.transact(work)

    async def refuse(self, id: int, by: str) -> bool:  # noqa: A002
        """See `FeedStore.refuse`."""

        async def work(tx: Transaction) -> bool:
            found = await tx.fetchrow(SQL.refuse, id, by)
            await tx.execute(SQL.drop_parts, id)
            return found is not None

        return await self._database.transact(work)

    async def facts(self, airline: str | None = None) -> Sequence[FeedFacts]:
        """See `FeedStore.facts`."""
        rows = await self._database.fetch(SQL.facts, airline)
        return [FeedFacts(**{**dict(row), "kind": FeedKind(row["kind"])}) for row in rows]

    async def quarantined(self, airline: str, limit: int) -> Sequence[Quarantined]:
        """See `FeedStore.quarantined`."""
        rows = await self._database.fetch(SQL.quarantined, airline, limit)
        return [
            Quarantined(
                delivery_id=row["delivery"],
                feed=row["feed"],
                sequence=row["sequence"],
                received_at=row["received_at"],
                record=BadRecord(row["line"], row["reason"], row["content"]),
            )
            for row in rows
        ]


@dataclass(frozen=True, slots=True)
class HeldFile:
    """The content of a held file, compressed in parts."""

    parts: tuple[bytes, ...]

    def chunks(self) -> Iterator[bytes]:
        """See `FeedFile.chunks`."""
        plain = zlib.decompressobj()
        for part in self.parts:
            yield plain.decompress(part, PART_BYTES)
            while plain.unconsumed_tail:
                yield plain.decompress(plain.unconsumed_tail, PART_BYTES)
        yield plain.flush()


async def _lock(tx: Transaction, delivery: Delivery) -> Taken | None:
    """Wait for the lane; what the feed accepted last."""
    await tx.execute(SQL.lock_lane, f"{delivery.airline} {_LANES[delivery.kind]}")
    return _taken(await tx.fetchrow(SQL.taken, *_name(delivery)))


async def _take(tx: Transaction, delivery: Delivery, full_records: int | None) -> None:
    await tx.execute(
        SQL.take,
        *_name(delivery),
        delivery.kind,
        delivery.sequence,
        delivery.sha256,
        delivery.produced_at,
        full_records,
    )


async def _hold(
    tx: Transaction,
    delivery: Delivery,
    read: ReadFile,
    decision: HeldForApproval,
    file: FeedFile,
) -> Outcome:
    """Keep the file for a person; the same one again is told the same."""
    before = await tx.fetchval(
        SQL.held_before, *_name(delivery), delivery.sequence, delivery.sha256
    )
    if before is not None:
        return Outcome(before, decision, read.counts, 0, read.bad)
    outcome = await _write_down(tx, delivery, decision, read.counts, read.bad)
    for part, content in enumerate(_compressed(file.chunks())):
        await tx.execute(SQL.add_part, outcome.delivery_id, part, content)
    return outcome


async def _write_down(
    tx: Transaction,
    delivery: Delivery,
    decision: Decision,
    counts: Counts,
    bad: Sequence[BadRecord] = (),
    *,
    changed: int = 0,
) -> Outcome:
    """A row of `deliveries`, and what follows from the decision for the feed's others."""
    if isinstance(decision, Duplicate):
        await _take(tx, delivery, None)  # the newest sequence of this content
    if isinstance(decision, Accept | Duplicate):
        await tx.execute(SQL.supersede, *_name(delivery), delivery.sequence, 0)
    outcome, reason = _reason(decision)
    id_: int = await tx.fetchval(
        SQL.add_delivery,
        *_name(delivery),
        delivery.kind,
        delivery.format,
        delivery.sequence,
        delivery.produced_at,
        delivery.is_full,
        delivery.sha256,
        delivery.size_bytes,
        delivery.declared,
        counts.good,
        counts.bad,
        changed,
        outcome,
        reason[:1000],
        decision.line if isinstance(decision, Rejected) else 0,
    )
    kept = tuple(bad[:MAX_QUARANTINED])
    await _quarantine(tx, id_, kept)
    await tx.execute(SQL.prune, *_name(delivery), KEPT_DELIVERIES)
    return Outcome(id_, decision, counts, changed, kept)


async def _quarantine(tx: Transaction, delivery_id: int, bad: Sequence[BadRecord]) -> None:
    await tx.execute(SQL.drop_quarantined, delivery_id)
    await tx.execute(
        SQL.add_quarantined,
        delivery_id,
        [record.line for record in bad],
        [_storable(record.reason) for record in bad],
        [_storable(record.content) for record in bad],
    )


def _storable(text: str) -> str:
    """PostgreSQL takes no zero characters and no halves of characters."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def _compressed(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Parts of about `PART_BYTES`."""
    squeeze = zlib.compressobj(6)
    waiting = b""
    for chunk in chunks:
        waiting += squeeze.compress(chunk)
        if len(waiting) >= PART_BYTES:
            yield waiting
            waiting = b""
    yield waiting + squeeze.flush()


def _reason(decision: Decision) -> tuple[str, str]:
    """The word of a decision, and its sentence."""
    match decision:
        case Accept():
            return "accepted", ""
        case Duplicate():
            return "duplicate", "this content was accepted before"
        case Older(newest):
            return "older", f"sequence {newest} was accepted before"
        case Rejected(reason):
            return "rejected", reason
        case HeldForApproval(reason):
            return "held", reason


def _with(counts: Counts, applied: Applied) -> Counts:
    """Records that were good by themselves but could not be applied are bad in the end."""
    late = len(applied.bad)
    return Counts(counts.good - late, counts.bad + late, counts.fault)


def _name(delivery: Delivery) -> tuple[str, str]:
    return delivery.airline, delivery.feed


def _taken(row: Row | None) -> Taken | None:
    if row is None:
        return None
    return Taken(FeedKind(row["kind"]), row["sequence"], row["sha256"], row["full_records"])


def _held(row: Row) -> Held:
    delivery = Delivery(
        airline=row["airline"],
        feed=row["feed"],
        kind=FeedKind(row["kind"]),
        format=FeedFormat(row["format"]),
        sequence=row["sequence"],
        produced_at=row["produced_at"],
        is_full=row["is_full"],
        sha256=row["sha256"],
        size_bytes=row["size_bytes"],
        declared=row["declared"],
    )
    return Held(row["id"], delivery, row["received_at"], row["good"], row["reason"])
