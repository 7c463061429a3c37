"""Files on their way."""

import gzip
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.flights.entrypoints.ingest import spool as module
from holdfast.flights.entrypoints.ingest.spool import (
    ABANDONED_S,
    BadPacking,
    PlainFile,
    Spool,
    SpoolFull,
    SpoolLimits,
)

LIMITS = SpoolLimits(file=4 << 20, airline=5 << 20, all=6 << 20)


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "feeds", LIMITS)


def put(spool: Spool, data: bytes, offset: int = 0, airline: str = "BA") -> None:
    upload = spool.open(airline, "ops.1", offset)
    upload.write(data)
    upload.close()


def content(file: PlainFile) -> bytes:
    return b"".join(file.chunks())


def test_an_upload_goes_on_where_it_stopped(spool: Spool) -> None:
    assert spool.offset("BA", "ops.1") == 0
    put(spool, b"hello ")
    assert spool.offset("BA", "ops.1") == 6
    put(spool, b"world", 6)
    file = spool.finish("BA", "ops.1", packed=False)
    assert content(file) == b"hello world"
    assert (file.size_bytes, file.sha256) == (11, hashlib.sha256(b"hello world").digest())
    file.drop()
    assert spool.offset("BA", "ops.1") == 0


def test_a_piece_that_is_sent_again_replaces_what_lay_behind_it(spool: Spool) -> None:
    put(spool, b"hello wrong end")
    put(spool, b"world", 6)
    assert content(spool.finish("BA", "ops.1", packed=False)) == b"hello world"


def test_a_packed_file_is_unpacked_and_the_packed_one_is_gone(spool: Spool, tmp_path: Path) -> None:
    put(spool, gzip.compress(b"hello ") + gzip.compress(b"world"))
    file = spool.finish("BA", "ops.1", packed=True)
    assert content(file) == b"hello world"
    assert [path.name for path in (tmp_path / "feeds" / "BA").iterdir()] == ["ops.1.plain"]


def bomb(size: int) -> bytes:
    return gzip.compress(bytes(size), 9)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"hello", "it is not gzip"),
        (b"", "the packed file ends early"),
        (gzip.compress(b"hello", mtime=0)[:-3], "the packed file ends early"),
        (gzip.compress(b"hello", mtime=0) + b"tail", "it is not gzip"),
        (bomb(2 << 20), "unpacked it is more than 200 times as large"),
        (gzip.compress(os.urandom(100_000) * 50), "unpacked it is larger than 4194304 bytes"),
    ],
)
def test_what_cannot_be_unpacked_leaves_nothing(
    spool: Spool, tmp_path: Path, data: bytes, reason: str
) -> None:
    put(spool, data)
    with pytest.raises(BadPacking, match=reason):
        spool.finish("BA", "ops.1", packed=True)
    assert list((tmp_path / "feeds" / "BA").iterdir()) == []


def test_a_bomb_is_never_unpacked_beyond_its_bound(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = 0

    def digest() -> object:
        class Digest:
            def update(self, chunk: bytes) -> None:
                nonlocal written
                written += len(chunk)

        return Digest()

    monkeypatch.setattr(module.hashlib, "sha256", digest)
    put(spool, bomb(1 << 27))
    with pytest.raises(BadPacking):
        spool.finish("BA", "ops.1", packed=True)
    assert written <= LIMITS.file + module.CHUNK_BYTES


def test_room_is_bounded_for_an_airline_and_for_all(spool: Spool) -> None:
    put(spool, bytes(4 << 20))
    spool.check_room("BA", 1 << 20)
    with pytest.raises(SpoolFull, match="BA has 4194304 bytes on their way already"):
        spool.check_room("BA", (1 << 20) + 1)
    spool.check_room("AA", 2 << 20)
    with pytest.raises(SpoolFull, match="too many files of all airlines"):
        spool.check_room("AA", (2 << 20) + 1)


def test_what_nobody_goes_on_with_is_swept_away(spool: Spool, tmp_path: Path) -> None:
    assert spool.sweep() == 0
    put(spool, b"x")
    made = (tmp_path / "feeds" / "BA" / "ops.1.part").stat().st_mtime
    assert spool.sweep(made + ABANDONED_S) == 0
    assert spool.sweep(made + ABANDONED_S + 1) == 1
    assert spool.offset("BA", "ops.1") == 0


def test_an_upload_can_be_forgotten(spool: Spool) -> None:
    put(spool, b"x")
    spool.drop("BA", "ops.1")
    assert spool.offset("BA", "ops.1") == 0


def test_a_link_in_the_spool_is_not_followed(spool: Spool, tmp_path: Path) -> None:
    (tmp_path / "feeds" / "BA").mkdir(parents=True)
    target = tmp_path / "elsewhere"
    target.write_bytes(b"precious")
    (tmp_path / "feeds" / "BA" / "ops.1.part").symlink_to(target)
    with pytest.raises(OSError, match="symbolic links"):
        put(spool, b"x")
    assert target.read_bytes() == b"precious"


@given(st.lists(st.binary(max_size=2000), max_size=5), st.integers(1, 700))
def test_gzip_is_unpacked_however_it_is_cut(members: list[bytes], cut: int) -> None:
    packed = b"".join(map(gzip.compress, members)) or gzip.compress(b"")

    def chunks() -> Iterator[bytes]:
        for start in range(0, len(packed), cut):
            yield packed[start : start + cut]

    assert b"".join(module._unpacked(chunks())) == b"".join(members)
