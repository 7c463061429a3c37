"""A restore ends with a whole new folder or with none; every reason against it is a sentence."""

import shutil
from collections import namedtuple
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from holdfast.errors import Mistake
from holdfast.platform.data.backup import bases, restore
from holdfast.platform.data.backup.bases import Base, bases_in, write_receipt
from holdfast.platform.data.backup.recovery import NotRecovered, Recovered
from holdfast.platform.data.backup.restore import Wish, chosen
from holdfast.platform.data.backup.segments import Row, name_of
from holdfast.platform.data.cluster_folder import major_of
from holdfast.platform.runtime.folder import claim_folder
from tests.platform.data.backup.test_bases import AT, put
from tests.support.backups import Stand, rows_in

Usage = namedtuple("Usage", "total used free")


@pytest.fixture(scope="module")
def base(running: Stand) -> Base:
    return bases_in(running.archive)[0]


def test_a_base_alone_is_enough_for_what_was_there_when_it_was_taken(
    running: Stand, base: Base, tmp_path: Path
) -> None:
    alone = tmp_path / "alone"
    shutil.copytree(base.folder, bases.base_folder(alone) / base.receipt.name)
    data = tmp_path / "new"
    told: list[str] = []
    wish = Wish(alone, data, bin_dir=running.plan.bin_dir)
    done = restore.restore(wish, told.append)
    assert done.tables == 1
    assert told[0].startswith("copying")
    assert rows_in(data, running.plan.bin_dir)[:3] == [1, 2, 3]
    names = {path.name for path in data.iterdir()}
    assert {"holdfast.folder", "postgres", "database.password", "backup.password"} <= names
    assert not names & {"archive.json", "restore.lock"}
    old = (running.plan.data / "database.password").read_text()
    assert (data / "database.password").read_text() != old
    claim_folder(data).release()
    assert major_of(data / "postgres") == base.receipt.major


def test_a_folder_that_exists_is_never_touched(running: Stand, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    for name in ("empty", "dangling"):
        with pytest.raises(Mistake, match="is there already"):
            running.restore(tmp_path / name)


def test_the_base_is_the_newest_that_was_complete_by_then(tmp_path: Path) -> None:
    for day in range(3):
        one = put(tmp_path, f"2026112{day}T201530Z")
        stopped = AT - timedelta(days=3 - day)
        write_receipt(one.folder, replace(one.receipt, started_at=stopped, stopped_at=stopped))
    first, second, third = bases_in(tmp_path)
    wish = Wish(tmp_path, tmp_path / "new")
    assert chosen(wish) == third
    assert chosen(replace(wish, at=second.receipt.stopped_at)) == second
    assert chosen(replace(wish, at=AT - timedelta(days=1, seconds=1))) == second
    assert chosen(replace(wish, base=first.receipt.name)) == first
    with pytest.raises(Mistake, match="2026-11-23 20:15:30 UTC is the first moment"):
        chosen(replace(wish, at=AT - timedelta(days=4)))
    with pytest.raises(Mistake, match="in the future"):
        chosen(replace(wish, at=datetime.now(UTC) + timedelta(days=3650)))
    with pytest.raises(Mistake, match="no base backup in"):
        chosen(replace(wish, folder=tmp_path / "nowhere"))


def test_a_small_disk_is_told_before_anything_is_copied(
    running: Stand, base: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(1, 1, 1_000_000))
    with pytest.raises(Mistake, match=r"too small: \d+ MB are needed, 1 MB are free"):
        running.restore(tmp_path / "new")
    assert list(tmp_path.iterdir()) == []


def test_another_version_of_postgresql_is_told(running: Stand, base: Base, tmp_path: Path) -> None:
    other = tmp_path / "other"
    place = bases.base_folder(other) / base.receipt.name
    place.mkdir(parents=True)
    write_receipt(place, replace(base.receipt, major=99))
    (place / "data" / "pg_wal").mkdir(parents=True)
    with pytest.raises(Mistake, match=r"made by PostgreSQL 99, but database\.bin_dir names"):
        restore.restore(
            Wish(other, tmp_path / "new", at=datetime.now(UTC), bin_dir=running.plan.bin_dir)
        )


def test_an_end_before_the_last_file_is_no_end(tmp_path: Path) -> None:
    wish = Wish(tmp_path, tmp_path / "new")
    row = Row(name_of(1, 5), None)
    restore._check_end(wish, row, Recovered(None, "0/5000028"))
    restore._check_end(replace(wish, at=AT), row, Recovered(None, "0/4000000"))
    restore._check_end(wish, Row(None, None), Recovered(None, ""))
    with pytest.raises(NotRecovered, match="ended at 0/4000000, before its last file"):
        restore._check_end(wish, row, Recovered(None, "0/4000000"))


def test_what_a_killed_restore_left_is_removed_and_two_do_not_meet(tmp_path: Path) -> None:
    with restore._staged(tmp_path / "new") as stage:
        (stage / "rest").mkdir()
        with pytest.raises(Mistake, match="under way"), restore._staged(tmp_path / "new"):
            pass
    assert list(tmp_path.iterdir()) == []
    stage.mkdir()
    (stage / "rest").mkdir()
    (stage / "file").write_text("")
    with restore._staged(tmp_path / "new") as again:
        assert [path.name for path in again.iterdir()] == [restore.LOCK]
    (tmp_path / "file").write_text("")
    with pytest.raises(Mistake, match="cannot be made"), restore._staged(tmp_path / "file" / "x"):
        pass


def test_a_folder_that_came_meanwhile_is_left_alone(tmp_path: Path) -> None:
    with restore._staged(tmp_path / "new") as stage:
        (tmp_path / "new").mkdir()
        with pytest.raises(Mistake, match="meanwhile"):
            restore._name(stage, tmp_path / "new")
    assert list((tmp_path / "new").iterdir()) == []
