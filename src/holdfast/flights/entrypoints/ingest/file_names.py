"""The law of file names: `BA.season.7.schedule.full.ssim` says what an envelope says.

PURE. `<airline>.<feed>.<sequence>.<kind>.<full|delta>.<ext>`, and `.gz` for a compressed file. The
sequence `latest` means: as new as the file's own date (seconds since 1970).
"""

from dataclasses import dataclass
from datetime import datetime

from holdfast.flights.domain.delivery import (
    FORMATS,
    MAX_SEQUENCE,
    Delivery,
    FeedFormat,
    FeedKind,
    is_airline,
    is_feed_name,
)

EXTENSIONS = {
    "ssim": FeedFormat.SSIM,
    "ssm": FeedFormat.SSM,
    "asm": FeedFormat.SSM,
    "xml": FeedFormat.AIDX,
    "aidx": FeedFormat.AIDX,
    "jsonl": FeedFormat.JSONL,
    "csv": FeedFormat.CSV,
}
LATEST = "latest"


@dataclass(frozen=True, slots=True, order=True)
class FileName:
    """What a name says. In the order in which files of a folder are taken. `sequence` None: as the
    file's date."""

    airline: str
    feed: str
    sequence: int | None
    kind: FeedKind
    is_full: bool
    format: FeedFormat
    is_packed: bool

    def delivery(self, produced_at: datetime, sha256: bytes, size_bytes: int) -> Delivery:
        """The envelope of a file of this name."""
        sequence = self.sequence
        return Delivery(
            airline=self.airline,
            feed=self.feed,
            kind=self.kind,
            format=self.format,
            sequence=max(1, int(produced_at.timestamp())) if sequence is None else sequence,
            produced_at=produced_at,
            is_full=self.is_full,
            sha256=sha256,
            size_bytes=size_bytes,
        )


def file_name_of(text: str) -> FileName | None:
    """What the name says; None when it is none of ours."""
    packed = text.endswith(".gz")
    parts = text.removesuffix(".gz").split(".")
    if len(parts) != 6:
        return None
    airline, feed, number, kind, mode, extension = parts
    sequence = None if number == LATEST else sequence_of(number)
    if number != LATEST and sequence is None:
        return None
    known = kind in set(FeedKind) and mode in ("full", "delta") and extension in EXTENSIONS
    if not (known and is_airline(airline) and is_feed_name(feed)):
        return None
    file_format = EXTENSIONS[extension]
    if file_format not in FORMATS[FeedKind(kind)]:
        return None
    return FileName(airline, feed, sequence, FeedKind(kind), mode == "full", file_format, packed)


def sequence_of(text: str) -> int | None:
    """A positive number that the store can keep; None when it is none."""
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(MAX_SEQUENCE))):
        return None
    return int(text) if 0 < int(text) <= MAX_SEQUENCE else None
