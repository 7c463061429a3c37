"""What a guard tells of its PostgreSQL: read from /proc and the file system, never by asking it.

So the figures are there while the server is not, and a scraper costs it no connection.
"""

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from holdfast.platform.data import cluster_folder
from holdfast.platform.runtime.metrics import Page

MAX_BACKENDS = 10_000
"""Processes that are looked at; PostgreSQL runs some hundreds."""


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """A server that runs on `folder`; `runs` tells whether its process is there."""

    folder: Path
    runs: Callable[[], bool]

    def why_not(self) -> str:
        """Why it takes no work; empty when it does."""
        if not self.runs():
            return "the database server has ended"
        ready = cluster_folder.ready_pid(self.folder)
        return "" if ready else "the database server is starting or stopping"

    def processes(self) -> list[int]:
        """Its process ids: the server, its sessions, its own workers. Empty without /proc."""
        server = cluster_folder.ready_pid(self.folder)
        if not server:
            return []
        found = [server]
        with suppress(OSError):
            for task in Path(f"/proc/{server}/task").iterdir():
                children = (task / "children").read_text(encoding="ascii").split()
                found += [int(child) for child in children[:MAX_BACKENDS]]
        return found

    def wal_bytes(self) -> int:
        """Bytes of the log that is kept."""
        total = 0
        with suppress(OSError), os.scandir(self.folder / "pg_wal") as entries:
            for entry in entries:
                with suppress(OSError):
                    total += entry.stat(follow_symlinks=False).st_size
        return total

    def free_bytes(self) -> int:
        """Bytes that are free where its files are."""
        with suppress(OSError):
            return shutil.disk_usage(self.folder).free
        return 0


def server_source(facts: ServerFacts) -> Callable[[Page], None]:
    """Writes the figures of the server on a page."""

    def write(page: Page) -> None:
        pids = facts.processes()
        page.gauge("holdfast_database_up", "1 while the server serves.", int(not facts.why_not()))
        page.gauge("holdfast_database_processes", "Processes of the server.", len(pids))
        page.gauge(
            "holdfast_database_memory_bytes",
            "Memory of its processes, what they share counted in each.",
            sum(map(_resident, pids)),
        )
        page.counter(
            "holdfast_database_cpu_seconds_total",
            "Processor time of the server and all its processes, those that ended included.",
            sum(_own_cpu_s(pid) for pid in pids) + (_ended_cpu_s(pids[0]) if pids else 0.0),
        )
        page.gauge("holdfast_database_wal_bytes", "Log that is kept.", facts.wal_bytes())
        page.gauge("holdfast_disk_free_bytes", "Free where the data is.", facts.free_bytes())

    return write


def _own_cpu_s(pid: int) -> float:
    return _ticks(pid, 11)


def _ended_cpu_s(pid: int) -> float:
    """Of its children that are over."""
    return _ticks(pid, 13)


def _ticks(pid: int, first: int) -> float:
    """Two fields of /proc/PID/stat behind the program's name, in seconds."""
    with suppress(OSError, ValueError, IndexError):
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
        fields = text.rpartition(")")[2].split()
        return (int(fields[first]) + int(fields[first + 1])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def _resident(pid: int) -> int:
    with suppress(OSError, ValueError, IndexError):
        pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")
    return 0
