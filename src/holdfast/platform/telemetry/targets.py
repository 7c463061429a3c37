"""The law of targets: each process notes in the data folder where its port of figures is.

`<data>/metrics/<process>.json` has the form of Prometheus' file-based discovery, so that a scraper
may read the folder itself; the supervisor offers all of them as one page for discovery by HTTP. A
file goes with its process; one that a killed process left is not believed, for it tells the id.
"""

import contextlib
import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from holdfast.errors import Mistake
from holdfast.platform.runtime.secrets import write_private

FOLDER = "metrics"
MAX_TARGETS = 1_000
"""Processes of one data folder; a machine runs some dozens."""
MAX_FILE_BYTES = 4_096
_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}\Z")


@dataclass(frozen=True, slots=True)
class Target:
    """A process and its port. `address` is host:port; `kind` is what `holdfast run` calls it."""

    process: str
    kind: str
    address: str
    pid: int = 0
    path: str = "/metrics"

    def told(self) -> dict[str, object]:
        """As Prometheus' discovery has it."""
        labels = {"process": self.process, "kind": self.kind}
        if self.path != "/metrics":
            labels["__metrics_path__"] = self.path
        if self.pid:
            labels["__meta_holdfast_pid"] = str(self.pid)
        return {"targets": [self.address], "labels": labels}


def note(data: Path, target: Target) -> Path:
    """Write the file of a target; returns its path. `Mistake` when it cannot be written."""
    if not _NAME.match(target.process):
        raise Mistake(f"fleet.process_name: {target.process!r} is not the name of a process.")
    folder = data / FOLDER
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise Mistake(f"The folder {folder} cannot be made: {error.strerror}.") from None
    path = folder / f"{target.process}.json"
    write_private(path, json.dumps([target.told()]) + "\n")
    return path


def withdraw(path: Path) -> None:
    """Remove the file of a target, unless a successor has written its own."""
    with contextlib.suppress(OSError):
        found = _target_in(path)
        if found is not None and found.pid == os.getpid():
            path.unlink()


def targets_in(data: Path) -> list[Target]:
    """The targets of a data folder whose processes live, by name."""
    with contextlib.suppress(OSError):
        paths = sorted((data / FOLDER).glob("*.json"))[:MAX_TARGETS]
        found = [target for path in paths if (target := _target_in(path)) is not None]
        return [target for target in found if _lives(target.pid)]
    return []


def discovery(targets: Sequence[Target]) -> bytes:
    """The page for Prometheus' discovery by HTTP (`http_sd_configs`)."""
    return json.dumps([target.told() for target in targets]).encode() + b"\n"


def _target_in(path: Path) -> Target | None:
    """What a file says; None when it is not one of ours."""
    try:
        with path.open("rb") as file:
            ((only,),) = (json.loads(file.read(MAX_FILE_BYTES)),)
        labels = only["labels"]
        return Target(
            process=str(labels["process"]),
            kind=str(labels["kind"]),
            address=str(only["targets"][0]),
            pid=int(labels["__meta_holdfast_pid"]),
            path=str(labels.get("__metrics_path__", "/metrics")),
        )
    except (OSError, ValueError, KeyError, IndexError, TypeError, RecursionError):
        return None


def _lives(pid: int) -> bool:
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # somebody else's process: it is there
        return True
    return True
