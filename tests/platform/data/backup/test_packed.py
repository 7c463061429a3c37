"""A packed file of the log is whole, or it is damaged: cut, flipped, too long, too short."""

import gzip
from pathlib import Path

import pytest

from holdfast.platform.data.backup.packed import first_damaged, is_whole
from holdfast.platform.data.backup.segments import SEGMENT_BYTES, name_of
from tests.support.backups import flip


def packed(folder: Path, number: int, content: bytes) -> Path:
    path = folder / f"{name_of(1, number)}.gz"
    path.write_bytes(gzip.compress(content, 1))
    return path


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return packed(tmp_path, 1, bytes(range(256)) * (SEGMENT_BYTES // 256))


def test_a_file_that_unpacks_to_its_size_is_whole(good: Path) -> None:
    assert is_whole(good)


@pytest.mark.parametrize("kept", [0, 1, 10, 1000, -1])
def test_a_cut_file_is_damaged(good: Path, kept: int) -> None:
    good.write_bytes(good.read_bytes()[:kept])
    assert not is_whole(good)


@pytest.mark.parametrize("offset", [0, 30, -5, -1])
def test_a_flipped_bit_is_found(good: Path, offset: int) -> None:
    flip(good, offset % good.stat().st_size)
    assert not is_whole(good)


@pytest.mark.parametrize("size", [SEGMENT_BYTES - 1, SEGMENT_BYTES + 1])
def test_another_size_is_damaged(tmp_path: Path, size: int) -> None:
    assert not is_whole(packed(tmp_path, 2, b"x" * size))


def test_other_files_may_be_of_any_size(tmp_path: Path) -> None:
    path = tmp_path / "00000002.history.gz"
    path.write_bytes(gzip.compress(b"1\t0/3000000\tno reason"))
    assert is_whole(path)


def test_links_are_not_followed(good: Path) -> None:
    link = good.with_name(f"{name_of(1, 9)}.gz")
    link.symlink_to(good)
    assert not is_whole(link)


def test_the_first_damaged_one_is_named_and_missing_ones_are_passed_over(good: Path) -> None:
    packed(good.parent, 3, b"short")
    packed(good.parent, 4, b"short")
    names = [name_of(1, number) for number in range(1, 5)]
    assert first_damaged(good.parent, names) == name_of(1, 3)
    assert first_damaged(good.parent, names[:2]) is None
