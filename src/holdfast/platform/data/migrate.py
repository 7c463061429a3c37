"""The law of migrations: numbered scripts, applied once, in order, all of a run or none.

`0001_attempts.sql`, `0002_leases.sql`, ... of one app, in the app's own schema. What was applied is
written down with a checksum; a script that changed afterwards, or one that this program does not
have, is refused: then program and database do not belong together.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources.abc import Traversable

from holdfast.errors import Mistake
from holdfast.platform.data.database import Database, Scripts
from holdfast.platform.data.queries import Statement

_NAME = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")
_APP = re.compile(r"[a-z][a-z0-9_]{0,30}")

_LOCK = Statement("migration_lock", "SELECT pg_advisory_xact_lock(hashtext('holdfast migrations'))")
_APPLIED = Statement("applied", "SELECT number, name, checksum FROM migrations ORDER BY number")
_RECORD = Statement(
    "record_migration", "INSERT INTO migrations (number, name, checksum) VALUES ($1, $2, $3)"
)
_TABLE = """
CREATE SCHEMA IF NOT EXISTS {app};
SET LOCAL search_path TO {app}, public;
SET LOCAL lock_timeout TO '60s';
CREATE TABLE IF NOT EXISTS migrations (
    number     integer PRIMARY KEY,
    name       text NOT NULL,
    checksum   text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);
"""


@dataclass(frozen=True, slots=True)
class Migration:
    """One script: its number, name, text and the SHA-256 of its text."""

    number: int
    name: str
    script: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.script.encode()).hexdigest()


def migrations_in(folder: Traversable) -> tuple[Migration, ...]:
    """The scripts of a folder in order; `Mistake` on a wrong name, a gap or a double number."""
    found = []
    for entry in folder.iterdir():
        if not entry.name.endswith(".sql"):
            continue
        match = _NAME.fullmatch(entry.name)
        if match is None:
            raise Mistake(f"The migration {entry.name} must be named like 0001_what_it_does.sql.")
        script = entry.read_text(encoding="utf-8").replace("\r\n", "\n")
        found.append(Migration(int(match.group(1)), match.group(2), script))
    found.sort(key=lambda migration: migration.number)
    for expected, migration in enumerate(found, start=1):
        if migration.number != expected:
            raise Mistake(
                f"Migration {migration.number:04}_{migration.name}.sql should have the "
                f"number {expected:04}."
            )
    return tuple(found)


async def apply(database: Database, app: str, folder: Traversable) -> tuple[Migration, ...]:
    """Bring the schema `app` up to date; returns what was applied now, () when nothing was due.

    Processes that start together wait for each other. `Mistake` when the history was changed or
    the database is newer than this program; then nothing was done.
    """
    if not _APP.fullmatch(app):
        raise ValueError(f"{app!r} is no name of a schema")
    available = migrations_in(folder)
    async with database.scripts() as scripts:
        await scripts.fetch(_LOCK)
        await scripts.run("migrations_table", _TABLE.format(app=app))
        due = await _due(scripts, app, available)
        for migration in due:
            name = f"{migration.number:04}_{migration.name}"
            await scripts.run(name, migration.script)
            await scripts.execute(_RECORD, migration.number, migration.name, migration.checksum)
    return tuple(due)


async def _due(scripts: Scripts, app: str, available: Sequence[Migration]) -> Sequence[Migration]:
    applied = await scripts.fetch(_APPLIED)
    for row in applied:
        label = f"{row['number']:04}_{row['name']}"
        if row["number"] > len(available):
            raise Mistake(f"The database has migration {label} of {app}: it needs a newer program.")
        if available[row["number"] - 1].checksum != row["checksum"]:
            raise Mistake(f"Migration {label} of {app} was changed after it had been applied.")
    return available[len(applied) :]
