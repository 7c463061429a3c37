"""The law of the spool: files on their way lie in the data folder, bounded, and survive a crash.

What was acknowledged of an upload is synced to the disk, so its sender goes on where it stopped.
Sizes are bounded for each file, airline and in all; what nobody goes on with is swept away. File
names are made of checked parts only. Blocking: callers run it in threads.
"""

import hashlib
import os
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CHUNK_BYTES = 256 << 10
"""Read and written at once."""
ABANDONED_S = 24 * 3600.0
"""An upload that nobody goes on with for so long is dropped."""
MAX_RATIO = 200
"""Unpacked bytes for one packed: feeds come to 10 or 20, bombs to 1000."""
RATIO_FREE_BYTES = 1 << 20
"""The ratio is not asked of files smaller than that."""
_PART, _PLAIN = ".part", ".plain"


class SpoolFull(Exception):
    """There is no room; the message says of which kind."""


class BadPacking(Exception):
    """A packed file that is not gzip, ends early, or is far larger inside."""


@dataclass(frozen=True, slots=True)
class SpoolLimits:
    """Bytes: of one file, of one airline's files, of all."""

    file: int
    airline: int
    all: int


@dataclass(frozen=True, slots=True)
class PlainFile:
    """A whole plain file in the spool, with its SHA-256."""

    path: Path
    size_bytes: int
    sha256: bytes

    def chunks(self) -> Iterator[bytes]:
        """See `FeedFile.chunks`."""
        with self.path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                yield chunk

    def drop(self) -> None:
        """The file is dealt with."""
        self.path.unlink(missing_ok=True)


class Spool:
    """Files under one folder, by airline."""

    def __init__(self, folder: Path, limits: SpoolLimits) -> None:
        self._folder = folder
        self._limits = limits

    @property
    def limits(self) -> SpoolLimits:
        return self._limits

    def offset(self, airline: str, name: str) -> int:
        """How many bytes of an upload are safe on the disk; 0 when there is none."""
        try:
            return self._part(airline, name).stat().st_size
        except FileNotFoundError:
            return 0

    def check_room(self, airline: str, more: int) -> None:
        """`SpoolFull` when so many bytes more would be too many."""
        sizes = {folder.name: _size(folder) for folder in self._folders()}
        if sizes.get(airline, 0) + more > self._limits.airline:
            raise SpoolFull(f"{airline} has {sizes.get(airline, 0)} bytes on their way already")
        if sum(sizes.values()) + more > self._limits.all:
            raise SpoolFull("too many files of all airlines are on their way")

    def open(self, airline: str, name: str, offset: int) -> "Upload":
        """Go on writing at `offset`, which is at most `offset()`; what lay behind is dropped."""
        path = self._part(airline, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(path, flags, 0o600)
        os.ftruncate(descriptor, offset)
        os.lseek(descriptor, offset, os.SEEK_SET)
        return Upload(descriptor)

    def finish(self, airline: str, name: str, *, packed: bool) -> PlainFile:
        """The whole file, unpacked if it is packed. `BadPacking` when it cannot be; then it is
        dropped."""
        part = self._part(airline, name)
        if not packed:
            digest = hashlib.sha256()
            for chunk in PlainFile(part, 0, b"").chunks():
                digest.update(chunk)
            return PlainFile(part, part.stat().st_size, digest.digest())
        try:
            return self._unpack(part)
        finally:
            part.unlink(missing_ok=True)

    def drop(self, airline: str, name: str) -> None:
        """Forget an upload."""
        self._part(airline, name).unlink(missing_ok=True)

    def sweep(self, now: float | None = None) -> int:
        """Drop what nobody goes on with; how many files. `now`: seconds since 1970."""
        before = (time.time() if now is None else now) - ABANDONED_S
        dropped = 0
        for folder in self._folders():
            for path in folder.iterdir():
                if path.stat().st_mtime < before:
                    path.unlink(missing_ok=True)
                    dropped += 1
        return dropped

    def _unpack(self, part: Path) -> PlainFile:
        packed_bytes = part.stat().st_size
        path = part.with_suffix(_PLAIN)
        digest = hashlib.sha256()
        size = 0
        try:
            with path.open("wb") as plain:
                for chunk in _unpacked(PlainFile(part, 0, b"").chunks()):
                    size += len(chunk)
                    self._check_unpacked(size, packed_bytes)
                    digest.update(chunk)
                    plain.write(chunk)
        except BadPacking:
            path.unlink(missing_ok=True)
            raise
        return PlainFile(path, size, digest.digest())

    def _check_unpacked(self, size: int, packed_bytes: int) -> None:
        if size > self._limits.file:
            raise BadPacking(f"unpacked it is larger than {self._limits.file} bytes")
        if size > RATIO_FREE_BYTES and size > packed_bytes * MAX_RATIO:
            raise BadPacking(f"unpacked it is more than {MAX_RATIO} times as large")

    def _part(self, airline: str, name: str) -> Path:
        return self._folder / airline / f"{name}{_PART}"

    def _folders(self) -> list[Path]:
        if not self._folder.is_dir():
            return []
        return [entry for entry in self._folder.iterdir() if entry.is_dir()]


class Upload:
    """An open file of the spool."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def write(self, data: bytes) -> None:
        """Append all of `data`."""
        view = memoryview(data)
        while view:
            view = view[os.write(self._descriptor, view) :]

    def close(self) -> None:
        """Sync to the disk and close."""
        try:
            os.fsync(self._descriptor)
        finally:
            os.close(self._descriptor)


def _unpacked(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """gzip -> plain, in bounded pieces; several members one after another are one file."""
    gunzip = _Gunzip()
    try:
        for chunk in chunks:
            yield from gunzip.take(chunk)
        yield from gunzip.finish()
    except zlib.error:
        raise BadPacking("it is not gzip") from None


class _Gunzip:
    """The members of a packed file, one after another."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(wbits=31)

    def take(self, packed: bytes) -> Iterator[bytes]:
        while packed:
            if self._member.eof:
                self._member = zlib.decompressobj(wbits=31)
            yield self._member.decompress(packed, CHUNK_BYTES)
            member = self._member
            packed = member.unused_data if member.eof else member.unconsumed_tail

    def finish(self) -> Iterator[bytes]:
        """What the last member still holds back; `BadPacking` when it is not at its end."""
        while not self._member.eof:
            plain = self._member.decompress(b"", CHUNK_BYTES)
            if not plain:
                raise BadPacking("the packed file ends early")
            yield plain


def _size(folder: Path) -> int:
    total = 0
    for path in folder.iterdir():
        try:
            total += path.stat().st_size
        except FileNotFoundError:
            continue
    return total
