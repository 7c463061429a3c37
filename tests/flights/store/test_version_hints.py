"""A change of what airlines filed is heard at once."""

import asyncio
import contextlib
from datetime import timedelta

from holdfast.flights.service.snapshot import Snapshots
from holdfast.flights.store.catalogue import PostgresCatalogue
from holdfast.flights.store.schedule import replace_schedule
from holdfast.flights.store.version_hints import pass_hints
from holdfast.platform.data.database import Database
from tests.support.eventually import eventually
from tests.support.flights_world import WorldClock, leg

NEVER_S = timedelta(days=1).total_seconds()


async def test_a_new_schedule_is_seen_without_waiting_for_the_poll(
    flights_database: Database,
) -> None:
    snapshots = Snapshots(PostgresCatalogue(flights_database), WorldClock(), NEVER_S)
    heard: list[None] = []

    def hint() -> None:
        heard.append(None)
        snapshots.hint()

    tasks = [
        asyncio.create_task(snapshots.run()),
        asyncio.create_task(pass_hints(flights_database, hint)),
    ]
    try:
        await eventually(lambda: snapshots.is_ready and len(heard) == 1)
        async with flights_database.transaction() as work:
            await replace_schedule(work, "BA", [leg("BA1", "LHR", "JFK")])
        await eventually(lambda: snapshots.current.timetable.legs == 1)
    finally:
        for task in tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
