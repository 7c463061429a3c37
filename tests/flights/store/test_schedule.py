"""Schedules on PostgreSQL: a file swaps whole, and what is the same is not touched."""

import asyncio
from dataclasses import replace
from datetime import date

import pytest

from holdfast.flights.domain.schedule import OPEN_END, Designator, LegPattern, Period
from holdfast.flights.store import schedule as store
from holdfast.flights.store.schedule import (
    ScheduleChanged,
    exchange_legs,
    flight_legs,
    replace_schedule,
    schedule_of,
)
from holdfast.flights.store.versions import versions
from holdfast.platform.data.database import Database, Transaction
from holdfast.platform.data.queries import Statement

BA117, BA118, AA104 = Designator("BA", 117), Designator("BA", 118, "A"), Designator("AA", 104)
OUT = LegPattern(
    designator=BA117,
    variation=1,
    sequence=1,
    service_type="J",
    period=Period(date(2026, 3, 29), date(2026, 10, 24), 0b0111111),
    board="LHR",
    off="JFK",
    departure_min=500,
    departure_offset_min=60,
    arrival_min=670,
    arrival_offset_min=-240,
    aircraft="77W",
    configuration="F008J048Y183",
    board_terminal="5",
    off_terminal="8",
    marketed_as=(Designator("AA", 6134), Designator("9W", 12, "Z"), Designator("U2", 1234)),
    booking_classes="FJY",
)
BACK = replace(
    OUT,
    designator=BA118,
    board="JFK",
    off="LHR",
    arrival_min=2100,
    arrival_offset_min=60,
    departure_offset_min=-240,
    period=Period(date(2026, 3, 30), OPEN_END),
    operating=AA104,
    marketed_as=(),
)


async def put(database: Database, *legs: LegPattern, airline: str = "BA") -> ScheduleChanged:
    async def work(tx: Transaction) -> ScheduleChanged:
        return await replace_schedule(tx, airline, legs)

    return await database.transact(work)


async def exchange(
    database: Database, removed: list[LegPattern], added: list[LegPattern]
) -> ScheduleChanged:
    async def work(tx: Transaction) -> ScheduleChanged:
        return await exchange_legs(tx, "BA", removed, added)

    return await database.transact(work)


async def stamp(database: Database) -> int | None:
    return (await versions(database)).get(("BA", "schedule"))


async def test_what_is_put_in_comes_back_with_every_field(flights_database: Database) -> None:
    changed = await put(flights_database, BACK, OUT)
    assert changed == ScheduleChanged(2, 0, 0, frozenset({BA117, BA118, AA104}))
    assert await schedule_of(flights_database, "BA") == [OUT, BACK]
    assert await schedule_of(flights_database, "LH") == []
    assert await flight_legs(flights_database, BA118) == [BACK]
    assert await flight_legs(flights_database, BA118, BA117) == [OUT, BACK]
    assert await flight_legs(flights_database, Designator("BA", 118)) == []


async def test_the_same_file_again_changes_nothing_and_moves_no_version(
    flights_database: Database,
) -> None:
    await put(flights_database, OUT, BACK)
    before = await stamp(flights_database)
    rows = Statement("rows", "SELECT array_agg((id, xmin::text) ORDER BY id) FROM schedule_legs")
    untouched = await flights_database.fetchval(rows)
    assert await put(flights_database, BACK, OUT, OUT) == ScheduleChanged(0, 0, 2, frozenset())
    assert await stamp(flights_database) == before == 1
    assert await flights_database.fetchval(rows) == untouched


async def test_only_what_differs_is_written(flights_database: Database) -> None:
    await put(flights_database, OUT, BACK)
    later = replace(OUT, departure_min=530)
    changed = await put(flights_database, later, BACK)
    assert changed == ScheduleChanged(1, 1, 1, frozenset({BA117}))
    assert changed.changed == 1
    assert await stamp(flights_database) == 2
    assert await schedule_of(flights_database, "BA") == [later, BACK]


async def test_a_flight_that_is_not_in_the_file_is_gone(flights_database: Database) -> None:
    await put(flights_database, OUT, BACK)
    changed = await put(flights_database, OUT)
    assert changed == ScheduleChanged(0, 1, 1, frozenset({BA118, AA104}))
    assert await put(flights_database) == ScheduleChanged(0, 1, 0, frozenset({BA117}))
    assert await schedule_of(flights_database, "BA") == []


async def test_other_airlines_are_left_alone(flights_database: Database) -> None:
    other = replace(OUT, designator=Designator("LH", 900))
    await put(flights_database, other, airline="LH")
    await put(flights_database, OUT)
    await put(flights_database)
    assert await schedule_of(flights_database, "LH") == [other]


async def test_legs_are_exchanged(flights_database: Database) -> None:
    await put(flights_database, OUT, BACK)
    later = replace(OUT, departure_min=530)
    assert await exchange(flights_database, [OUT], [later]) == ScheduleChanged(
        1, 1, 0, frozenset({BA117})
    )
    assert await stamp(flights_database) == 2
    assert await schedule_of(flights_database, "BA") == [later, BACK]


async def test_an_exchange_that_changes_nothing_moves_no_version(
    flights_database: Database,
) -> None:
    await put(flights_database, OUT)
    nothing = ScheduleChanged(0, 0, 0, frozenset())
    assert await exchange(flights_database, [OUT], [OUT]) == nothing
    assert await exchange(flights_database, [BACK], []) == nothing
    assert await exchange(flights_database, [], [OUT]) == nothing
    assert await stamp(flights_database) == 1
    assert await schedule_of(flights_database, "BA") == [OUT]


async def test_many_legs_are_written_and_read_in_pages(
    flights_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    legs = [replace(OUT, designator=Designator("BA", number)) for number in range(1, 8)]
    legs += [replace(OUT, variation=2, departure_min=501)]
    monkeypatch.setattr(store, "PAGE", 3)
    assert (await put(flights_database, *legs)).added == 8
    assert (await put(flights_database, *legs)).unchanged == 8
    read = await schedule_of(flights_database, "BA")
    assert sorted(map(str, read)) == sorted(map(str, legs))
    assert (await exchange(flights_database, legs, [])).removed == 8


async def test_readers_see_the_old_schedule_until_the_new_one_is_whole(
    flights_database: Database,
) -> None:
    await put(flights_database, OUT)
    written, seen = asyncio.Event(), asyncio.Event()

    async def work(tx: Transaction) -> None:
        await replace_schedule(tx, "BA", [BACK])
        written.set()
        await seen.wait()

    writing = asyncio.create_task(flights_database.transact(work))
    await written.wait()
    assert await schedule_of(flights_database, "BA") == [OUT]
    assert await stamp(flights_database) == 1
    seen.set()
    await writing
    assert await schedule_of(flights_database, "BA") == [BACK]
    assert await stamp(flights_database) == 2
