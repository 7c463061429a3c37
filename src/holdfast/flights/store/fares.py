"""Fares, class limits and seat tiers on PostgreSQL, under the price rule.

A delivery is compared with what is stored (`domain.price_plan`), and only what differs is written,
in the caller's transaction; what is as before by its digest is not even read. Every written price
goes into the log `price_changes`; what the guard stopped goes to `parked_prices`.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from holdfast.flights.domain.fare import ClassLimits, FareKey, PublishedFare, TierKey
from holdfast.flights.domain.fares_load import FaresLoad
from holdfast.flights.domain.limits_plan import limits_after
from holdfast.flights.domain.price_plan import Cause, Family
from holdfast.flights.domain.price_rule import PriceRule
from holdfast.flights.domain.pricing import Flown
from holdfast.flights.domain.schedule import Designator
from holdfast.flights.service.ports.catalogue import PublishedTier
from holdfast.flights.service.ports.price_log import MAX_RISES
from holdfast.flights.store.fare_rows import (
    FareReading,
    fare_digest,
    fare_values,
    fare_words,
    held_fare,
    held_tier,
    limits_of_row,
    limits_values,
    published_tier,
    terms_text,
    tier_of,
    tier_words,
)
from holdfast.flights.store.price_writer import (
    Filed,
    Kind,
    Moment,
    Relevant,
    copy_pages,
    deliver,
    pages_of,
    rows_of,
    write_pages,
)
from holdfast.flights.store.statements import queries
from holdfast.flights.store.versions import bump
from holdfast.platform.data.database import Calls, Row, Transaction

SQL = queries("fares")
READ_PAGE = 4_000
"""Fares that readers take at once: they do other things between two pages."""
MAX_FORGOTTEN = 20_000
"""Lines of the log that one round drops: a second or less."""
_FARE_COLUMNS = (
    *("id", "carrier", "number", "board", "off_point", "cabin", "booking_class", "basis"),
    *("passenger_type", "currency", "first_date", "last_date", "days", "terms"),
    *("p_total", "p_tax", "p_since", "s_total", "s_tax", "s_at", "s_seq", "withdrawn_at", "digest"),
)


async def _relevant_fares(
    tx: Transaction, airline: str, filed: Filed[FareKey]
) -> Relevant[FareKey]:
    """Of a full delivery, what differs by its digest; of another, what is on its markets."""
    if not filed.full:
        markets = sorted({(key.board, key.off) for key in (*filed.prices, *filed.withdrawn)})
        points = [[market[end] for market in markets] for end in (0, 1)]
        pages = pages_of(tx, SQL.fares_between, airline, *points)
        return Relevant([row async for page in pages for row in page], filed)
    new = await asyncio.to_thread(_by_digest, filed)
    other = []
    async for page in pages_of(tx, SQL.fare_digests, airline):
        other += [id_ for id_, digest in page if new.pop(digest, None) is None]
    rows = await tx.fetch(SQL.fares_of_ids, other) if other else []
    prices = {key: filed.prices[key] for key in new.values()}
    return Relevant(rows, replace(filed, prices=prices))


def _by_digest(filed: Filed[FareKey]) -> dict[bytes, FareKey]:
    return {fare_digest(key, filed.words[key], price): key for key, price in filed.prices.items()}


async def _relevant_tiers(
    tx: Transaction, airline: str, filed: Filed[TierKey]
) -> Relevant[TierKey]:
    """All of an airline: there are few."""
    return Relevant([row async for row in rows_of(tx, SQL.held_tiers, airline)], filed)


FARES: Kind[FareKey] = Kind(
    family=Family(FareKey.product, lambda key: key.period),
    held_of=held_fare,
    words_of=fare_words,
    relevant=_relevant_fares,
    forget=SQL.forget_fares,
    next_ids=SQL.next_fare_ids,
    insert=partial(copy_pages, table="fares", columns=_FARE_COLUMNS),
    save=SQL.save_fares,
    unpark=SQL.unpark_fares,
    key_values=fare_values,
    digest=lambda key, words, filed: (fare_digest(key, words, filed),),
    no_digest=(None,),
    ids=lambda row: (row, None),
)
TIERS: Kind[TierKey] = Kind(
    family=Family(lambda key: key),
    held_of=held_tier,
    words_of=lambda row: tier_words(tier_of(row)),
    relevant=_relevant_tiers,
    forget=SQL.forget_tiers,
    next_ids=SQL.next_tier_ids,
    insert=partial(write_pages, statement=SQL.insert_tiers),
    save=SQL.save_tiers,
    unpark=SQL.unpark_tiers,
    key_values=lambda key: key,
    ids=lambda row: (None, row),
)


@dataclass(frozen=True, slots=True)
class FaresApplied:
    """How many fares and tiers are new on sale, changed (in price, terms or limits), as before, off
    sale, and parked for approval. `refused`: a delta filed them for dates of fares that it left on
    sale. `limited`: flights with other limits now, without suffixes. `is_stale`: the delivery was
    not newer than the last one, and nothing was done."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    withdrawn: int = 0
    parked: int = 0
    refused: Sequence[FareKey] = ()
    limited: Sequence[Designator] = field(default=(), compare=False)
    is_stale: bool = False

    @property
    def touched(self) -> int:
        """How many things are different now."""
        return self.new + self.changed + self.withdrawn + self.parked


async def apply_fares(
    tx: Transaction,
    airline: str,
    load: FaresLoad,
    *,
    full: bool,
    sequence: int,
    now: float,
    rule: PriceRule,
) -> FaresApplied:
    """Make a delivery count. `now` (seconds since 1970) is its time for the price rule; `sequence`
    numbers all deliveries of the airline's fares."""
    await lock_fares(tx, airline)
    newest = await tx.fetchval(SQL.newest_delivery, airline)
    if newest is not None and sequence <= newest:
        return FaresApplied(is_stale=True)
    await tx.execute(SQL.note_delivery, airline, sequence)
    moment = Moment(airline, sequence, now, rule)
    fares = await deliver(tx, FARES, _fares(load, full=full), moment)
    tiers = await deliver(tx, TIERS, _tiers(load, full=full), moment)
    limits, limited = await _replace_limits(tx, airline, load, full=full)
    by_cause = fares.by_cause + tiers.by_cause
    applied = FaresApplied(
        new=by_cause[Cause.PUBLISHED] + by_cause[Cause.REFILED],
        changed=by_cause[Cause.CHANGED] + by_cause[Cause.REWORDED] + limits,
        unchanged=fares.unchanged + tiers.unchanged,
        withdrawn=by_cause[Cause.WITHDRAWN],
        parked=by_cause[Cause.PARKED],
        refused=fares.refused,
        limited=limited,
    )
    if applied.touched:
        await bump(tx, airline, "fares")
    return applied


async def lock_fares(tx: Transaction, airline: str) -> None:
    """Deliveries and approvals of an airline come one at a time."""
    await tx.fetch(SQL.lock_fares, airline)


async def fares_of(calls: Calls, airline: str) -> list[PublishedFare]:
    """All fares of an airline that are on sale, in the order of their ids."""
    reading = FareReading()
    found: list[PublishedFare] = []
    async for page in pages_of(calls, SQL.published_fares, airline, size=READ_PAGE):
        found += await asyncio.to_thread(reading.fares, page)
    return found


async def fares_for(calls: Calls, flown: Flown) -> list[PublishedFare]:
    """The fares that are on sale for a flight and date, by its number or for any flight; their days
    of the week are not looked at."""
    rows = await calls.fetch(
        SQL.fares_for, flown.carrier, flown.number, flown.board, flown.off, flown.day
    )
    return FareReading().fares(rows)


async def tiers_of(calls: Calls, airline: str) -> list[PublishedTier]:
    """All seat tiers of an airline."""
    return [published_tier(row) async for row in rows_of(calls, SQL.published_tiers, airline)]


async def limits_of(calls: Calls, airline: str) -> list[ClassLimits]:
    """All class limits of an airline."""
    return [limits_of_row(row) async for row in rows_of(calls, SQL.stored_limits, airline)]


async def rises_too_soon(calls: Calls, airline: str, rule: PriceRule) -> list[Row]:
    """See `PriceLog.rises_too_soon`."""
    return await calls.fetch(SQL.rises_too_soon, airline, rule.dwell_s, MAX_RISES)


async def forget_prices(calls: Calls, before: float) -> int:
    """Drop the log before a moment, at most `MAX_FORGOTTEN` lines; returns how many."""
    return await calls.execute(SQL.forget_prices, before, MAX_FORGOTTEN)


def _fares(load: FaresLoad, *, full: bool) -> Filed[FareKey]:
    return Filed(
        {fare.key: fare.price for fare in load.fares},
        {fare.key: (terms_text(fare.terms),) for fare in load.fares},
        set(load.withdrawn),
        full,
    )


def _tiers(load: FaresLoad, *, full: bool) -> Filed[TierKey]:
    return Filed(
        {tier.key(): tier.price for tier in load.tiers},
        {tier.key(): tier_words(tier) for tier in load.tiers},
        {tier.key() for tier in load.withdrawn_tiers},
        full,
    )


async def _replace_limits(
    tx: Transaction, airline: str, load: FaresLoad, *, full: bool
) -> tuple[int, list[Designator]]:
    """How many limits are different now, and of which flights."""
    stored = {
        limits_of_row(row): row["id"] async for row in rows_of(tx, SQL.stored_limits, airline)
    }
    wanted = dict.fromkeys(limits_after(stored, load.limits, load.withdrawn_limits, full=full))
    gone = [row for limits, row in stored.items() if limits not in wanted]
    new = [limits for limits in wanted if limits not in stored]
    if gone:
        await tx.execute(SQL.delete_limits, gone)
    await write_pages(tx, map(limits_values, new), statement=SQL.insert_limits)
    flights = {(limits.carrier, limits.number) for limits in new}
    flights |= {(limits.carrier, limits.number) for limits in stored if limits not in wanted}
    return max(len(gone), len(new)), [Designator(*flight) for flight in sorted(flights)]
