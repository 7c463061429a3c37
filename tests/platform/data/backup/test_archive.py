"""The archive takes each file of the log once, whole, and belongs to one data folder."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from holdfast.errors import Mistake
from holdfast.platform.data.account import account_for
from holdfast.platform.data.backup import archive
from holdfast.platform.data.backup.archive import (
    FETCH,
    MARKER,
    PACKED,
    STORE,
    VARIABLE,
    archive_of,
    archived,
    is_there,
    parameters,
    prepare,
    reached,
    record_file,
    system_of,
    wal_folder,
)
from tests.support.backups import Stand

NAME = "000000010000000000000003"
HOSTILE = 'it\'s a "folder" $(touch x) `touch y` ; &\n*'


@pytest.fixture
def wal(tmp_path: Path) -> Path:
    folder = tmp_path / HOSTILE
    folder.mkdir()
    (folder / MARKER).write_text("{}")
    return folder


def run(command: str, wal: Path, at: Path, name: str = NAME) -> subprocess.CompletedProcess[str]:
    """A command as the server runs it: in its folder, its two names put in."""
    said = command.replace("%p", f"pg_wal/{name}").replace("%f", name)
    assert "%" not in said
    return subprocess.run(
        ["/bin/sh", "-c", said],
        cwd=at,
        env={"PATH": os.defpath, VARIABLE: str(wal)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Path]:
    """A folder with one file of the log; afterwards nothing strange lies about."""
    (tmp_path / "server" / "pg_wal").mkdir(parents=True)
    (tmp_path / "server" / "pg_wal" / NAME).write_bytes(b"log" * 1000)
    yield tmp_path / "server"
    assert sorted(path.name for path in (tmp_path / "server").iterdir()) == ["pg_wal"]


def test_a_file_is_stored_and_fetched_whatever_the_folder_is_called(
    wal: Path, server: Path
) -> None:
    done = run(STORE, wal, server)
    assert (done.returncode, done.stderr) == (0, "")
    (server / "pg_wal" / NAME).unlink()
    assert run(FETCH, wal, server).returncode == 0
    assert (server / "pg_wal" / NAME).read_bytes() == b"log" * 1000
    assert sorted(path.name for path in wal.iterdir()) == [f"{NAME}{PACKED}", MARKER]


def test_storing_the_same_again_is_storing_it_once(wal: Path, server: Path) -> None:
    assert run(STORE, wal, server).returncode == 0
    before = (wal / f"{NAME}{PACKED}").stat()
    assert run(STORE, wal, server).returncode == 0
    assert (wal / f"{NAME}{PACKED}").stat().st_ino == before.st_ino


def test_another_content_is_never_written_over(wal: Path, server: Path) -> None:
    assert run(STORE, wal, server).returncode == 0
    kept = (wal / f"{NAME}{PACKED}").read_bytes()
    (server / "pg_wal" / NAME).write_bytes(b"other")
    done = run(STORE, wal, server)
    assert done.returncode == 1
    assert "other content" in done.stderr
    assert (wal / f"{NAME}{PACKED}").read_bytes() == kept


def test_a_folder_without_its_marker_is_not_written_to(wal: Path, server: Path) -> None:
    (wal / MARKER).unlink()
    done = run(STORE, wal, server)
    assert done.returncode == 1
    assert "not there" in done.stderr
    assert list(wal.iterdir()) == []


def test_what_cannot_be_read_leaves_nothing_in_the_archive(wal: Path, server: Path) -> None:
    (server / "pg_wal" / NAME).unlink()
    done = run(STORE, wal, server)
    assert done.returncode == 1
    assert "cannot be archived" in done.stderr
    assert [path.name for path in wal.iterdir()] == [MARKER]


def test_a_damaged_or_missing_file_is_not_fetched(wal: Path, server: Path) -> None:
    assert run(FETCH, wal, server).returncode != 0
    (wal / f"{NAME}{PACKED}").write_bytes(b"no gzip")
    assert run(FETCH, wal, server).returncode != 0


def test_a_server_archives_in_time_and_as_its_own_user(running: Stand) -> None:
    running.write()
    name = running.settle()
    entry = archived(running.wal)[name]
    assert entry.st_uid == account_for(running.plan.folder).uid
    assert entry.st_mode & 0o777 == 0o600
    assert is_there(running.archive)
    assert archive_of(running.plan.data) == running.archive


def cluster(folder: Path, system: int = 7) -> Path:
    (folder / "postgres" / "global").mkdir(parents=True)
    (folder / "postgres" / "global" / "pg_control").write_bytes(system.to_bytes(8, "little"))
    return folder


def test_an_archive_is_made_continued_and_missed(tmp_path: Path) -> None:
    data, place = cluster(tmp_path / "data"), tmp_path / "a" / "b"
    account = account_for(data / "postgres")
    assert prepare(data, place, account) == "made"
    assert prepare(data, place, account) == "continued"
    assert json.loads((wal_folder(place) / MARKER).read_text())["system"] == "7"
    moved = place.rename(tmp_path / "moved")
    assert prepare(data, place, account) == "missing"
    assert not is_there(place)
    assert prepare(data, moved, account) == "continued"
    assert archive_of(data) == moved


def test_an_archive_of_another_folder_is_refused(tmp_path: Path) -> None:
    data, other = cluster(tmp_path / "data"), cluster(tmp_path / "other")
    account = account_for(data / "postgres")
    prepare(data, tmp_path / "archive", account)
    with pytest.raises(Mistake, match="belongs to another data folder"):
        prepare(other, tmp_path / "archive", account)
    assert archive_of(other) is None
    assert not record_file(other).exists()


@pytest.mark.parametrize(
    ("place", "said"),
    [("data/archive", "lies in the data folder"), ("full", "holds something else")],
)
def test_places_that_cannot_be_an_archive_are_told(tmp_path: Path, place: str, said: str) -> None:
    data = cluster(tmp_path / "data")
    (tmp_path / "full" / "wal").mkdir(parents=True)
    with pytest.raises(Mistake, match=said):
        prepare(data, tmp_path / place, account_for(data / "postgres"))


def test_more_mistakes_are_told(tmp_path: Path) -> None:
    data = cluster(tmp_path / "data")
    account = account_for(data / "postgres")
    with pytest.raises(Mistake, match="whole path"):
        prepare(data, Path("here"), account)
    (tmp_path / "file").write_text("")
    with pytest.raises(Mistake, match="cannot be made"):
        prepare(data, tmp_path / "file" / "archive", account)
    with pytest.raises(Mistake, match="not a readable folder"):
        system_of(tmp_path)


def test_links_in_the_archive_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text('{"id": "x"}')
    wal = wal_folder(tmp_path / "archive")
    wal.mkdir(parents=True)
    (wal / MARKER).symlink_to(tmp_path / "secret")
    (wal / f"{NAME}{PACKED}").symlink_to(tmp_path / "secret")
    assert not is_there(tmp_path / "archive")
    assert archived(wal) == {}


def test_a_folder_that_can_be_walked_to_is_named_and_another_is_handed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = account_for(tmp_path / "new")
    with reached(tmp_path / "away", account) as shelf:
        assert shelf.environment == {VARIABLE: str(tmp_path / "away")}
        assert shelf.fds == ()
    monkeypatch.setattr(archive, "hand_over", lambda *_: ("/proc/self/fd/9", (os.dup(0),)))
    monkeypatch.setattr(type(account), "can_enter", lambda *_: False)
    with reached(tmp_path, account) as shelf:
        assert shelf.environment == {VARIABLE: "/proc/self/fd/9"}
        (fd,) = shelf.fds
    with pytest.raises(OSError, match="Bad file"):
        os.fstat(fd)


def test_the_time_between_files_is_whole_seconds() -> None:
    assert parameters(0.2)["archive_timeout"] == "1"
    assert parameters(60.4)["archive_timeout"] == "60"
