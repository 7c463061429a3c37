"""Where tests keep their folders: in memory where there is plenty, or else on the disk.

A run makes hundreds of databases, and a disk that others use too can take a second for each. What
tests prove of durability is that processes may die, never that the power may fail, so nothing is
lost by it.
"""

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

MEMORY = Path("/dev/shm")
CHOICE = "TMPDIR"
"""Who has chosen a folder by this variable keeps it."""
ROOM_BYTES = 10 << 30
"""A whole run leaves some 5 GiB, the databases' logs above all."""
SPARE_BYTES = 16 << 30
"""What must be free of memory, the room above included: processes need the rest."""


def use(environment: Mapping[str, str] = os.environ, memory: Path = MEMORY) -> bool:
    """Lead `tempfile`, pytest and all children there, if it is fit; whether it was."""
    if CHOICE in environment or not is_fit(memory):
        return False
    os.environ[CHOICE] = tempfile.tempdir = str(memory)
    return True


def is_fit(memory: Path) -> bool:
    """Whether a folder is in memory, has room, and programs in it may be run."""
    try:
        flags = os.statvfs(memory).f_flag
        room = shutil.disk_usage(memory).free
        spare = _available_bytes()
    except OSError:
        return False
    is_writable = os.access(memory, os.W_OK | os.X_OK)
    return is_writable and not flags & os.ST_NOEXEC and room >= ROOM_BYTES and spare >= SPARE_BYTES


def _available_bytes() -> int:
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) << 10
    return 0
