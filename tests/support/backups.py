"""A small server with an archive, for tests of backups: it writes numbered rows and knows when."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from holdfast.platform.data.backup.archive import archived, wal_folder
from holdfast.platform.data.backup.bases import Base
from holdfast.platform.data.backup.restore import Restored, Wish, restore
from holdfast.platform.data.backup.source import Source, source_of
from holdfast.platform.data.backup.take import take_base
from holdfast.platform.data.database import Database, Limits
from holdfast.platform.data.embedded import EmbeddedServer, ServerPlan
from holdfast.platform.data.queries import Statement
from holdfast.platform.data.settings import DatabaseSettings
from tests.support.fleet import eventually
from tests.support.installations import INSTALLATIONS, ready_cluster
from tests.support.postgres import Guarded

SMALL = Limits(pool_size=1, connect_s=20)
ARCHIVED_S = 60.0
"""A file is archived within a second or two; on a machine that is busy it takes longer."""


def ask(dsn: str, *statements: str) -> object:
    """Run statements on a connection of their own; the first value of the last one."""

    async def run() -> object:
        async with await Database.connect(dsn, limits=SMALL) as database:
            answers = [await database.fetchval(Statement("ask", sql)) for sql in statements]
            return answers[-1]

    return asyncio.run(run())


class Stand:
    """A guarded server on `plan`, its archive, and the rows that were acknowledged."""

    def __init__(self, plan: ServerPlan) -> None:
        self.plan = plan
        self.guarded = Guarded(plan)
        assert "ready" in self.guarded.said, self.guarded.said
        self.rows = 0
        ask(self.dsn, "CREATE TABLE kept (n integer, pad text)", "SELECT 1")

    @property
    def dsn(self) -> str:
        return self.guarded.dsn

    @property
    def archive(self) -> Path:
        return Path(self.plan.archive)

    @property
    def wal(self) -> Path:
        return wal_folder(self.archive)

    @property
    def source(self) -> Source:
        return source_of(DatabaseSettings(), self.plan.data)

    def write(self, count: int = 1, pad: int = 10) -> datetime:
        """Commit so many rows, each on its own; the moment when the last was acknowledged."""
        for _ in range(count):
            self.rows += 1
            ask(self.dsn, f"INSERT INTO kept VALUES ({self.rows}, repeat('x', {pad})) RETURNING n")
        return datetime.now(UTC)

    def settle(self) -> str:
        """Wait until everything written so far is in the archive; the last file's name."""
        name = str(ask(self.dsn, "SELECT pg_walfile_name(pg_current_wal_insert_lsn())"))
        self.write()  # so that the file is closed in time
        eventually(lambda: name in archived(self.wal), ARCHIVED_S, f"{name} in the archive")
        return name

    def base(self) -> Base:
        return take_base(self.source, self.archive, self.plan.data, bin_dir=self.plan.bin_dir)

    def restore(self, data: Path, at: datetime | None = None, **more: object) -> Restored:
        wish = Wish(self.archive, data, at, bin_dir=self.plan.bin_dir, **more)  # type: ignore[arg-type]
        return restore(wish)


@contextmanager
def stand(
    folder: Path, *, bin_dir: Path = INSTALLATIONS[-1], every_s: float = 1
) -> Iterator[Stand]:
    """Start one in `folder`; its guard is ended afterwards."""
    made = folder / "made"
    made.mkdir(exist_ok=True)
    copied = ready_cluster(bin_dir, made, folder / "data")
    plan = ServerPlan(
        copied.data,
        bin_dir=copied.bin_dir,
        durable=False,
        archive=str(folder / "the 'archive' $x"),
        archive_every_s=every_s,
    )
    running = Stand(plan)
    try:
        yield running
    finally:
        running.guarded.end()


@contextmanager
def serving(data: Path, bin_dir: str = "") -> Iterator[str]:
    """A server on a restored folder while the block runs; its address."""
    server = EmbeddedServer(ServerPlan(data, bin_dir=bin_dir, durable=False))
    try:
        yield server.start()
    finally:
        server.stop()


def rows_in(data: Path, bin_dir: str = "") -> list[int]:
    """The numbered rows of a restored folder."""
    with serving(data, bin_dir) as dsn:
        found = ask(dsn, "SELECT coalesce(array_agg(n ORDER BY n), '{}') FROM kept")
        assert isinstance(found, list)
        return found


def flip(path: Path, offset: int = 4000) -> None:
    """One bit of a file. (In the middle of packed zeros it could change nothing.)"""
    with path.open("r+b") as file:
        file.seek(offset)
        byte = file.read(1)[0]
        file.seek(offset)
        file.write(bytes([byte ^ 1]))
