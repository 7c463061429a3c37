"""Leases in rows: written only when they change, and processes agree on the lowest price."""

import asyncio
import random

import pytest

from holdfast.flights.domain.fare import Price
from holdfast.flights.domain.viewer_lease import Leased, LeaseKey, buckets_of
from holdfast.flights.store.lease_rows import LeaseRows
from holdfast.platform.data.database import Database
from holdfast.platform.data.failures import Conflict
from holdfast.platform.data.queries import Statement
from tests.flights.store.quotes_contract import BUCKET, HOUR_S, LATER, NEXT_DAY, ONE, OTHER
from tests.support.sold_trips import NOW

AT = NOW.timestamp()
WRITES = Statement("writes", "SELECT coalesce(sum(version), 0)::bigint FROM viewer_leases")
Shown = dict[LeaseKey, Price]


async def see(rows: LeaseRows, shown: Shown, leased: Leased | None = None, at: float = AT) -> Shown:
    if leased is None:
        leased = await rows.read("v", buckets_of(shown))
    seen = await rows.see("v", leased, shown, now=at, length_s=HOUR_S)
    return {key: seen.leases[key].lowest for key in shown}


async def writes(database: Database) -> int:
    found: int = await database.fetchval(WRITES)
    return found


async def test_a_look_that_changes_nothing_writes_nothing(flights_database: Database) -> None:
    rows = LeaseRows(flights_database)
    await see(rows, {ONE: Price(500), LATER: Price(500)})
    assert await writes(flights_database) == 2
    await see(rows, {ONE: Price(500)})
    await see(rows, {ONE: Price(600), LATER: Price(500)}, at=AT + 60)
    assert await writes(flights_database) == 2
    await see(rows, {ONE: Price(499), LATER: Price(500)}, at=AT + 120)
    assert await writes(flights_database) == 3


async def test_ended_leases_leave_their_row_when_it_is_written(flights_database: Database) -> None:
    rows = LeaseRows(flights_database)
    await see(rows, {ONE: Price(500)})
    await see(rows, {OTHER: Price(500)}, at=AT + HOUR_S)
    assert (await rows.read("v", [BUCKET])).leases.keys() == {OTHER}


async def test_looks_of_two_processes_at_a_row_that_is_old_to_both_are_all_kept(
    flights_database: Database,
) -> None:
    first, second = LeaseRows(flights_database), LeaseRows(flights_database)
    nothing = await first.read("v", [BUCKET])
    assert await see(first, {ONE: Price(400), OTHER: Price(700)}, nothing)
    assert await see(second, {ONE: Price(500)}, nothing) == {ONE: Price(400)}
    assert await see(second, {OTHER: Price(600)}, nothing) == {OTHER: Price(600)}
    assert await see(first, {ONE: Price(900), OTHER: Price(900)}) == {
        ONE: Price(400),
        OTHER: Price(600),
    }


async def test_a_row_that_was_swept_is_written_anew_with_what_was_read(
    flights_database: Database,
) -> None:
    rows = LeaseRows(flights_database)
    await see(rows, {ONE: Price(400)})
    leased = await rows.read("v", [BUCKET])
    assert await rows.sweep(NOW.replace(year=2100), 10) == 1
    assert await see(rows, {ONE: Price(300), OTHER: Price(500)}, leased) == {
        ONE: Price(300),
        OTHER: Price(500),
    }
    assert (await rows.read("v", [BUCKET])).leases[ONE].lowest == Price(300)


async def test_processes_that_look_at_once_never_wait_in_a_circle_and_agree(
    flights_database: Database,
) -> None:
    doors = [LeaseRows(flights_database) for _ in range(4)]
    looks = []
    for n, door in enumerate(doors * 3):
        order = (ONE, OTHER, LATER) if n % 2 else (LATER, OTHER, ONE)
        looks.append(see(door, {key: Price(900 - n) for key in order}))
    shown = await asyncio.gather(*looks)
    assert all(one[ONE].total <= 900 - n for n, one in enumerate(shown))
    assert await see(doors[0], {key: Price(900) for key in (ONE, OTHER, LATER)}) == {
        ONE: Price(889),
        OTHER: Price(889),
        LATER: Price(889),
    }


async def test_no_price_is_above_what_was_shown_before_on_any_process(
    flights_database: Database,
) -> None:
    """Looks of two processes overlap; each is compared with the answers that came before it."""
    dice = random.Random(11)
    doors = [LeaseRows(flights_database), LeaseRows(flights_database)]
    lowest: dict[LeaseKey, int] = {}

    async def viewer(door: LeaseRows) -> None:
        for _ in range(25):
            asked = {one: Price(dice.randrange(100, 999)) for one in (ONE, OTHER, LATER)}
            before = dict(lowest)
            for key, price in (await see(door, asked)).items():
                assert price.total <= min(asked[key].total, before.get(key, 999))
                lowest[key] = min(lowest.get(key, 999), price.total)

    await asyncio.gather(*(viewer(door) for door in doors))


class Contested(LeaseRows):
    """Another process changes the row before each write."""

    def __init__(self, database: Database, other: LeaseRows) -> None:
        super().__init__(database)
        self.other = other
        self.prices = iter(range(800, 0, -1))

    async def _write(self, sheets, dirty):  # type: ignore[no-untyped-def]
        await see(self.other, {ONE: Price(next(self.prices))})
        return await super()._write(sheets, dirty)


async def test_a_row_that_never_stands_still_is_a_conflict(flights_database: Database) -> None:
    rows = Contested(flights_database, LeaseRows(flights_database))
    with pytest.raises(Conflict):
        await see(rows, {ONE: Price(100), OTHER: Price(100)})


async def test_buckets_of_other_days_are_other_rows(flights_database: Database) -> None:
    rows = LeaseRows(flights_database)
    await see(rows, {ONE: Price(500), LATER: Price(600)})
    assert (await rows.read("v", [NEXT_DAY])).leases.keys() == {LATER}
    assert (await rows.read("w", [BUCKET, NEXT_DAY])).leases == {}
