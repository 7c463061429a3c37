"""Version stamps move with what they stamp, and are told after the commit."""
# ruff: noqa: PT012  the end of a transaction's block is what raises

import asyncio

import pytest

from holdfast.flights.store.versions import CHANNEL, bump, versions
from holdfast.platform.data.database import Database
from holdfast.platform.data.failures import ConstraintViolated
from holdfast.platform.data.notices import Missed, Notice


async def test_a_stamp_counts_up_for_each_airline_and_subject(flights_database: Database) -> None:
    assert await versions(flights_database) == {}
    async with flights_database.transaction() as work:
        assert await bump(work, "BA", "schedule") == 1
        assert await bump(work, "BA", "schedule") == 2
        assert await bump(work, "BA", "fares") == 1
        assert await bump(work, "LH", "schedule") == 1
    assert await versions(flights_database) == {
        ("BA", "schedule"): 2,
        ("BA", "fares"): 1,
        ("LH", "schedule"): 1,
    }


async def test_what_is_rolled_back_moves_no_stamp(flights_database: Database) -> None:
    with pytest.raises(ConstraintViolated):
        async with flights_database.transaction() as work:
            await bump(work, "BA", "schedule")
            await bump(work, "BA", "weather")  # type: ignore[arg-type]
    assert await versions(flights_database) == {}


async def test_listeners_hear_airline_subject_and_version(flights_database: Database) -> None:
    async with flights_database.listen(CHANNEL) as notices, asyncio.timeout(20):
        async for notice in notices:
            if isinstance(notice, Missed):  # it listens now
                async with flights_database.transaction() as work:
                    await bump(work, "BA", "status")
            else:
                assert notice == Notice(CHANNEL, "BA status 1")
                break
