"""Incarnations grow, whatever the wall clock does and whatever became of the file."""

import time
from pathlib import Path

import pytest

from holdfast.platform.membership.beacon import Identity
from holdfast.platform.membership.incarnations import FOLDER, HIGHEST, next_incarnation


def test_the_clock_is_the_first_incarnation(tmp_path: Path) -> None:
    before = time.time_ns()
    assert before <= next_incarnation(tmp_path, "a") <= time.time_ns()


def test_a_clock_that_was_set_back_makes_no_former_life(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Identity.fresh("a", tmp_path).incarnation
    monkeypatch.setattr(time, "time_ns", lambda: first - 10**12)
    second = Identity.fresh("a", tmp_path).incarnation
    assert second == first + 1
    assert Identity.fresh("a", tmp_path).incarnation == second + 1
    assert Identity.fresh("b", tmp_path).incarnation < first, "each node has its own"


@pytest.mark.parametrize(
    "text", [b"", b"-5", b"soon", b"9" * 19, b"9" * 500, b"\xff\xfe", b"1\n2", b"\xc2\xb2"]
)
def test_a_memory_that_makes_no_sense_is_none(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / FOLDER / "a.txt"
    path.parent.mkdir()
    path.write_bytes(text)
    before = time.time_ns()
    assert before <= next_incarnation(tmp_path, "a") <= HIGHEST
    assert int(path.read_text()) >= before, "and it is made good"


def test_where_nothing_can_be_remembered_the_clock_decides(tmp_path: Path) -> None:
    nowhere = tmp_path / "no" / "folder"
    before = time.time_ns()
    assert next_incarnation(nowhere, "a") >= before
    assert not nowhere.exists()
