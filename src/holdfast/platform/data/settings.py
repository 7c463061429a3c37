"""The law of the `[database]` section: where the data lives and what one process may take of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from holdfast.errors import Mistake
from holdfast.platform.runtime.setting import setting


@dataclass(frozen=True, slots=True)
class DatabaseSettings:
    """Keys of `[database]`. Without a DSN, `holdfast up` runs PostgreSQL itself."""

    dsn: str = setting("", "PostgreSQL address; empty: `holdfast up` runs its own server.")
    dsn_file: str = setting("", "File that holds the address, for it holds a password.")
    bin_dir: str = setting("", "Folder with initdb and postgres; empty: PG_BINDIR, system, wheel.")
    port: int = setting(
        0, "TCP port of the embedded server; 0: none, a unix socket.", minimum=0, maximum=65535
    )
    replicas: int = setting(
        0,
        "Replicas beside the leader that `holdfast up` runs; 0: one server, 2: a cluster.",
        minimum=0,
        maximum=2,
    )
    when_alone: Literal["durable", "available"] = setting(
        "durable",
        "A cluster whose last synchronous replica is gone stops writing (durable), or writes on"
        " with one copy (available).",
    )
    fast_failover: bool = setting(
        False, "Observers depose a silent leader after 1.5 s instead of 20 s; needs etcd."
    )
    cluster_port: int = setting(
        5500,
        "First of the cluster's ports; they lie within the next forty.",
        minimum=1,
        maximum=65000,
    )
    members: tuple[str, ...] = setting(
        (),
        "Members of a cluster on machines of their own: name=address, three; the first makes the"
        " data.",
    )
    member: str = setting("", "Which of `database.members` this machine is.")
    networks: tuple[str, ...] = setting(
        (), "Networks (CIDR) that may connect to these members, beside the members themselves."
    )
    passwords_file: str = setting(
        "", "Passwords that these members share; `holdfast secrets` makes them."
    )
    archive: str = setting(
        "", "Folder that continuously gets the log of the embedded server; empty: none is kept."
    )
    archive_every_s: float = setting(
        60.0,
        "What was written goes to the archive at the latest after so long.",
        minimum=1.0,
        maximum=86_400.0,
    )
    pool_size: int = setting(8, "Connections one process may open at most.", minimum=1, maximum=200)
    waiting: int = setting(
        2000, "Callers that may wait for a connection at most.", minimum=0, maximum=100_000
    )
    connect_s: float = setting(5.0, "Longest time to open a connection.", minimum=0.05)
    acquire_s: float = setting(5.0, "Longest wait for a free connection.", minimum=0.05)
    statement_s: float = setting(10.0, "Longest run of one statement.", minimum=0.05)
    lock_s: float = setting(3.0, "Longest wait for a lock.", minimum=0.01)
    idle_in_transaction_s: float = setting(
        15.0, "The server ends a transaction that does nothing for so long.", minimum=0.1
    )

    def __post_init__(self) -> None:
        """Two members cannot agree on which of them is alive."""
        if self.replicas == 1:
            raise ValueError("replicas must be 0 (one server) or 2 (a cluster of three)")


MAX_DSN_BYTES = 4096
"""A longer file holds no address."""


def address_in(settings: DatabaseSettings) -> str:
    """The address that `[database]` names, directly or by file; `Mistake` when it names none."""
    if settings.dsn:
        return settings.dsn
    if not settings.dsn_file:
        raise Mistake("Set database.dsn or database.dsn_file: this process needs a database.")
    try:
        with Path(settings.dsn_file).open(encoding="utf-8") as file:
            address = file.read(MAX_DSN_BYTES).strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise Mistake(f"database.dsn_file {settings.dsn_file} cannot be read: {reason}.") from None
    if not address:
        raise Mistake(f"database.dsn_file {settings.dsn_file} is empty.")
    return address
