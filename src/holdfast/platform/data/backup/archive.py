"""The law of the archive: every file of the log, once, whole, on disk, and never another under its
name.

`<archive>/wal` belongs to the database's user, who writes there by the command below: packed (which
adds a check sum), synced, then renamed; a file that is there already must be the same. The folder
is handed over by a variable, never by text in a command: any path will do. A marker binds it to one
data folder: the archive of another is refused, and a disk that is not mounted is not written to.
"""

import json
import os
import secrets
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from holdfast.errors import Mistake
from holdfast.platform.data.account import Account, hand_over
from holdfast.platform.data.backup.segments import is_history, is_segment
from holdfast.platform.runtime.secrets import write_private

VARIABLE = "HOLDFAST_ARCHIVE"
PACKED = ".gz"
MARKER = "archive.json"
MAX_MARKER_BYTES = 10_000
STORE = f"""a=${VARIABLE}; f="$a/%f{PACKED}"; t="$a/.%f.$$";
test -f "$a/{MARKER}" || {{ echo "holdfast: the archive is not there" >&2; exit 1; }};
if test -e "$f"; then
 gzip -dc <"$f" | cmp -s - "%p" || {{ echo "holdfast: %f has other content" >&2; exit 1; }};
else
 gzip -nc1 <"%p" >"$t" && sync "$t" && mv -n "$t" "$f" && test ! -e "$t" ||
 {{ rm -f "$t"; echo "holdfast: %f cannot be archived" >&2; exit 1; }};
fi;
sync "$f" "$a"
""".replace("\n", " ")
"""`archive_command`, one line as a configuration file wants it: the server puts in two names of its
own making, everything else is fixed."""
FETCH = f'gzip -dc <"${VARIABLE}/%f{PACKED}" >"%p"'
"""`restore_command`: a damaged file is none, as its check sum tells."""


@dataclass(frozen=True, slots=True)
class Reached:
    """How a server reaches the archive: variables for it and descriptors that it inherits."""

    environment: dict[str, str]
    fds: tuple[int, ...]


def parameters(every_s: float, *, in_cluster: bool = False) -> dict[str, str]:
    """The server's settings: a file is archived when it is full, and after `every_s` if it holds
    anything. In a cluster replicas archive what they receive, too, or what a dead leader had not
    archived yet would be missing; who comes second finds the same file there."""
    return {
        "archive_mode": "always" if in_cluster else "on",
        "archive_command": STORE,
        "archive_timeout": str(max(1, round(every_s))),
    }


def wal_folder(archive: Path) -> Path:
    """Where the log lies."""
    return archive / "wal"


def record_file(data: Path) -> Path:
    """Where a data folder keeps which archive is its own."""
    return data / "archive.json"


def archive_of(data: Path) -> Path | None:
    """The archive that a data folder uses, as it was last started; None when it has none."""
    said = _read(record_file(data))
    return Path(str(said["path"])) if "path" in said else None


def is_there(archive: Path) -> bool:
    """Whether the archive can be seen: its disk is mounted."""
    return bool(_read(wal_folder(archive) / MARKER))


def prepare(data: Path, archive: Path, account: Account, postgres: Path | None = None) -> str:
    """Make the archive, or find it; returns what was done: made, continued, or missing. `postgres`:
    the server's folder where it is not the data folder's own.

    `Mistake` when it belongs to another data folder, or cannot be made. A missing one is no reason
    not to start: the log waits in the data folder, and `health` tells it.
    """
    _check_place(data, archive)
    system = system_of(postgres or data / "postgres")
    ours, marker = _read(record_file(data)), _read(wal_folder(archive) / MARKER)
    if marker:
        if marker.get("id") != ours.get("id") or marker.get("system") != system:
            raise Mistake(
                f"The archive {archive} belongs to another data folder than {data}; a restored"
                " copy needs a new folder as database.archive."
            )
        _record(data, archive, str(marker["id"]))
        return "continued"
    if ours.get("path") == str(archive):
        return "missing"
    made = secrets.token_hex(16)
    _make(archive, account, {"id": made, "system": system})
    _record(data, archive, made)
    return "made"


@contextmanager
def reached(wal: Path, account: Account) -> Iterator[Reached]:
    """Hand the log's folder over while a server is started: by its path where the account can walk
    there (so that a disk may come and go), else as a descriptor."""
    if not wal.is_dir() or account.can_enter(wal):
        yield Reached({VARIABLE: str(wal.absolute())}, ())
        return
    path, fds = hand_over(wal, account)
    try:
        yield Reached({VARIABLE: path}, fds)
    finally:
        for fd in fds:
            os.close(fd)


def archived(folder: Path) -> dict[str, os.stat_result]:
    """The files of the log in an archive's folder by their names there; empty when there is none.
    Links and names of nobody's making are passed over."""
    found: dict[str, os.stat_result] = {}
    with suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as entries:
        for entry in entries:
            name = entry.name.removesuffix(PACKED)
            is_ours = is_segment(name) or is_history(name) or name.endswith(".backup")
            if entry.name.endswith(PACKED) and is_ours and entry.is_file(follow_symlinks=False):
                found[name] = entry.stat(follow_symlinks=False)
    return found


def system_of(folder: Path) -> str:
    """The identifier that PostgreSQL gave to a cluster when it was made; `Mistake` without one."""
    try:
        with (folder / "global" / "pg_control").open("rb") as file:
            (number,) = struct.unpack("=Q", file.read(8))
    except (OSError, struct.error):
        raise Mistake(f"{folder} is not a readable folder of PostgreSQL.") from None
    return str(number)


def _check_place(data: Path, archive: Path) -> None:
    if not archive.is_absolute():
        raise Mistake(f"database.archive must be a whole path, not {archive}.")
    if archive.resolve().is_relative_to(data.resolve()):
        raise Mistake(f"database.archive {archive} lies in the data folder and is lost with it.")


def _make(archive: Path, account: Account, marker: dict[str, str]) -> None:
    folder = wal_folder(archive)
    try:
        archive.mkdir(parents=True, exist_ok=True, mode=0o711)
        folder.mkdir(mode=0o700)
        write_private(folder / MARKER, json.dumps(marker) + "\n")
        account.own(folder / MARKER)
        account.own(folder)
    except FileExistsError:
        raise Mistake(
            f"The folder {folder} holds something else; name a new folder as database.archive."
        ) from None
    except OSError as error:
        raise Mistake(f"The archive {archive} cannot be made: {error.strerror}.") from None


def _record(data: Path, archive: Path, made: str) -> None:
    said = {"id": made, "path": str(archive)}
    if _read(record_file(data)) != said:
        write_private(record_file(data), json.dumps(said) + "\n")


def _read(path: Path) -> dict[str, object]:
    """What a small file says; empty when there is none. Links of the database's user are not
    followed."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return {}
    with os.fdopen(fd, "rb") as file:
        try:
            said = json.loads(file.read(MAX_MARKER_BYTES))
        except (OSError, ValueError):
            return {}
    return said if isinstance(said, dict) else {}
