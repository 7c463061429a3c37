"""PURE. What the doctor knows of a machine and an installation, as plain values.

None stands for what could not be found out, which is never judged as a fault by itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Software:
    """Versions. `locked` are those of the lock file, None when there is none beside the program;
    `installed` those that are here."""

    python: tuple[int, int]
    installed: Mapping[str, str] = field(default_factory=dict)
    locked: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Machine:
    """Limits and resources. Bytes; `clock_synchronised` as the system says it; `fast_path`: whether
    the relay's was compiled."""

    files_soft: int
    files_hard: int
    memory_free: int | None = None
    entropy: int | None = None
    encoding: str = "utf-8"
    clock: datetime | None = None
    clock_synchronised: bool | None = None
    fast_path: bool | None = None


@dataclass(frozen=True, slots=True)
class Port:
    """A port that Holdfast wants. `holder` says who listens there: empty for nobody; `is_ours`
    whether that is Holdfast; `refused` why we could not listen ourselves."""

    name: str
    transport: str
    number: int
    holder: str = ""
    is_ours: bool = False
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Folder:
    """The data folder. `state`: ours, new (empty or not there), foreign, or a file. `refused`: why
    nothing can be written, empty when it can."""

    path: str
    state: str
    refused: str = ""
    owner_is_us: bool = True
    free_bytes: int | None = None
    free_inodes: int | None = None
    file_system: str = ""
    is_in_use: bool = False


@dataclass(frozen=True, slots=True)
class Server:
    """The database. `is_due`: an address is known, so it should answer; `error`: why it did not."""

    is_due: bool
    error: str = ""
    version: int = 0
    connections: int = 0
    connections_limit: int = 0
    replicas: int = 0
    replicas_wanted: int = 0
    replica_lag_bytes: int = 0
    skew_s: float = 0.0
    due_migrations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Program:
    """A program that is needed: `found` says what and where, `error` why not."""

    name: str
    found: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A TLS listener's files."""

    name: str
    ends_at: datetime | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class SecretFile:
    """A file with a key, token or password."""

    path: str
    mode: int
    owner_is_us: bool = True
