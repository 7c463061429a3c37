"""The law between a process and whoever started it: two inherited pipes, nothing else.

The *gate* (HOLDFAST_READY_FD): the child writes one JSON line, `{"ready": {name: address}}` or
`{"mistake": "..."}`, and closes it. The *lifeline* (HOLDFAST_PARENT_FD): its other end is held by
the parent alone and nothing is ever written; end of file means that the parent is gone, however it
died. Both are absent when a person started the process. No asyncio here: small guards use it too.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass

READY_VARIABLE = "HOLDFAST_READY_FD"
PARENT_VARIABLE = "HOLDFAST_PARENT_FD"
GENERATION_VARIABLE = "HOLDFAST_GENERATION"
"""Which one in a row of processes that took over from each other: a whole number from 2 on."""
MAX_ANNOUNCEMENT_BYTES = 4096
"""An announcement is written in one piece, which pipes keep whole up to this size."""


@dataclass(frozen=True, slots=True)
class Ready:
    """The child serves; `addresses` are its listening addresses by name, as host:port."""

    addresses: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Refused:
    """The child will not start: a user's mistake, in one sentence."""

    mistake: str


def announce_ready(addresses: Mapping[str, str] | None = None) -> None:
    """Tell the parent that everything is open; does nothing without a parent or a second time."""
    _announce({"ready": dict(addresses or {})})


def announce_mistake(sentence: str) -> bool:
    """Tell the parent the user's mistake; False when nobody listens: then print it."""
    return _announce({"mistake": sentence[:1000]})


def parent_fd() -> int | None:
    """The lifeline: readable (at its end) when the parent is gone; None without a parent."""
    return _inherited(PARENT_VARIABLE)


def parse_announcement(line: bytes) -> Ready | Refused | None:
    """What a child said; None when it said nothing that is understood."""
    try:
        said = json.loads(line)
    except ValueError:
        return None
    match said:
        case {"ready": dict(addresses)}:
            return Ready({str(name): str(address) for name, address in addresses.items()})
        case {"mistake": str(sentence)}:
            return Refused(sentence)
        case _:
            return None


def _announce(said: Mapping[str, object]) -> bool:
    fd = _inherited(READY_VARIABLE)
    if fd is None:
        return False
    os.environ.pop(READY_VARIABLE)
    line = json.dumps(said).encode() + b"\n"
    try:
        if len(line) > MAX_ANNOUNCEMENT_BYTES:
            raise ValueError("an announcement has to fit into one write")
        os.write(fd, line)
    except BrokenPipeError:
        return False
    finally:
        os.close(fd)
    return True


def _inherited(variable: str) -> int | None:
    text = os.environ.get(variable, "")
    if not text.isdigit():
        return None
    try:
        os.set_inheritable(int(text), False)
    except OSError:  # the variable outlived its pipe, as in a shell started from a child
        return None
    return int(text)
