"""Writes what `domain.price_plan` decides, alike for fares and for seat tiers.

Each changed key is one row, one line in the log of prices and, when the guard stopped it, one
parked price. A rise that was due is written with its own moment. Planning is work for the
processor and is done in threads: whoever is served meanwhile does not wait for it.
"""

import asyncio
from collections import Counter
from collections.abc import (
    AsyncIterator,
    Awaitable,
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
_LOG, _PARKED = "price_changes", "parked_prices"
_LOG_COLUMNS = (
    *("airline", "fare_id", "tier_id", "at", "cause", "p_since", "p_total", "p_tax"),
    *("s_total", "s_tax", "sequence"),
)
_PARKED_COLUMNS = ("airline", "fare_id", "tier_id", "total", "tax", "sequence", "parked_at")


@dataclass(frozen=True, slots=True)
class Kind(Generic[K]):
    """What differs between fares and tiers.

    `relevant`: the rows that a delivery has to be compared with; `key_values`: the columns of a
    key; `words_of`: what a row tells besides key and price; `digest`: the last columns of a row on
    sale, of its key, words and supplier's price, and `no_digest` of others; `ids`: how a row's id
    stands in the log.
    """

    family: Family[K]
    held_of: Callable[[Row], Held[K]]
    words_of: Callable[[Row], Values]
    relevant: Callable[[Transaction, str, "Filed[K]"], Awaitable["Relevant[K]"]]
    forget: Statement
    next_ids: Statement
    insert: Callable[[Transaction, Sequence[Values]], Awaitable[None]]
    save: Statement
    unpark: Statement
    key_values: Callable[[K], Values]
    ids: Callable[[int], Ids]
    digest: Callable[[K, Values, Price], Values] = lambda *_: ()
    no_digest: Values = ()


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
class Relevant(Generic[K]):
    """The rows that a delivery has to be compared with, and what is left of it: without the prices
    that are on sale just as they are filed."""

    rows: Sequence[Row]
    filed: Filed[K]


@dataclass(frozen=True, slots=True)
class Written(Generic[K]):
    """What a delivery changed, by cause, what it left as it was, and whom it may not file."""

    by_cause: Counter[Cause]
    unchanged: int
    refused: Sequence[K]


@dataclass(frozen=True, slots=True)
class _Planned(Generic[K]):
    """What is to be written, of which rows, with which words."""

    changes: Sequence[Change[K]]
    unpark: Collection[int]
    held: Mapping[int, Held[K]]
    words: Mapping[K, Values]
    written: Written[K]


async def deliver(tx: Transaction, kind: Kind[K], filed: Filed[K], moment: Moment) -> Written[K]:
    """Compare a delivery with the airline's rows and write what differs."""
    await tx.execute(kind.forget, moment.airline, moment.now - moment.rule.dwell_s)
    relevant = await kind.relevant(tx, moment.airline, filed)
    planned = await asyncio.to_thread(_planned, kind, relevant, moment)
    await write_changes(
        tx,
        kind,
        planned.changes,
        moment,
        words=planned.words.__getitem__,
        before=planned.held,
        unpark=planned.unpark,
    )
    same = len(filed.prices) - len(relevant.filed.prices)
    return replace(planned.written, unchanged=planned.written.unchanged + same)


def _planned(kind: Kind[K], relevant: Relevant[K], moment: Moment) -> _Planned[K]:
    held: dict[int, Held[K]] = {}
    words: dict[K, Values] = {}
    for row in relevant.rows:
        one = kind.held_of(row)
        held[one.id] = one
        words[one.key] = kind.words_of(row)
    filed = relevant.filed
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
    by_cause = Counter(change.cause for change in changes)
    written = Written(by_cause, made.unchanged - len(reworded), made.refused)
    return _Planned(changes, made.unpark, held, {**words, **filed.words}, written)


async def rows_of(calls: Calls, statement: Statement, airline: str) -> AsyncIterator[Row]:
    """All rows of an airline, in the order of their ids."""
    async for page in pages_of(calls, statement, airline):
        for row in page:
            yield row


async def pages_of(
    calls: Calls, statement: Statement, airline: str, *more: object, size: int | None = None
) -> AsyncIterator[list[Row]]:
    """All rows of an airline, `size` (`PAGE`) at a time, in the order of their ids. The statement
    takes the airline, the last id and the size, then `more`."""
    last = 0
    while page := await calls.fetch(statement, airline, last, size or PAGE, *more):
        yield page
        last = page[-1]["id"]


@dataclass(frozen=True, slots=True)
class _Sheets:
    """Rows for the tables."""

    new: list[Values]
    old: list[Values]
    log: list[Values]
    parked: list[Values]
    gone: set[int]


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
    rows = await _with_ids(tx, kind, changes)
    sheets = await asyncio.to_thread(
        _sheets, kind, rows, moment, words=words, before=before, unpark=unpark
    )
    if sheets.gone:
        await tx.execute(kind.unpark, sorted(sheets.gone))
    if sheets.new:
        await kind.insert(tx, sheets.new)
    await write_pages(tx, sheets.old, statement=kind.save)
    await copy_pages(tx, sheets.log, table=_LOG, columns=_LOG_COLUMNS)
    await copy_pages(tx, sheets.parked, table=_PARKED, columns=_PARKED_COLUMNS)


def _sheets(
    kind: Kind[K],
    rows: Iterable[tuple[int, Change[K]]],
    moment: Moment,
    *,
    words: Callable[[K], Values],
    before: Mapping[int, Held[K]],
    unpark: Collection[int],
) -> _Sheets:
    airline, gone = moment.airline, set(unpark)
    sheets = _Sheets([], [], [], [], gone)
    for row, change in rows:
        one = _settled(change, moment)
        was = before.get(row)
        told = words(one.key)
        waits = was is not None and was.parked is not None and row not in unpark
        is_plain = one.withdrawn_at is None and one.parked is None and not waits
        values = (
            *told,
            *state_values(one.state, one.withdrawn_at),
            *(kind.digest(one.key, told, one.state.s) if is_plain else kind.no_digest),
        )
        if one.id is None:
            sheets.new.append((row, *kind.key_values(one.key), *values))
        else:
            sheets.old.append((row, *values))
        sheets.log.extend((airline, *line) for line in _log(kind, row, one, moment, was))
        if one.parked is not None:
            gone.add(row)
            price = one.parked.total, one.parked.tax
            sheets.parked.append((airline, *kind.ids(row), *price, moment.sequence, moment.now))
    return sheets


async def write_pages(tx: Transaction, rows: Iterable[Values], *, statement: Statement) -> None:
    """The statement with the columns of the rows, a page at a time."""
    remaining = iter(rows)
    while page := list(islice(remaining, PAGE)):
        await tx.execute(statement, *columns_of(page))


async def copy_pages(
    tx: Transaction, rows: Iterable[Values], *, table: str, columns: Sequence[str]
) -> None:
    """Add the rows to a table, a page at a time."""
    remaining = iter(rows)
    while page := list(islice(remaining, PAGE)):
        await tx.copy(table, columns, page)


def _settled(change: Change[K], moment: Moment) -> Change[K]:
    """With a rise that is due at once, so that the row says what is sold."""
    if change.withdrawn_at is not None:
        return change
    state = price_rule.advance(change.state, moment.now, moment.rule)
    return change if state is change.state else replace(change, state=state)


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
