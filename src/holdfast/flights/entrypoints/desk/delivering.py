"""The law of `flights deliver`: an airline's file goes up by name, and goes on where it broke off.

The file's name says what an envelope says (`BA.season.7.schedule.full.ssim`). It is sent in pieces;
what was acknowledged is not sent again, and sending all of it twice changes nothing.
"""

import gzip
import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from holdfast.errors import HoldfastError, Mistake
from holdfast.flights.entrypoints.desk.api import Api, Json
from holdfast.flights.entrypoints.desk.words import plain
from holdfast.flights.entrypoints.ingest.file_names import FileName, file_name_of

PIECE_BYTES = 4 * 1024 * 1024
"""So much is sent again at most when a connection breaks."""
TRIES = 5
"""In a row without a byte more being safe."""
PAUSE_S = 1.0
"""Before the second try; then twice as long each."""
SHOWN = 10
"""Records set aside that are shown; `flights feeds` and the API tell of all."""
READ_BYTES = 1 << 20
Print = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class FeedFile:
    """A file to deliver: where it is, what its name says, its envelope."""

    path: Path
    name: FileName
    size_bytes: int
    produced_at: datetime
    sha256: str

    @property
    def address(self) -> str:
        """Where it goes."""
        number = self.name.sequence or max(1, int(self.produced_at.timestamp()))
        return f"/feeds/{self.name.airline}/{self.name.feed}/{number}"

    def headers(self, start: int, end: int) -> dict[str, str]:
        """Of the piece from `start` up to `end`."""
        told = {
            "x-feed-kind": str(self.name.kind),
            "x-feed-format": str(self.name.format),
            "x-feed-mode": "full" if self.name.is_full else "delta",
            "x-feed-produced-at": self.produced_at.isoformat(),
            "x-feed-sha256": self.sha256,
            "content-range": f"bytes {start}-{end - 1}/{self.size_bytes}",
        }
        return told | ({"content-encoding": "gzip"} if self.name.is_packed else {})


def feed_file(path: Path) -> FeedFile:
    """Look at a file; `Mistake` when its name says nothing, or it cannot be read."""
    name = file_name_of(path.name)
    if name is None:
        raise Mistake(
            f"{path.name!r} is no name of a feed's file: call it "
            "AIRLINE.FEED.SEQUENCE.KIND.full|delta.FORMAT, like BA.season.7.schedule.full.ssim "
            "(see docs/reference/feeds.md)."
        )
    try:
        known = path.stat()
        with _plain(path, name) as content:
            sha256 = _sha256(content)
    except (OSError, EOFError, gzip.BadGzipFile) as error:
        raise Mistake(plain(f"{path} cannot be read: {error}.")) from None
    if not known.st_size:
        raise Mistake(f"{path} is empty.")
    return FeedFile(
        path, name, known.st_size, datetime.fromtimestamp(int(known.st_mtime), UTC), sha256
    )


def deliver(api: Api, file: FeedFile, pause: Callable[[float], None] = time.sleep) -> Json:
    """Send the file; what became of it. A connection that breaks is no end: what is safe is asked
    for, and the rest is sent. `HoldfastError` after `TRIES` in a row that brought nothing."""
    failures, safe = 0, -1
    while True:
        try:
            start = api.get(file.address)["offset"]
            if start > safe:
                safe, failures = start, 0
            return _send_rest(api, file, start if start < file.size_bytes else 0)
        except Mistake:
            raise
        except HoldfastError:
            failures += 1
            if failures == TRIES:
                raise
            pause(PAUSE_S * 2 ** (failures - 1))


def show_delivery(file: FeedFile, outcome: Mapping[str, Json], out: Print = print) -> None:
    """Print what became of a file, and what was set aside."""
    where = f" (line {outcome['line']})" if outcome["line"] else ""
    why = f": {outcome['reason']}{where}" if outcome["reason"] else ""
    out(
        plain(
            f"{file.path.name}: {outcome['outcome']}{why}; {outcome['records']} records, "
            f"{outcome['changed']} changes, {outcome['set_aside']} set aside"
        )
    )
    for one in outcome["quarantined"][:SHOWN]:
        out(plain(f"  line {one['line']}: {one['reason']}: {one['content']}"))


def counts(outcome: Mapping[str, Json]) -> bool:
    """Whether the file's content is what counts now."""
    return outcome["outcome"] in ("accepted", "duplicate")


def _send_rest(api: Api, file: FeedFile, start: int) -> Json:
    with file.path.open("rb") as content:
        content.seek(start)
        for begin, piece in _pieces(content, start):
            headers = file.headers(begin, begin + len(piece))
            outcome = api.put(file.address, piece, headers)
    return outcome


def _pieces(content: BinaryIO, start: int) -> Iterator[tuple[int, bytes]]:
    while piece := content.read(PIECE_BYTES):
        yield start, piece
        start += len(piece)


def _plain(path: Path, name: FileName) -> "BinaryIO | gzip.GzipFile":
    return gzip.open(path) if name.is_packed else path.open("rb")


def _sha256(content: "BinaryIO | gzip.GzipFile") -> str:
    digest = hashlib.sha256()
    while block := content.read(READ_BYTES):
        digest.update(block)
    return digest.hexdigest()
