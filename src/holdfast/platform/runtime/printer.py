"""The law of the children's log lines: they reach stderr in order, and nobody waits for a terminal.

A terminal that is held (Ctrl-S) or a pipe that nobody reads would stop the supervisor, and through
full pipes its children. So a thread writes, from a bounded queue; what does not fit is counted.
"""

import asyncio
import queue
import sys
import threading
from collections.abc import AsyncIterator
from typing import Protocol, TextIO

MAX_WAITING_LINES = 10_000
"""About a second of the loudest useful log; more is dropped and counted."""
MAX_LINE_BYTES = 16_384
"""A longer line is broken: what prints it is not a log."""
FLUSH_S = 2.0
"""At the end, the lines that wait get so long."""
_CHUNK_BYTES = 65_536


class Show(Protocol):
    """Takes one line of the named child."""

    def __call__(self, name: str, line: str) -> None: ...


class Printer:
    """A thread that writes lines to a stream, stderr unless told otherwise."""

    def __init__(self, stream: TextIO | None = None, capacity: int = MAX_WAITING_LINES) -> None:
        self._stream = stream
        self._lines: queue.Queue[str | None] = queue.Queue(capacity)
        self._dropped = 0
        self._thread = threading.Thread(target=self._write, name="log printer", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def stop(self) -> None:
        """Write what waits, for a bounded time."""
        try:
            self._lines.put(None, timeout=FLUSH_S)
        except queue.Full:
            return
        self._thread.join(FLUSH_S)

    def put_prefixed(self, name: str, line: str) -> None:
        """A line that begins with the child's name."""
        self._put(f"{name:<11} | {line}")

    def put_plain(self, name: str, line: str) -> None:
        """A line as it is."""
        self._put(line)

    def _put(self, line: str) -> None:
        try:
            self._lines.put_nowait(line)
        except queue.Full:
            self._dropped += 1

    def _write(self) -> None:
        while (line := self._lines.get()) is not None:
            stream = self._stream or sys.stderr
            dropped, self._dropped = self._dropped, 0
            try:
                if dropped:
                    stream.write(f"({dropped} log lines were dropped: nobody read them)\n")
                stream.write(line + "\n")
                if self._lines.empty():
                    stream.flush()
            except (OSError, ValueError):  # nobody reads us any more
                continue


async def lines_of(stream: asyncio.StreamReader) -> AsyncIterator[str]:
    """The lines of a byte stream, printable; endless ones in pieces, a last one without end too."""
    waiting = b""
    while chunk := await stream.read(_CHUNK_BYTES):
        *whole, waiting = (waiting + chunk).split(b"\n")
        for line in whole:
            yield _printable(line)
        while len(waiting) > MAX_LINE_BYTES:
            yield _printable(waiting[:MAX_LINE_BYTES])
            waiting = waiting[MAX_LINE_BYTES:]
    if waiting:
        yield _printable(waiting)


def _printable(line: bytes) -> str:
    text = line.decode(errors="backslashreplace").rstrip("\r")
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\t" else repr(c)[1:-1] for c in text)
