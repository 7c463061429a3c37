"""The law of probes: each finds facts of this machine out, and raises nothing a machine causes.

What cannot be found out is None. The only thing written is an empty file in the data folder, which
is removed at once.
"""

import locale
import os
import re
import resource
import sys
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryFile

from packaging.markers import Marker

from holdfast.errors import Mistake
from holdfast.platform.balancer import fast_path
from holdfast.platform.balancer.kernel_programs import found as find_program
from holdfast.platform.balancer.settings import BalancerSettings
from holdfast.platform.data.account import Account
from holdfast.platform.data.binaries import find_binaries
from holdfast.platform.data.cluster.programs import python_for, store_on_this_machine
from holdfast.platform.data.settings import DatabaseSettings
from holdfast.platform.doctor.facts import Folder, Machine, Program, Software
from holdfast.platform.runtime.folder import LOCK, MARKER

LOCK_FILE = "requirements.lock"
SYNCHRONISED = Path("/run/systemd/timesync/synchronized")
TIMESYNC = Path("/run/systemd/timesync")
CAP_NET_ADMIN = 12
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)(?:[ \t]*;[ \t]*([^\\\n]+))?", re.M)


def look_at_software(root: Path) -> Software:
    """Python, packages, and the lock file in `root`, the folder of the sources."""
    installed = {_plain(d.name): d.version for d in metadata.distributions() if d.name}
    locked = None
    with suppress(OSError, UnicodeDecodeError):
        text = (root / LOCK_FILE).read_text(encoding="utf-8")
        # A line with a marker is for some machines or versions of Python only.
        locked = {
            _plain(name): version
            for name, version, marker in _PINNED.findall(text)
            if not marker or Marker(marker).evaluate()
        }
    return Software(sys.version_info[:2], installed, locked)


def look_at_machine() -> Machine:
    """Limits, memory, randomness, encoding, clock."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return Machine(
        files_soft=soft,
        files_hard=hard if hard != resource.RLIM_INFINITY else sys.maxsize,
        memory_free=_memory_free(),
        entropy=_number(Path("/proc/sys/kernel/random/entropy_avail")),
        encoding=locale.getpreferredencoding(False),
        clock=datetime.now(UTC),
        clock_synchronised=SYNCHRONISED.exists() if TIMESYNC.is_dir() else None,
        fast_path=fast_path.is_compiled,
    )


def look_at_folder(path: Path) -> Folder:
    """The data folder, or where it will be made."""
    state, at = _state_of(path)
    try:
        space = os.statvfs(at)
        owner = at.stat().st_uid
    except OSError as error:
        return Folder(str(path), state, refused=_reason(error))
    return Folder(
        path=str(path),
        state=state,
        refused=_write_refusal(at),
        owner_is_us=owner == os.geteuid() or os.geteuid() == 0 or at != path,
        free_bytes=space.f_bavail * space.f_frsize,
        free_inodes=space.f_favail if space.f_files else None,
        file_system=_file_system(at),
        is_in_use=_is_locked(path / LOCK),
    )


def look_at_programs(database: DatabaseSettings, balancer: BalancerSettings) -> list[Program]:
    """The programs that these settings need."""
    found = []
    account = Account(os.geteuid(), os.getegid(), "this user", switch=False)
    if not database.dsn:
        found.append(_postgres(account, database.bin_dir))
    if database.replicas:
        found.append(_patroni(account))
    if balancer.data_path == "kernel":
        found += [_nft(), _net_admin()]
    return found


def _postgres(account: Account, bin_dir: str) -> Program:
    try:
        binaries = find_binaries(account, bin_dir=bin_dir)
    except Mistake as mistake:
        return Program("PostgreSQL", error=str(mistake))
    return Program("PostgreSQL", f"{binaries.major} ({binaries.origin})")


def _patroni(account: Account) -> Program:
    store = store_on_this_machine()
    try:
        python_for(account, store)
    except Mistake as mistake:
        return Program("Patroni", error=str(mistake))
    return Program("Patroni", f"on {'etcd' if store == 'etcd' else 'its own Raft'}")


def _nft() -> Program:
    where = find_program("nft")
    if where is None:
        return Program("nft", error="it is not installed, and balancer.data_path is kernel.")
    return Program("nft", where)


def _net_admin() -> Program:
    name = "right to change the kernel's tables"
    with suppress(OSError, ValueError, IndexError):
        status = Path("/proc/self/status").read_text(encoding="ascii")
        effective = int(re.findall(r"^CapEff:\s+([0-9a-f]+)", status, re.M)[0], 16)
        if effective >> CAP_NET_ADMIN & 1:
            return Program(name, "CAP_NET_ADMIN")
    return Program(name, error="it needs root or CAP_NET_ADMIN.")


def _state_of(path: Path) -> tuple[str, Path]:
    """What the path is, and the nearest folder that is there."""
    if path.is_dir():
        with suppress(OSError):
            if (path / MARKER).exists():
                return "ours", path
            return ("foreign" if any(path.iterdir()) else "new"), path
        return "new", path
    if path.exists():
        return "file", path.parent
    at = path.absolute().parent
    while not at.is_dir() and at != at.parent:
        at = at.parent
    return "new", at


def _write_refusal(folder: Path) -> str:
    try:
        with TemporaryFile(dir=folder):
            return ""
    except OSError as error:
        return _reason(error)


def _file_system(path: Path) -> str:
    """The kind of the file system that a path lies on; empty when nobody says."""
    best, kind = "", ""
    with suppress(OSError):
        for line in Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines():
            fields = line.split()
            holds = len(fields) > 2 and path.absolute().is_relative_to(fields[1])
            if holds and len(fields[1]) >= len(best):
                best, kind = fields[1], fields[2]
    return kind


def _is_locked(path: Path) -> bool:
    """Whether somebody holds the lock, by the kernel's list: taking it would disturb."""
    with suppress(OSError, IndexError, ValueError):
        inode = str(path.stat().st_ino)
        locks = Path("/proc/locks").read_text(encoding="ascii").splitlines()
        return any(_locked_inode(line.split()) == inode for line in locks)
    return False


def _locked_inode(fields: list[str]) -> str:
    places: Iterable[str] = (word for word in fields if word.count(":") == 2)
    return next((word.rpartition(":")[2] for word in places), "")


def _memory_free() -> int | None:
    with suppress(OSError, IndexError, ValueError):
        text = Path("/proc/meminfo").read_text(encoding="ascii")
        return int(re.findall(r"^MemAvailable:\s+(\d+) kB", text, re.M)[0]) << 10
    return None


def _number(path: Path) -> int | None:
    with suppress(OSError, ValueError):
        return int(path.read_text(encoding="ascii"))
    return None


def _plain(name: str) -> str:
    """A package's name as the index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
