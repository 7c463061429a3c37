"""The law of migrations: numbered scripts, applied once, in order, all of a run or none.

`0001_attempts.sql`, `0002_leases.pre.sql`, `0003_old_column.post.sql`, ... of one app, in the app's
own schema. What was applied is written down with a checksum; a script that changed afterwards is
refused. `pre`: the programs before it go on working, so it is applied while they run, and they
accept a database that has it. `post`: only the programs that have it work, so it is applied when it
is asked for, after the last older process has gone. One that is neither is applied at once, like
`pre`, and older programs refuse the database, like after `post`.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from typing import Literal, TypeAlias, cast

from holdfast.errors import Mistake
from holdfast.platform.data.database import Calls, Database, Scripts
from holdfast.platform.data.failures import Conflict
from holdfast.platform.data.queries import Statement

Phase: TypeAlias = Literal["pre", "post", "at once"]

LOCK_TRIES = 20
"""A script that does not get a table's lock gives up its place in the queue and comes again: who
waits for a lock keeps everybody behind it waiting, too."""

_NAME = re.compile(r"(\d{4})_([a-z0-9_]+)(?:\.(pre|post))?\.sql")
_APP = re.compile(r"[a-z][a-z0-9_]{0,30}")

PATIENCE = Statement("migration_patience", "SET LOCAL lock_timeout TO '60s'")
LOCK = Statement("migration_lock", "SELECT pg_advisory_xact_lock(hashtext('holdfast migrations'))")
_RECORD = Statement(
    "record_migration",
    "INSERT INTO migrations (number, name, checksum, phase) VALUES ($1, $2, $3, $4)",
)
_EXISTS = Statement("migrations_exist", "SELECT to_regclass($1 || '.migrations') IS NOT NULL")
_MAY_MIGRATE = Statement(
    "may_migrate",
    """
    SELECT coalesce((SELECT pg_has_role(nspowner, 'USAGE') FROM pg_namespace WHERE nspname = $1),
                    has_database_privilege(current_database(), 'CREATE'))
    """,
)
# The column of phases is younger than the table.
_APPLIED = """
SELECT number, name, checksum, coalesce(to_jsonb(one) ->> 'phase', 'at once') AS phase
FROM {app}.migrations AS one
ORDER BY number
"""
_TABLE = """
CREATE SCHEMA IF NOT EXISTS {app};
SET LOCAL search_path TO {app}, public;
SET LOCAL lock_timeout TO '3s';
CREATE TABLE IF NOT EXISTS migrations (
    number     integer PRIMARY KEY,
    name       text NOT NULL,
    checksum   text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE migrations ADD COLUMN IF NOT EXISTS phase text NOT NULL DEFAULT 'at once';
"""


@dataclass(frozen=True, slots=True)
class Migration:
    """One script: its number, name, text, and when it may be applied."""

    number: int
    name: str
    script: str
    phase: Phase = "at once"

    @property
    def checksum(self) -> str:
        """The SHA-256 of its text."""
        return hashlib.sha256(self.script.encode()).hexdigest()

    @property
    def label(self) -> str:
        """What it is called in messages."""
        return _label(self.number, self.name, self.phase)


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a database has come on the chain of a program's scripts.

    `done` of them are in it; `due` come next; `later` are a `post` script that was not asked for
    and all behind it; `newer` names what only newer programs have.
    """

    done: tuple[Migration, ...]
    due: tuple[Migration, ...]
    later: tuple[Migration, ...] = ()
    newer: tuple[str, ...] = ()

    @property
    def blocked(self) -> Migration | None:
        """The `post` script that keeps back what this program cannot do without."""
        return self.later[0] if any(m.phase != "post" for m in self.later) else None


def migrations_in(folder: Traversable) -> tuple[Migration, ...]:
    """The scripts of a folder in order; `Mistake` on a wrong name, a gap or a double number."""
    found = []
    for entry in folder.iterdir():
        if not entry.name.endswith(".sql"):
            continue
        match = _NAME.fullmatch(entry.name)
        if match is None:
            raise Mistake(
                f"The migration {entry.name} must be named like 0001_what_it_does.sql, "
                "or end in .pre.sql or .post.sql."
            )
        script = entry.read_text(encoding="utf-8").replace("\r\n", "\n")
        phase = cast(Phase, match.group(3) or "at once")
        found.append(Migration(int(match.group(1)), match.group(2), script, phase))
    found.sort(key=lambda migration: (migration.number, migration.label))
    for expected, migration in enumerate(found, start=1):
        if migration.number != expected:
            raise Mistake(f"Migration {migration.label}.sql should have the number {expected:04}.")
    return tuple(found)


async def standing(calls: Calls, app: str, folder: Traversable, *, post: bool = False) -> Standing:
    """Where the database stands; changes nothing. In an empty one everything is due.

    `Mistake` when the history was changed, or the database needs a newer program.
    """
    _check_name(app)
    available = migrations_in(folder)
    known = await calls.fetchval(_EXISTS, app)
    newer = []
    rows = await calls.fetch(Statement("applied", _APPLIED.format(app=app))) if known else []
    for row in rows:
        label = _label(row["number"], row["name"], row["phase"])
        if row["number"] > len(available):
            if row["phase"] != "pre":
                raise Mistake(
                    f"The database has migration {label} of {app}: it needs a newer program."
                )
            newer.append(label)
        elif available[row["number"] - 1].checksum != row["checksum"]:
            raise Mistake(f"Migration {label} of {app} was changed after it had been applied.")
    done, rest = available[: len(rows)], available[len(rows) :]
    # Nothing runs on an empty database yet, so nothing has to be spared.
    cut = len(rest) if post or not rows else _first_post(rest)
    return Standing(done, rest[:cut], rest[cut:], tuple(newer))


async def apply(
    database: Database, app: str, folder: Traversable, *, post: bool = False
) -> tuple[Migration, ...]:
    """Bring the schema `app` up to date; returns what was applied now, () when nothing was due.

    Without `post`, scripts from the first `post` one on stay away. Processes that start together
    wait for each other. `Mistake` when the history was changed, the database is newer than this
    program, or a script behind a `post` one is needed; then nothing was done.
    """
    _check_name(app)
    tries = 0
    while True:
        tries += 1
        try:
            return await _apply(database, app, folder, post=post)
        except Conflict:
            if tries >= LOCK_TRIES:
                raise


async def ensure(database: Database, app: str, folder: Traversable) -> tuple[Migration, ...]:
    """What a process does before it works: as `apply` where it may, else it only looks.

    `Mistake` when scripts are due and its role may not apply them.
    """
    found = await standing(database, app, folder)
    if found.blocked is None and not found.due:
        return ()
    if not await database.fetchval(_MAY_MIGRATE, app):
        missing = (*found.due, *found.later)[0].label
        raise Mistake(
            f"The database lacks migration {missing} of {app}: run `holdfast migrate` first."
        )
    return await apply(database, app, folder)


async def run_chain(scripts: Scripts, app: str, migrations: Sequence[Migration]) -> None:
    """Run scripts in order in the schema `app`, which is made if need be, and write them down."""
    await scripts.run("migrations_table", _TABLE.format(app=app))
    for migration in migrations:
        await scripts.run(migration.label, migration.script)
        await scripts.execute(
            _RECORD, migration.number, migration.name, migration.checksum, migration.phase
        )


async def _apply(
    database: Database, app: str, folder: Traversable, *, post: bool
) -> tuple[Migration, ...]:
    async with database.scripts() as scripts:
        await scripts.execute(PATIENCE)
        await scripts.fetch(LOCK)
        found = await standing(scripts, app, folder, post=post)
        if found.blocked is not None:
            raise Mistake(
                f"Migration {found.blocked.label} of {app} must come first: when no older process "
                "runs any more, run `holdfast migrate --post`."
            )
        if found.due:
            await run_chain(scripts, app, found.due)
    return found.due


def _first_post(migrations: Sequence[Migration]) -> int:
    places = (place for place, m in enumerate(migrations) if m.phase == "post")
    return next(places, len(migrations))


def _label(number: int, name: str, phase: str) -> str:
    return f"{number:04}_{name}" + ("" if phase == "at once" else f".{phase}")


def _check_name(app: str) -> None:
    if not _APP.fullmatch(app):
        raise ValueError(f"{app!r} is no name of a schema")
