"""Recovery is PostgreSQL's; what it says of itself is read from its log."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from holdfast.platform.data.account import account_for
from holdfast.platform.data.backup import recovery
from holdfast.platform.data.backup.recovery import (
    NotRecovered,
    RecoveryPlan,
    recover,
    recovery_parameters,
)
from holdfast.platform.data.binaries import Binaries, find_binaries
from tests.support.backups import Stand

LOG = """\
2026-11-26 20:00:00.000 UTC [1] LOG:  redo done at 0/4000000
2026-11-26 20:00:00.000 UTC [1] LOG:  last completed transaction was at log time 2026-11-26 19:59:58.5+00
2026-11-26 20:00:00.000 UTC [1] FATAL:  recovery ended before configured recovery target was reached
2026-11-26 20:00:00.100 UTC [2] LOG:  database system is shut down
"""  # noqa: E501


def test_the_log_is_read_for_the_reason_and_the_last_transaction() -> None:
    lines = LOG.splitlines()
    assert recovery._reason(lines) == recovery.NOT_REACHED
    assert recovery._last(lines) == datetime(2026, 11, 26, 19, 59, 58, 500_000, UTC)
    assert recovery._reason([]) == "it said nothing"
    assert recovery._reason(["words"]) == "words"
    assert recovery._last(["last completed transaction was at log time yesterday"]) is None


def test_the_end_of_a_timeline_is_read_from_its_history(tmp_path: Path) -> None:
    (tmp_path / "pg_wal").mkdir()
    assert recovery._end_of_timeline(tmp_path) == ""
    (tmp_path / "pg_wal" / "00000002.history").write_text("1\t0/3000000\tx\n")
    (tmp_path / "pg_wal" / "00000003.history").write_text("\n# c\n1\t0/3000000\tx\n2\t0/5A\ty\n")
    assert recovery._end_of_timeline(tmp_path) == "0/5A"


def test_a_moment_is_told_in_utc_and_nothing_is_archived() -> None:
    at = datetime.fromisoformat("2026-11-26 21:15:30.25+01:00")
    said = recovery_parameters(at, 15)
    assert said["recovery_target_time"] == "2026-11-26 20:15:30.250000+00"
    assert said["recovery_target_inclusive"] == "on"
    assert said["archive_mode"] == "off"
    assert said["listen_addresses"] == ""
    assert "recovery_target_time" not in recovery_parameters(None, 18)


def fake(folder: Path, script: str) -> Binaries:
    (folder / "postgres").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "postgres").chmod(0o755)
    folder.chmod(0o755)
    return Binaries(folder, 15, "test")


def plan(tmp_path: Path) -> RecoveryPlan:
    postgres = tmp_path / "data"
    postgres.mkdir()
    return RecoveryPlan(postgres, tmp_path / "log", tmp_path / "wal", None)


def test_a_server_that_ends_is_told_with_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wish = plan(tmp_path)
    account = account_for(wish.postgres)
    argv = ["/bin/sh", "-c", "echo 'x FATAL:  no space left'; exit 1"]
    with wish.log.open("wb") as log:
        process = subprocess.Popen(argv, stdout=log)
    monkeypatch.setattr(recovery, "_spawn", lambda *_: process)
    with pytest.raises(NotRecovered, match="no space left") as told:
        recover(wish, fake(tmp_path, ""), account, lambda _: None)
    assert told.value.last is None
    assert (wish.postgres / "recovery.signal").exists()


def test_a_server_that_does_not_get_ready_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wish = plan(tmp_path)
    process = subprocess.Popen(["/bin/sleep", "1000"])
    monkeypatch.setattr(recovery, "_spawn", lambda *_: process)
    monkeypatch.setattr(recovery, "RECOVERY_S", 0.1)
    monkeypatch.setattr(recovery, "TELL_S", 0.01)
    monkeypatch.setattr(recovery, "SHUTDOWN_S", 1.0)  # who was started with `&` ignores SIGINT
    told: list[str] = []
    with pytest.raises(NotRecovered, match="not ready within"):
        recover(wish, fake(tmp_path, ""), account_for(wish.postgres), told.append)
    assert process.poll() is not None
    assert told


def test_a_folder_without_a_base_is_not_recovered(running: Stand, tmp_path: Path) -> None:
    wish = plan(tmp_path)
    account = account_for(running.plan.folder)
    account.own(wish.postgres)
    wish.postgres.chmod(0o700)
    binaries = find_binaries(account, bin_dir=running.plan.bin_dir)
    with pytest.raises(NotRecovered):
        recover(wish, binaries, account, lambda _: None)
