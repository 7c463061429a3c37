"""The law of a pushed file's headers: what its envelope and its place in the upload are.

PURE. `X-Feed-Kind`, `-Format`, `-Mode`, `-Produced-At`, `-Sha256` (of the plain content, in hex)
must be there, `X-Feed-Records` may. `Content-Range: bytes 0-999/5000` makes a request one piece of
an upload; lengths are of what is sent, packed or not.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from holdfast.flights.domain.delivery import FORMATS, Delivery, FeedFormat, FeedKind
from holdfast.flights.entrypoints.ingest.file_names import sequence_of

_RANGE = re.compile(r"bytes ([0-9]{1,15})-([0-9]{1,15})/([0-9]{1,15})", re.ASCII)
_SHA256 = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)
_COUNT = re.compile(r"[0-9]{1,12}", re.ASCII)
_DATE_CHARS = 10
_SHOWN = 40
_YEARS = range(1970, 9999)
"""Of moments: databases take the first and the last one there is for infinite ones."""


class BadHeader(ValueError):
    """A header is missing or wrong: its name, and what it should be."""

    def __init__(self, name: str, due: str) -> None:
        super().__init__(f"{name} must be {due}")
        self.name = name


@dataclass(frozen=True, slots=True)
class Piece:
    """Which bytes of an upload a request brings: from `start` up to `end`, of `total`."""

    start: int
    end: int
    total: int

    @property
    def is_last(self) -> bool:
        return self.end == self.total


@dataclass(frozen=True, slots=True)
class Pushed:
    """The envelope of a push. `piece` None: the whole file in one request."""

    kind: FeedKind
    format: FeedFormat
    is_full: bool
    produced_at: datetime
    sha256: bytes
    records: int | None
    is_packed: bool
    piece: Piece | None

    def delivery(self, airline: str, feed: str, sequence: int, size_bytes: int) -> Delivery:
        """The envelope of the file that these headers came with."""
        return Delivery(
            airline=airline,
            feed=feed,
            kind=self.kind,
            format=self.format,
            sequence=sequence,
            produced_at=self.produced_at,
            is_full=self.is_full,
            sha256=self.sha256,
            size_bytes=size_bytes,
            declared=self.records,
        )


def pushed_of(headers: Mapping[str, str]) -> Pushed:
    """The envelope; `headers` are looked up in lower case. `BadHeader` names what is wrong."""
    kind = FeedKind(_one_of(headers, "x-feed-kind", list(FeedKind)))
    file_format = FeedFormat(_one_of(headers, "x-feed-format", list(FORMATS[kind])))
    mode = _one_of(headers, "x-feed-mode", ["full", "delta"])
    packing = headers.get("content-encoding", "identity").strip().lower()
    if packing not in ("gzip", "identity"):
        raise BadHeader("Content-Encoding", "gzip or absent")
    return Pushed(
        kind=kind,
        format=file_format,
        is_full=mode == "full",
        produced_at=_moment(headers.get("x-feed-produced-at", "")),
        sha256=bytes.fromhex(_matching(headers, "x-feed-sha256", _SHA256, "64 hexadecimal digits")),
        records=int(_matching(headers, "x-feed-records", _COUNT, "a number of records"))
        if "x-feed-records" in headers
        else None,
        is_packed=packing == "gzip",
        piece=_piece(headers.get("content-range")),
    )


def sequence_in(text: str) -> int:
    """The sequence in the address; `BadHeader` when it is none."""
    found = sequence_of(text)
    if found is None:
        raise BadHeader("the sequence", "a positive whole number")
    return found


def _piece(text: str | None) -> Piece | None:
    if text is None:
        return None
    match = _RANGE.fullmatch(text.strip())
    if match is None:
        raise BadHeader("Content-Range", "like bytes 0-999/5000")
    start, last, total = map(int, match.groups())
    if not start <= last < total:
        raise BadHeader("Content-Range", "within its total")
    return Piece(start, last + 1, total)


def _one_of(headers: Mapping[str, str], name: str, options: list[str]) -> str:
    given = headers.get(name, "").strip()
    if given not in options:
        raise BadHeader(_title(name), f"{' or '.join(options)}, not {given[:_SHOWN]!r}")
    return given


def _matching(headers: Mapping[str, str], name: str, form: "re.Pattern[str]", due: str) -> str:
    given = headers.get(name, "").strip()
    if form.fullmatch(given) is None:
        raise BadHeader(_title(name), due)
    return given


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text.strip())
        is_whole = found.utcoffset() is not None and found.year in _YEARS
    except ValueError:
        is_whole = False
    if not is_whole:
        raise BadHeader("X-Feed-Produced-At", "a moment with its offset: 2026-12-01T06:00:00Z")
    return found


def _title(name: str) -> str:
    return "-".join(part.capitalize() for part in name.split("-"))
