"""PostgreSQL's own folder: made whole, cleaned of what crashes left, never at a stranger's cost."""

import os
import signal
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from holdfast.errors import Mistake
from holdfast.platform.data import cluster_folder
from holdfast.platform.data.cluster_folder import (
    Interrupted,
    adopt_ownership,
    create,
    environment_of_server,
    major_of,
    ready_pid,
    stop_leftover,
)
from tests.support.installations import account_and_binaries
from tests.support.processes import is_alive


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    """A process of the user who runs PostgreSQL that has nothing to do with it."""
    account, _ = account_and_binaries(Path("/nowhere"))
    with subprocess.Popen(["/bin/sleep", "1000"], cwd="/", **account.spawn_as()) as process:
        yield process
        process.kill()


def pid_file(folder: Path, pid: int | str) -> Path:
    file = folder / "postmaster.pid"
    file.write_text(f"{pid}\n{folder}\n1700000000\n5432\n.\n\n  123 4\nready   \n")
    return file


def test_a_cluster_takes_its_name_only_when_it_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "postgres"
    account, binaries = account_and_binaries(tmp_path)
    monkeypatch.setattr(cluster_folder, "_single", lambda *_: ["/bin/false"])
    with pytest.raises(Mistake, match="false failed"):
        create(folder, binaries, account, "secret")
    assert not folder.exists()
    monkeypatch.undo()
    (tmp_path / "postgres.new" / "rest").mkdir(exist_ok=True)
    create(folder, binaries, account, "secret")
    assert major_of(folder) == binaries.major
    assert [entry.name for entry in tmp_path.iterdir()] == ["postgres"]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert folder.stat().st_uid == account.uid
    rules = (folder / "pg_hba.conf").read_text().splitlines()
    assert {line.split()[-1] for line in rules if not line.startswith("#")} == {"scram-sha-256"}


def test_a_program_that_hangs_is_a_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    account, binaries = account_and_binaries(tmp_path)
    monkeypatch.setattr(cluster_folder, "_initdb", lambda *_: ["/bin/sleep", "1000"])
    monkeypatch.setattr(cluster_folder, "INIT_S", 0.1)
    with pytest.raises(Mistake, match=r"sleep did not end within 0.1 s"):
        create(tmp_path / "postgres", binaries, account, "secret")


def test_no_folder_has_no_version_and_a_broken_one_is_a_mistake(tmp_path: Path) -> None:
    assert major_of(tmp_path) is None
    (tmp_path / "PG_VERSION").write_text("fifteen")
    with pytest.raises(Mistake, match="not a readable folder of PostgreSQL"):
        major_of(tmp_path)


def test_nothing_left_over_is_nothing_to_do(tmp_path: Path) -> None:
    assert stop_leftover(tmp_path) is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", ["", "x\n", "-\n", "0\n", "1\n", "99999999999\n", "-7 7\n"])
def test_a_broken_pid_file_is_made_harmless(tmp_path: Path, content: str) -> None:
    (tmp_path / "postmaster.pid").write_text(content)
    assert stop_leftover(tmp_path) is None


def test_a_stranger_with_the_old_pid_is_never_touched(
    tmp_path: Path, stranger: "subprocess.Popen[bytes]"
) -> None:
    file = pid_file(tmp_path, stranger.pid)
    (tmp_path / ".s.PGSQL.5432").write_text("")
    (tmp_path / ".s.PGSQL.5432.lock").write_text(f"{stranger.pid}\n")
    assert stop_leftover(tmp_path) is None
    assert is_alive(stranger.pid)
    lines = file.read_text().splitlines()
    assert lines[0] == str(os.getpid())
    assert lines[6] == "  123 4"
    assert [entry.name for entry in tmp_path.iterdir()] == ["postmaster.pid"]


def test_links_in_the_folder_are_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("12345\n")
    folder = tmp_path / "postgres"
    folder.mkdir()
    (folder / "postmaster.pid").symlink_to(victim)
    stop_leftover(folder)
    assert victim.read_text() == "12345\n"
    assert ready_pid(folder) is None


def test_a_leftover_that_does_not_end_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid_file(tmp_path, 4711)
    sent: list[int] = []
    monkeypatch.setattr(cluster_folder, "LEFTOVER_FAST_S", 0.0)
    monkeypatch.setattr(cluster_folder, "LEFTOVER_NOW_S", 0.0)
    monkeypatch.setattr(cluster_folder, "_is_postmaster", lambda *_: True)
    with monkeypatch.context() as context:
        context.setattr(os, "kill", lambda _, number: sent.append(number))
        assert stop_leftover(tmp_path) == 4711
    assert sent == [signal.SIGINT, signal.SIGQUIT, signal.SIGKILL]


def test_waiting_for_a_leftover_can_be_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid_file(tmp_path, 4711)
    monkeypatch.setattr(cluster_folder, "_is_postmaster", lambda *_: True)
    with monkeypatch.context() as context:
        context.setattr(os, "kill", lambda *_: None)
        with pytest.raises(Interrupted):
            stop_leftover(tmp_path, given_up=lambda: True)


def test_only_a_server_that_says_so_is_ready(tmp_path: Path) -> None:
    assert ready_pid(tmp_path) is None
    file = pid_file(tmp_path, 4711)
    assert ready_pid(tmp_path) == 4711
    file.write_text(file.read_text().replace("ready", "starting"))
    assert ready_pid(tmp_path) is None


def test_a_copy_made_by_root_goes_to_the_database_user(tmp_path: Path) -> None:
    folder = tmp_path / "postgres"
    (folder / "base").mkdir(parents=True)
    (folder / "base" / "1").write_text("")
    (folder / "link").symlink_to("/etc/passwd")
    account, _ = account_and_binaries(tmp_path / "elsewhere")
    adopt_ownership(folder, account)
    owners = {path.lstat().st_uid for path in (folder, *folder.rglob("*"))}
    assert owners == {account.uid}
    assert Path("/etc/passwd").stat().st_uid == 0
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_the_server_sees_nothing_of_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGDATA", "/elsewhere")
    monkeypatch.setenv("HOLDFAST_DATABASE_DSN", "secret")
    assert set(environment_of_server()) <= {"PATH", "TMPDIR", "LC_ALL", "TZ"}
