"""Writes what `domain.price_plan` decides, alike for fares and for seat tiers.

Each changed key is one row, one line in the log of prices and, when the guard stopped it, one
parked price. A rise that was due is written with its own moment.
"""

from collections import Counter
from collections.abc import (
    AsyncIterator,
    Callable,
    Collection,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import dataclass, replace
from itertools import islice
from typing import Generic, TypeVar

from holdfast.flights.domain import price_rule
from holdfast.flights.domain.fare import Price, PriceState
from holdfast.flights.domain.price_plan import Cause, Change, Delivery, Family, Held, plan
from holdfast.flights.domain.price_rule import PriceRule
from holdfast.flights.store.fare_rows import Values, columns_of, state_values
from holdfast.flights.store.statements import queries
from holdfast.platform.data.database import Calls, Row, Transaction
from holdfast.platform.data.queries import Statement

SQL = queries("fares")
PAGE = 10_000
"""Rows that one statement reads or writes: a fraction of a second."""
K = TypeVar("K")
Ids = tuple[int | None, int | None]
"""A row's id as `fare_id` and `tier_id`, one of them None."""


@dataclass(frozen=True, slots=True)
class Kind(Generic[K]):
    """What differs between fares and tiers.

    `key_values`: the columns of a key; `words_of`: what a row tells besides key and price; `ids`:
    how a row's id stands in the log.
    """

    family: Family[K]
    held_of: Callable[[Row], Held[K]]
    words_of: Callable[[Row], Values]
    rows: Statement
    forget: Statement
    next_ids: Statement
    insert: Statement
    save: Statement
    unpark: Statement
    key_values: Callable[[K], Values]
    ids: Callable[[int], Ids]


@dataclass(frozen=True, slots=True)
class Moment:
    """Whose prices are written, by which delivery, when, under which rule."""

    airline: str
    sequence: int
    now: float
    rule: PriceRule


@dataclass(frozen=True, slots=True)
class Filed(Generic[K]):
    """What a delivery holds of one kind: prices, what is told besides, and what it takes back."""

    prices: Mapping[K, Price]
    words: Mapping[K, Values]
    withdrawn: Collection[K]
    full: bool


@dataclass(frozen=True, slots=True)
class Written(Generic[K]):
    """What a delivery changed, by cause, what it left as it was, and whom it may not file."""

    by_cause: Counter[Cause]
    unchanged: int
    refused: Sequence[K]


async def deliver(tx: Transaction, kind: Kind[K], filed: Filed[K], moment: Moment) -> Written[K]:
    """Compare a delivery with the airline's rows and write what differs."""
    await tx.execute(kind.forget, moment.airline, moment.now - moment.rule.dwell_s)
    held: dict[int, Held[K]] = {}
    words: dict[K, Values] = {}
    async for row in rows_of(tx, kind.rows, moment.airline):
        one = kind.held_of(row)
        held[one.id] = one
        words[one.key] = kind.words_of(row)
    delivery = Delivery(filed.prices, filed.withdrawn, filed.full, moment.sequence, moment.now)
    made = plan(held.values(), delivery, kind.family, moment.rule)
    repriced = {change.key for change in made.changes}
    reworded = [
        Change(one.id, one.key, one.state, Cause.REWORDED)
        for one in held.values()
        if one.withdrawn_at is None
        and one.key not in repriced
        and filed.words.get(one.key, words[one.key]) != words[one.key]
    ]
    changes = [*made.changes, *reworded]
    words.update(filed.words)
    await write_changes(
        tx, kind, changes, moment, words=words.__getitem__, before=held, unpark=made.unpark
    )
    by_cause = Counter(change.cause for change in changes)
    return Written(by_cause, made.unchanged - len(reworded), made.refused)


async def rows_of(calls: Calls, statement: Statement, airline: str) -> AsyncIterator[Row]:
    """All rows of an airline, a page at a time, in the order of their ids."""
    last = 0
    while page := await calls.fetch(statement, airline, last, PAGE):
        for row in page:
            yield row
        last = page[-1]["id"]


async def write_changes(
    tx: Transaction,
    kind: Kind[K],
    changes: Sequence[Change[K]],
    moment: Moment,
    *,
    words: Callable[[K], Values],
    before: Mapping[int, Held[K]],
    unpark: Collection[int] = (),
) -> None:
    """Write rows, log and parked prices.

    `words`: what is told of a key besides its price; `before`: the held rows, by id; `unpark`: ids
    whose parked price is overtaken.
    """
    settled = [_settled(change, moment) for change in changes]
    rows = await _with_ids(tx, kind, settled)
    gone = {*unpark, *(row for row, change in rows if change.parked is not None)}
    if gone:
        await tx.execute(kind.unpark, sorted(gone))
    new = [
        (
            row,
            *kind.key_values(one.key),
            *words(one.key),
            *state_values(one.state, one.withdrawn_at),
        )
        for row, one in rows
        if one.id is None
    ]
    old = [
        (row, *words(one.key), *state_values(one.state, one.withdrawn_at))
        for row, one in rows
        if one.id is not None
    ]
    await write_pages(tx, kind.insert, new)
    await write_pages(tx, kind.save, old)
    log = [line for row, one in rows for line in _log(kind, row, one, moment, before.get(row))]
    await write_pages(tx, SQL.log_prices, log, moment.airline)
    parked = [
        (*kind.ids(row), one.parked.total, one.parked.tax, moment.sequence, moment.now)
        for row, one in rows
        if one.parked is not None
    ]
    await write_pages(tx, SQL.park_prices, parked, moment.airline)


async def write_pages(
    tx: Transaction, statement: Statement, rows: Iterable[Values], *first: object
) -> None:
    """The statement with `first` and the columns of the rows, a page at a time."""
    remaining = iter(rows)
    while page := list(islice(remaining, PAGE)):
        await tx.execute(statement, *first, *columns_of(page))


def _settled(change: Change[K], moment: Moment) -> Change[K]:
    """With a rise that is due at once, so that the row says what is sold."""
    if change.withdrawn_at is not None:
        return change
    return replace(change, state=price_rule.advance(change.state, moment.now, moment.rule))


async def _with_ids(
    tx: Transaction, kind: Kind[K], changes: Sequence[Change[K]]
) -> list[tuple[int, Change[K]]]:
    missing = sum(change.id is None for change in changes)
    fresh = iter(await tx.fetch(kind.next_ids, missing) if missing else [])
    return [(next(fresh)["id"] if one.id is None else one.id, one) for one in changes]


def _log(
    kind: Kind[K], row: int, change: Change[K], moment: Moment, before: Held[K] | None
) -> Iterator[Values]:
    if before is not None and before.withdrawn_at is None:
        rose = price_rule.advance(before.state, moment.now, moment.rule)
        if rose != before.state:
            yield _line(kind.ids(row), rose.p_since, Cause.ROSE, rose)
    if change.cause is not Cause.REWORDED:
        yield _line(kind.ids(row), moment.now, change.cause, change.state)


def _line(ids: Ids, at: float, cause: Cause, state: PriceState) -> Values:
    def parts(price: Price) -> tuple[int, int]:
        return price.total, price.tax

    return *ids, at, cause, state.p_since, *parts(state.p), *parts(state.s), state.s_seq
