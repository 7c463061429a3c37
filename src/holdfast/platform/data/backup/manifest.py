"""The law of a copy's check: every byte that PostgreSQL's manifest names is there and is right.

`pg_verifybackup` does it where it exists (and reads the log as well); the check here is for places
without it. The manifest (JSON) is held by a SHA-256 of its own, in its last line.
"""

import hashlib
import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from holdfast.errors import DefiniteError
from holdfast.platform.data.backup.segments import segments_of
from holdfast.platform.data.binaries import Binaries
from holdfast.platform.data.cluster_folder import environment_of_server

NAME = "backup_manifest"
CHECKER = "pg_verifybackup"
MAX_BYTES = 256 * 1024 * 1024
"""About 200 bytes for each file: a million tables."""
CHECK_S = 6 * 3600.0
"""A terabyte at the speed of one old disk."""
_NOT_LISTED = ("postgresql.auto.conf", "standby.signal", "recovery.signal", NAME)
_ALGORITHM = "SHA256"


class Damaged(DefiniteError):
    """A backup is not what it was when it was taken."""


@dataclass(frozen=True, slots=True)
class LogRange:
    """The log that the copy needs to become whole: positions as PostgreSQL writes them."""

    timeline: int
    start: str
    stop: str


def check(folder: Path, binaries: Binaries) -> str:
    """Check the copy in `folder`; returns by what. Raises `Damaged`."""
    program = binaries.program(CHECKER)
    if not os.access(program, os.X_OK):
        check_here(folder)
        return "holdfast"
    try:
        ran = subprocess.run(  # noqa: S603  found by `binaries`
            [program, "--exit-on-error", "."],  # a path would go through its shell
            check=False,
            capture_output=True,
            text=True,
            cwd=folder,
            env=environment_of_server(),
            timeout=CHECK_S,
        )
    except subprocess.TimeoutExpired:
        raise Damaged(f"{CHECKER} did not end within {CHECK_S:g} s") from None
    if ran.returncode:
        reason = " ".join((ran.stderr or ran.stdout).split())[-500:]
        raise Damaged(f"the base backup {folder} is damaged: {reason}")
    return CHECKER


def check_here(folder: Path) -> None:
    """The check without PostgreSQL's program: names, sizes, check sums, and the needed log."""
    said = _read(folder)
    listed = set()
    for entry in said["Files"]:
        path = _path(entry)
        listed.add(path)
        _check_file(folder, path, entry)
    for path in _files(folder):
        if path not in listed:
            raise _damaged(folder, f"{path} is there and not in the manifest")
    for span in _ranges(said):
        for name in segments_of(span.timeline, span.start, span.stop):
            if not (folder / "pg_wal" / name).is_file():
                raise _damaged(folder, f"the log file {name} is missing")


def log_range(folder: Path) -> LogRange:
    """The log that a checked copy begins with; the last timeline's, where there are several."""
    return _ranges(_read(folder))[-1]


def _read(folder: Path) -> Any:
    try:
        with (folder / NAME).open("rb") as file:
            raw = file.read(MAX_BYTES)
        body = raw[: raw.rindex(b"\n", 0, len(raw) - 1) + 1]
        said = json.loads(raw)
        is_right = hashlib.sha256(body).hexdigest() == said["Manifest-Checksum"]
    except FileNotFoundError:
        raise _damaged(folder, f"{NAME} is missing") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(folder, f"{NAME} is not readable ({error})") from None
    if not is_right:
        raise _damaged(folder, f"{NAME} does not have the check sum it names")
    return said


def _ranges(said: Any) -> list[LogRange]:
    return [
        LogRange(int(one["Timeline"]), str(one["Start-LSN"]), str(one["End-LSN"]))
        for one in said["WAL-Ranges"]
    ]


def _path(entry: Any) -> str:
    if "Path" in entry:
        return str(entry["Path"])
    return os.fsdecode(bytes.fromhex(entry["Encoded-Path"]))


def _check_file(folder: Path, path: str, entry: Any) -> None:
    try:
        with (folder / path).open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size != entry["Size"]:
                raise _damaged(folder, f"{path} has {size} bytes instead of {entry['Size']}")
            if entry.get("Checksum-Algorithm") != _ALGORITHM:
                raise _damaged(folder, f"{path} has no check sum")
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise _damaged(folder, f"{path} cannot be read: {error.strerror}") from None
    if found != entry["Checksum"]:
        raise _damaged(folder, f"{path} has another content")


def _files(folder: Path) -> Iterator[str]:
    for base, _, names in os.walk(folder):
        for name in names:
            path = (Path(base) / name).relative_to(folder)
            if str(path) not in _NOT_LISTED and path.parts[0] != "pg_wal":
                yield str(path)


def _damaged(folder: Path, what: str) -> Damaged:
    return Damaged(f"the base backup {folder} is damaged: {what}")
