"""A load of acknowledged writes and of reads through the data door, as a process of its own.

    echo DSN | python -m tests.cluster.load JOURNAL WRITERS

Each insert has its own key; one whose outcome is unknown is sent again with its key, as a real
write, for an answer without one would not wait for the replica. It ends with its standard input and
then writes all that was acknowledged to JOURNAL.
"""

import asyncio
import contextlib
import json
import sys
import time
from pathlib import Path

from holdfast.errors import HoldfastError
from holdfast.platform.data.database import Database, Limits
from holdfast.platform.data.failures import Conflict, OutcomeUnknown, Unavailable
from holdfast.platform.data.queries import Statement

LIMITS = Limits(pool_size=8, connect_s=1.0, acquire_s=1.0, statement_s=2.0)
PAUSE_S = 0.01
RETRY_S = 0.02
READERS = 2
START_S = 60.0
LOST = (Unavailable, OutcomeUnknown, Conflict)
"""Answers that a fault may give; any other is an error of this program."""

TABLE = Statement(
    "table",
    """
    CREATE TABLE IF NOT EXISTS kept (
        key text PRIMARY KEY, tries integer NOT NULL DEFAULT 1, at timestamptz DEFAULT now())
    """,
)
WRITE = Statement(
    "write",
    """
    INSERT INTO kept (key) VALUES ($1) ON CONFLICT (key) DO UPDATE SET tries = kept.tries + 1
    RETURNING host(inet_server_addr()) || ':' || inet_server_port() AS server,
        ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::integer AS timeline
    """,
)
KEYS = Statement("keys", "SELECT key FROM kept")
READ = Statement("read", "SELECT count(*) FROM (SELECT FROM kept LIMIT 10) AS seen")


class Work:
    """Writers and readers until they are stopped."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.writes: list[tuple[float, float, str, str, int]] = []
        self.reads: list[float] = []

    async def write(self, writer: str) -> None:
        number = 0
        while True:
            number += 1
            await self._write_once(f"{writer}-{number}")
            await asyncio.sleep(PAUSE_S)

    async def _write_once(self, key: str) -> None:
        while True:
            sent = time.monotonic()
            try:
                row = await self.database.fetchrow(WRITE, key)
            except LOST:
                await asyncio.sleep(RETRY_S)
                continue
            assert row is not None
            self.writes.append((sent, time.monotonic(), key, row["server"], row["timeline"]))
            return

    async def read(self) -> None:
        while True:
            with contextlib.suppress(*LOST):
                await self.database.reader().fetchval(READ)
                self.reads.append(time.monotonic())
            await asyncio.sleep(PAUSE_S)


async def main(journal: Path, writers: int) -> None:
    """Work until standard input ends; each line asks for the number of writes so far."""
    dsn = (await asyncio.to_thread(sys.stdin.readline)).strip()
    async with await _opened(dsn) as database:
        await _made(database)
        work = Work(database)
        run = f"{time.time_ns():x}"
        tasks = [asyncio.create_task(work.write(f"{run}-{n}")) for n in range(writers)]
        tasks += [asyncio.create_task(work.read()) for _ in range(READERS)]
        print("writing", flush=True)
        while await asyncio.to_thread(sys.stdin.readline):
            print(len(work.writes), flush=True)
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        journal.write_text(json.dumps({"writes": work.writes, "reads": work.reads}))
        for result in results:
            if isinstance(result, Exception):
                raise result


def kept_keys(dsn: str) -> set[str]:
    """All keys that the leader has."""

    async def ask() -> set[str]:
        async with await _opened(dsn) as database:
            return {row["key"] for row in await database.fetch(KEYS)}

    return asyncio.run(ask())


async def _opened(dsn: str) -> Database:
    deadline = time.monotonic() + START_S
    while True:
        try:
            return await Database.connect(dsn, limits=LIMITS)
        except HoldfastError:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(RETRY_S)


async def _made(database: Database) -> None:
    deadline = time.monotonic() + START_S
    while True:
        try:
            await database.execute(TABLE)
        except HoldfastError:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(RETRY_S)
        else:
            return


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
