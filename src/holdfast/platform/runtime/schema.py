"""How an application declares its tables: migrations, processes' roles, and what each role needs.

One declaration for each app. The rights themselves are SQL (`roles.sql`); that they are enough, and
no more than enough, for the statements that are declared here is what tests hold. Nothing here does
I/O.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class UseCase:
    """What a process does, and what it sends for it: names of statements, or `copy TABLE`.

    A statement is named as in its file (`open_attempt`), with the file's name before it where an
    app has several (`bookings.place`).
    """

    what: str
    statements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Role:
    """The database role of one kind of process. A process that is in no role reaches no data."""

    process: str
    uses: tuple[UseCase, ...]

    @property
    def key(self) -> str:
        """Its name in `roles.sql`, in braces there; the end of its name in the database."""
        return self.process.replace("-", "_")

    def name_in(self, database: str) -> str:
        """What it is called in a database: roles belong to a whole server."""
        return f"{database}_{self.key}"

    @property
    def statements(self) -> frozenset[str]:
        """All that it sends."""
        return frozenset(name for use in self.uses for name in use.statements)


@dataclass(frozen=True, slots=True)
class Schema:
    """The tables of an app, all in the schema `name`.

    `migrations` is the folder of its scripts; `queries` the file of its statements, or the folder
    of such files; `rights` the script that gives its roles their rights, run after every migration;
    `groups` are names there for several of the roles.
    """

    name: str
    migrations: Path
    queries: Path
    rights: Path
    roles: Sequence[Role]
    groups: Mapping[str, Sequence[Role]] = field(default_factory=dict)
