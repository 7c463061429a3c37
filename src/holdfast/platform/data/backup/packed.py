"""The law of a packed file of the log: it unpacks to exactly one file, and its check sum agrees."""

import gzip
import os
import zlib
from collections.abc import Iterable
from pathlib import Path

from holdfast.platform.data.backup.archive import PACKED
from holdfast.platform.data.backup.segments import SEGMENT_BYTES, is_segment

PIECE_BYTES = 1024 * 1024


def is_whole(path: Path) -> bool:
    """Whether a packed file of the log is what was archived. Links are not followed."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(fd, "rb") as raw, gzip.open(raw) as file:
            count = _unpacked(file)
    except (OSError, EOFError, zlib.error):
        return False
    return count == SEGMENT_BYTES or not is_segment(path.name.removesuffix(PACKED))


def _unpacked(file: gzip.GzipFile) -> int:
    """The number of bytes in there, as far as one file of the log may have them and one piece."""
    count = 0
    while count <= SEGMENT_BYTES and (piece := file.read(PIECE_BYTES)):
        count += len(piece)
    return count


def first_damaged(folder: Path, names: Iterable[str]) -> str | None:
    """The first of the named files of an archive's folder that is there and not whole."""
    for name in names:
        path = folder / f"{name}{PACKED}"
        if path.exists() and not is_whole(path):
            return name
    return None
