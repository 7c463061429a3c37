"""The access log: one line for each connection and flow that is over, and the loop never waits.

The loop only remembers what ended; a thread makes lines of it and writes them, a batch at a time.
When the disk or whoever reads a pipe is slower than the clients, a bounded number of ends waits and
the rest is dropped and counted. The lines have the form of all other log lines, the event
`connection` or `flow`, and hold clients' addresses: a file is made for its owner only.
"""

import os
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Protocol

from holdfast.errors import Mistake
from holdfast.platform.balancer.proxy_protocol import Header, parse, trace_of
from holdfast.platform.runtime.logs import Format, line_of

MAX_WAITING = 16_384
"""Ends that wait to be written: some seconds of a storm, and about 5 MB."""
FLUSH_EVERY_S = 0.25
"""How often the thread is woken: the fewer times, the less it takes from the relay."""
WRITE_BYTES = 4_096
"""Whole lines up to this size are written at once: pipes do not mix them with others' lines."""
CLOSE_S = 1.0
"""How long the last lines may take when the balancer ends."""
STDERR = "-"


@dataclass(frozen=True, slots=True)
class Ended:
    """A connection or flow that is over. `header`: the PROXY header its node got, if any; `client`
    is what is known of the client without one. `at`: seconds since 1970. Bytes are -1 where nobody
    counted them: what the client sent, and what the node sent."""

    at: float
    kind: str
    listener: str
    node: str
    how: str
    lasted_s: float
    header: bytes
    client: str
    client_bytes: int = -1
    node_bytes: int = -1

    def values(self) -> Mapping[str, object]:
        """What the line says."""
        header = parse(self.header)
        relayed = header if isinstance(header, Header) else None
        said: dict[str, object] = {
            "client": "{}:{}".format(*relayed.source) if relayed else self.client,
            "listener": self.listener,
            "node": self.node or "none",
            "end": self.how,
            "lasted_s": round(self.lasted_s, 4),
        }
        if self.client_bytes >= 0:
            said |= {"client_bytes": self.client_bytes, "node_bytes": self.node_bytes}
        trace = trace_of(relayed.tlvs) if relayed else ""
        return said | ({"trace": trace} if trace else {})


class Noted(Protocol):
    """What a line is made of; `kind` is its event, `at` seconds since 1970."""

    @property
    def at(self) -> float: ...

    @property
    def kind(self) -> str: ...

    def values(self) -> Mapping[str, object]:
        """What the line says."""


class AccessLog:
    """Takes ends from the loop, writes lines from a thread of its own."""

    def __init__(self, target: str, process: str, form: Format) -> None:
        """`target`: a file's path, or `-` for standard error. `Mistake` when it cannot be had."""
        self.target = target
        self._fd = _open(target)
        self._process, self._form = process, form
        self._waiting: list[Noted] = []
        self._batches: SimpleQueue[list[Noted] | None] = SimpleQueue()
        self._busy = threading.Event()
        self._dropped = 0
        self._unwritten = 0
        self._thread = threading.Thread(target=self._run, name="access log", daemon=True)
        self._thread.start()

    @property
    def dropped(self) -> int:
        """Lines that were never written."""
        return self._dropped + self._unwritten

    def note(self, ended: Noted) -> None:
        """Remember an end; costs the loop nothing but memory."""
        if len(self._waiting) < MAX_WAITING:
            self._waiting.append(ended)
        else:
            self._dropped += 1

    def flush(self) -> None:
        """Hand over what waits, unless the thread still writes. Call it every `FLUSH_EVERY_S`."""
        if self._waiting and not self._busy.is_set():
            self._busy.set()
            batch, self._waiting = self._waiting, []
            self._batches.put(batch)

    def close(self, within_s: float = CLOSE_S) -> None:
        """Write what waits and end; what takes longer is given up."""
        self._batches.put(self._waiting)
        self._waiting = []
        self._batches.put(None)
        self._thread.join(within_s)

    def _run(self) -> None:
        while (batch := self._batches.get()) is not None:
            try:
                self._write(batch)
            except OSError:  # the disk is full, or the reader has gone
                self._unwritten += len(batch)
            self._busy.clear()
        os.close(self._fd)

    def _write(self, batch: list[Noted]) -> None:
        text = b""
        for ended in batch:
            line = line_of(self._process, self._form, ended.at, ended.kind, ended.values())
            raw = line.encode() + b"\n"
            if text and len(text) + len(raw) > WRITE_BYTES:
                _write_all(self._fd, text)
                text = b""
            text += raw
        _write_all(self._fd, text)


def now() -> float:
    """The time that lines bear."""
    return time.time()


def _open(target: str) -> int:
    if target == STDERR:
        return os.dup(2)
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        # Not to wait for the reader of a pipe; from then on the thread may wait.
        fd = os.open(Path(target), flags | os.O_NONBLOCK, 0o600)
        os.set_blocking(fd, True)
    except OSError as error:
        raise Mistake(
            f"balancer.access_log: the file {target} cannot be written: {error.strerror}."
        ) from None
    return fd


def _write_all(fd: int, text: bytes) -> None:
    while text:
        text = text[os.write(fd, text) :]
