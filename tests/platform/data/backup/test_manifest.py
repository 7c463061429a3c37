"""A copy is checked by its manifest, with PostgreSQL's program and without it, to the same end."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from holdfast.platform.data.backup import manifest
from holdfast.platform.data.backup.bases import Base, bases_in
from holdfast.platform.data.backup.manifest import NAME, Damaged, check, check_here, log_range
from holdfast.platform.data.backup.segments import segment_at
from holdfast.platform.data.backup.take import programs
from holdfast.platform.data.binaries import Binaries
from tests.support.backups import Stand, flip

Check = Callable[[Path], object]


@pytest.fixture(scope="module")
def base(running: Stand) -> Base:
    return bases_in(running.archive)[0]


@pytest.fixture
def copy(base: Base, tmp_path: Path) -> Path:
    return Path(shutil.copytree(base.data, tmp_path / "copy $(touch x)"))


@pytest.fixture(params=["here", "program"])
def checked(request: pytest.FixtureRequest, base: Base) -> Check:
    if request.param == "here":
        return check_here
    binaries = programs(base.receipt.major)
    return lambda folder: check(folder, binaries)


def test_a_whole_copy_passes_and_has_its_range(checked: Check, copy: Path, base: Base) -> None:
    checked(copy)
    span = log_range(copy)
    assert (span.timeline, span.start, span.stop) == (
        base.receipt.timeline,
        base.receipt.start_lsn,
        base.receipt.stop_lsn,
    )


def _flip(copy: Path) -> None:
    flip(copy / "global" / "pg_control", 20)


def _cut(copy: Path) -> None:
    (copy / "postgresql.conf").write_text("")


def _drop(copy: Path) -> None:
    (copy / "PG_VERSION").unlink()


def _add(copy: Path) -> None:
    (copy / "base" / "stranger").write_text("")


def _lie(copy: Path) -> None:
    path = copy / NAME
    path.write_bytes(path.read_bytes().replace(b'"Size": ', b'"Size":  ', 1))


def _forget(copy: Path) -> None:
    (copy / NAME).unlink()


def _half(copy: Path) -> None:
    path = copy / NAME
    path.write_bytes(path.read_bytes()[:1000])


def _no_log(copy: Path) -> None:
    span = log_range(copy)
    (copy / "pg_wal" / segment_at(span.timeline, span.start)).unlink()


@pytest.mark.parametrize("harm", [_flip, _cut, _drop, _add, _lie, _forget, _half, _no_log])
def test_every_harm_is_found(checked: Check, copy: Path, harm: Callable[[Path], None]) -> None:
    harm(copy)
    with pytest.raises(Damaged, match="damaged"):
        checked(copy)


def test_a_file_without_a_check_sum_is_damage(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifest, "_ALGORITHM", "SHA512")
    with pytest.raises(Damaged, match="no check sum"):
        check_here(copy)


def test_names_that_are_no_text_are_read(tmp_path: Path) -> None:
    assert manifest._path({"Encoded-Path": "612f62"}) == "a/b"


def test_without_the_program_the_check_is_ours(copy: Path, base: Base, tmp_path: Path) -> None:
    bare = Binaries(tmp_path, base.receipt.major, "nowhere")
    assert check(copy, bare) == "holdfast"
    assert check(copy, programs(base.receipt.major)) == "pg_verifybackup"


def test_a_program_that_hangs_is_given_up(
    copy: Path, base: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = tmp_path / "pg_verifybackup"
    slow.write_text("#!/bin/sh\nsleep 100 >/dev/null 2>&1\n")
    slow.chmod(0o755)
    monkeypatch.setattr(manifest, "CHECK_S", 0.1)
    with pytest.raises(Damaged, match="did not end"):
        check(copy, replace(programs(base.receipt.major), folder=tmp_path))
