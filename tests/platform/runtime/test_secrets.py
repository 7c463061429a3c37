"""Keys in files: made once, private, whole."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from holdfast.errors import Mistake
from holdfast.platform.runtime.secrets import ensure_key, read_key, write_private


def test_a_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "fleet.key"
    key = ensure_key(path)
    assert len(key) == 64
    assert ensure_key(path) == key == read_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["fleet.key"]


def test_processes_that_start_together_get_the_same_key(tmp_path: Path) -> None:
    path = tmp_path / "fleet.key"
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: ensure_key(path), range(32)))
    assert len(keys) == 1


def test_two_keys_differ(tmp_path: Path) -> None:
    assert ensure_key(tmp_path / "a") != ensure_key(tmp_path / "b")


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 5000])
def test_a_file_that_is_no_key_is_a_mistake(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)
    with pytest.raises(Mistake, match="must hold 16 to 4096 bytes"):
        read_key(path)


def test_blanks_around_a_key_do_not_count(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(b"  0123456789abcdef\n")
    assert read_key(path) == b"0123456789abcdef"


def test_unreadable_and_unwritable_places_are_mistakes(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match="cannot be read"):
        read_key(tmp_path)
    with pytest.raises(FileNotFoundError):
        read_key(tmp_path / "none")
    with pytest.raises(Mistake, match="cannot be written"):
        ensure_key(tmp_path / "nowhere" / "key")


def test_a_private_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "dsn"
    write_private(path, "one")
    write_private(path, "two")
    assert path.read_text() == "two"
    write_private(path, "three", replace=False)
    assert path.read_text() == "two"
    assert [entry.name for entry in tmp_path.iterdir()] == ["dsn"]
