"""A file that somebody names is read within its limit, or what is wrong is said in a sentence."""

from pathlib import Path

import pytest

from holdfast.errors import Mistake
from holdfast.platform.runtime.given_file import read_given


def fault(path: Path, most_bytes: int) -> str:
    with pytest.raises(Mistake) as caught:
        read_given(path, most_bytes, "The list", "Get a shorter one.")
    return str(caught.value)


def test_a_file_within_the_limit_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_bytes(b"\x00\xff12")
    assert read_given(path, 4, "The list") == b"\x00\xff12"


def test_what_is_too_large_is_told_with_the_limit_and_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_bytes(b"12345")
    assert fault(path, 4) == "The list is larger than 4 bytes. Get a shorter one."
    path.write_bytes(bytes((1 << 20) + 1))
    assert fault(path, 1 << 20) == "The list is larger than 1 MiB. Get a shorter one."
    with pytest.raises(Mistake, match=r"is larger than 9 bytes\.$"):
        read_given(path, 9, "The list")


def test_what_is_no_file_is_told_with_the_reason(tmp_path: Path) -> None:
    assert fault(tmp_path / "nothing", 4) == "The list cannot be read: No such file or directory."
    assert fault(tmp_path, 4) == "The list cannot be read: Is a directory."
