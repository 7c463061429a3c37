"""Which start of a node this is: a number that grows, also when the wall clock was set back.

The wall clock in nanoseconds is the number; the highest one that was used is remembered in a file
beside the fleet's key, and the next is higher. Where nothing can be remembered (a container without
a volume, a disk that is full) the clock alone decides, as it would without the file.
"""

import time
from pathlib import Path

from holdfast.errors import Mistake
from holdfast.platform.runtime.logs import Log
from holdfast.platform.runtime.secrets import write_private

FOLDER = "incarnations"
MAX_DIGITS = 19
"""Nanoseconds have so many until the year 2286; anything longer is no memory."""
HIGHEST = 2**63 - 2**32
"""A beat carries no more than 2**63 - 1; what is remembered must leave room for more starts."""

_log = Log("beacon")


def next_incarnation(data: Path, node: str) -> int:
    """Higher than any before it that was asked for with this data folder and node's name."""
    path = data / FOLDER / f"{node}.txt"
    number = max(time.time_ns(), _last(path) + 1)
    try:
        path.parent.mkdir(exist_ok=True)
        write_private(path, f"{number}\n")
    except (OSError, Mistake) as error:
        _log.info("incarnation_not_remembered", why=error)
    return number


def _last(path: Path) -> int:
    try:
        with path.open("rb") as file:
            text = file.read(MAX_DIGITS + 2).strip()
    except OSError:
        return 0
    number = int(text) if text.isdigit() and len(text) <= MAX_DIGITS else 0
    return number if number <= HIGHEST else 0
