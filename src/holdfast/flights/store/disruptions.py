"""Keeping what was sold true to what is filed: `reconcile`, and `Disruptions` on PostgreSQL.

Whoever changes a schedule or limits reconciles in the same transaction, last: counters get the new
capacity (never below what is taken), touched orders get a change and an event, and orders that a
leg cannot carry become cases. The law is the domain's (`inventory`, `disruption`).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from holdfast.flights.domain.disruption import (
    AirlineChange,
    ChangeKind,
    LegChange,
    LegTimes,
    gravest,
)
from holdfast.flights.domain.fare import Cabin
from holdfast.flights.domain.flight import LegKey
from holdfast.flights.domain.ids import derive
from holdfast.flights.domain.inventory import LegCabin, Occupancy, displaced
from holdfast.flights.domain.schedule import Designator
from holdfast.flights.service.ports.bookings import WrongState
from holdfast.flights.service.ports.disruptions import MAX_CASES, Case
from holdfast.flights.store.order_rows import leg_of
from holdfast.flights.store.statements import queries
from holdfast.platform.data.database import Database, Row, Transaction

SQL = queries("disruptions")
NOW = queries("bookings").now

_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(tuple[LegChange, ...]).decode


@dataclass(frozen=True, slots=True)
class ShortLeg:
    """A cabin of a leg that carries `short` seats fewer than were taken."""

    leg: LegKey
    cabin: Cabin
    short: int


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What a change of the schedule did to what was sold."""

    changed_orders: tuple[str, ...]
    short_legs: tuple[ShortLeg, ...]


async def reconcile(
    work: Transaction, airline: str, designators: Sequence[Designator] | None = None
) -> Reconciled:
    """Bring counters and orders in line with what `work` has just filed for an airline (for these
    flights, whatever their suffixes, or all of its own). Flights of others are those that it files
    as codeshares. Call it last: bookings wait for the counters that it locks."""
    wanted = None if designators is None else list(designators)
    carriers = sorted({airline, *(one.carrier for one in wanted or ())})
    await work.fetch(SQL.lock_openings, carriers)
    rows = await work.fetch(
        SQL.lock_moved_legs,
        carriers,
        None if wanted is None else [one.carrier for one in wanted],
        None if wanted is None else [one.number for one in wanted],
    )
    if not rows:
        return Reconciled((), ())
    fresh = {row["id"]: _counter(row) for row in rows}
    await work.executemany(SQL.update_legs, [_leg_values(row, fresh[row["id"]]) for row in rows])
    touched = await work.fetch(SQL.touched_orders, list(fresh))
    changes = {row["id"]: change for row in rows if (change := _change(row)).kind is not None}
    changed = await _tell(work, touched, changes)
    await _open_cases(work, touched, fresh)
    return Reconciled(
        changed_orders=changed,
        short_legs=tuple(
            ShortLeg(leg_of(row["leg"]), Cabin(row["cabin"]), fresh[row["id"]].short)
            for row in rows
            if fresh[row["id"]].short
        ),
    )


def _counter(row: Row) -> LegCabin:
    """The counter with the capacity and limits that are filed now. Classes that are not filed any
    more, but were sold, come last and may sell nothing."""
    taken = dict(zip(row["classes"], row["taken"], strict=True))
    limits = tuple(zip(row["filed_classes"], row["filed_limits"], strict=True))
    filed = {name for name, _ in limits}
    gone = tuple((name, 0) for name, seats in taken.items() if seats and name not in filed)
    counter = LegCabin(0, 0, row["sold"], row["held"], (), taken)
    resized = counter.resized(row["capacity"], row["overbooking"])
    return resized.relimited(limits + gone if row["is_limited"] else ())


def _leg_values(row: Row, counter: LegCabin) -> tuple[object, ...]:
    names = [name for name, _ in counter.limits] or list(counter.taken)
    return (
        row["id"],
        row["is_flown"],
        row["departs_at"],
        row["arrives_at"],
        row["aircraft"],
        counter.capacity,
        counter.overbooking,
        counter.short,
        bool(counter.limits),
        names,
        [limit for _, limit in counter.limits],
        [counter.taken.get(name, 0) for name in names],
    )


def _change(row: Row) -> LegChange:
    was = LegTimes(row["was_departs_at"], row["was_arrives_at"], row["was_aircraft"])
    now = LegTimes(row["departs_at"], row["arrives_at"], row["aircraft"])
    if not row["was_flown"] and not row["is_flown"]:
        return LegChange(leg_of(row["leg"]), was, was)
    return LegChange(leg_of(row["leg"]), was, now if row["is_flown"] else None)


async def _tell(
    work: Transaction, touched: Sequence[Row], changes: Mapping[int, LegChange]
) -> tuple[str, ...]:
    """A change and an event for each touched order; the orders."""
    legs: dict[str, dict[LegKey, LegChange]] = defaultdict(dict)
    orders: dict[str, Row] = {}
    for row in touched:
        if row["leg_id"] in changes:
            change = changes[row["leg_id"]]
            legs[row["order_id"]][change.leg] = change
            orders[row["order_id"]] = row
    now = await work.fetchval(NOW)
    values = []
    for order_id, row in orders.items():
        mine = tuple(sorted(legs[order_id].values(), key=lambda change: change.was.departs_at))
        kind = gravest(mine)
        assert kind is not None
        change_id = derive("aic", order_id, now.isoformat())
        values.append((change_id, order_id, row["owner"], kind, _pack(mine), now, row["live_mode"]))
    await work.executemany(SQL.add_change, values)
    return tuple(orders)


async def _open_cases(
    work: Transaction, touched: Sequence[Row], counters: Mapping[int, LegCabin]
) -> None:
    """The orders that each short leg cannot carry, instead of earlier cases of these legs."""
    on: dict[int, list[Occupancy]] = defaultdict(list)
    for row in touched:
        is_held = row["state"] == "held"
        one = Occupancy(row["order_id"], row["seats"], is_held, row["stored_at"])
        on[row["leg_id"]].append(one)
    await work.execute(SQL.close_cases, list(counters))
    await work.executemany(
        SQL.open_case,
        [
            (leg_id, one.order_id, one.seats)
            for leg_id, counter in counters.items()
            for one in displaced(on[leg_id], counter.short)
        ],
    )


class PostgresDisruptions:
    """See `Disruptions`. `database` is the leader's door."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def changes(
        self, owner: str, order_ids: Sequence[str]
    ) -> Mapping[str, tuple[AirlineChange, ...]]:
        """See `Disruptions.changes`."""
        found: dict[str, tuple[AirlineChange, ...]] = {}
        for row in await self._database.fetch(SQL.changes, owner, list(order_ids)):
            found[row["order_id"]] = (*found.get(row["order_id"], ()), _airline_change(row))
        return found

    async def accept(
        self, change_id: str, owner: str, at: datetime
    ) -> AirlineChange | WrongState | None:
        """See `Disruptions.accept`."""
        async with self._database.transaction() as work:
            row = await work.fetchrow(SQL.change_to_accept, change_id, owner)
            if row is None:
                return None
            if row["accepted_at"] is not None:
                return _airline_change(row)
            if row["kind"] == ChangeKind.CANCELLATION or row["order_state"] not in ("paid", "held"):
                return WrongState("cancelled")
            accepted = await work.fetchrow(SQL.accept, change_id, at)
            assert accepted is not None
            return _airline_change(accepted)

    async def cases(self, carrier: str) -> Sequence[Case]:
        """See `Disruptions.cases`."""
        rows = await self._database.fetch(SQL.cases, carrier, MAX_CASES)
        return [
            Case(leg_of(row["leg"]), Cabin(row["cabin"]), row["order_id"], row["seats"])
            for row in rows
        ]


def _airline_change(row: Row) -> AirlineChange:
    return AirlineChange(
        id=row["id"],
        order_id=row["order_id"],
        kind=ChangeKind(row["kind"]),
        legs=_unpack(row["legs"]),
        detected_at=row["detected_at"],
        accepted_at=row["accepted_at"],
    )
