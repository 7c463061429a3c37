"""The state of the backups is told from wherever it can be seen, and every complaint is one."""

import json
from dataclasses import replace
from pathlib import Path

from holdfast.platform.data.backup.health import LATE_S, Waiting
from holdfast.platform.data.backup.status import Archiver, BackupStatus, lines, read_status
from tests.platform.data.backup.test_bases import AT, receipt
from tests.support.backups import Stand

GOOD = BackupStatus(
    folder=Path("/backup"),
    is_archive=True,
    bases=1,
    last_base=receipt(),
    log_files=2,
    log_bytes=1000,
    last_log="000000010000000000000004",
    last_log_at=AT,
    missing=None,
    waiting=Waiting(0, 0.0),
    archiver=Archiver("000000010000000000000004", AT, 0, None, None, is_failing=False),
)


def test_a_server_that_archives_is_good(running: Stand) -> None:
    running.write()
    running.settle()
    seen = read_status(running.archive, running.plan.data, running.dsn)
    assert seen.complaints == ()
    assert seen.archiver is not None
    assert seen.archiver.failures == 0
    assert seen.last_base is not None
    assert seen.last_log is not None
    assert any(line.startswith("good") for line in lines(seen))


def test_without_a_server_the_folders_are_told(running: Stand, tmp_path: Path) -> None:
    for dsn in ("", "postgresql://nobody@127.0.0.1:1/none"):
        seen = read_status(running.archive, running.plan.data, dsn)
        assert seen.archiver is None
        assert "does not answer" in "\n".join(lines(seen))
    empty = read_status(tmp_path, tmp_path, "")
    assert empty.last_base is None
    assert len(empty.complaints) == 2


def test_each_complaint_is_a_sentence() -> None:
    assert GOOD.complaints == ()
    failing = Archiver(None, None, 3, "000000010000000000000004", AT, is_failing=True)
    for changed, words in (
        (replace(GOOD, last_base=None, bases=0), "no base backup"),
        (replace(GOOD, is_archive=False), "no archive here"),
        (replace(GOOD, waiting=Waiting(2, LATE_S + 1)), "2 log files wait"),
        (replace(GOOD, archiver=failing), "fails since 2026-11-26 20:15:30 UTC"),
        (replace(GOOD, missing="x"), "hole: x is missing"),
    ):
        (complaint,) = changed.complaints
        assert words in complaint
        assert f"wrong      {complaint}" in list(lines(changed))


def test_it_is_json_for_programs() -> None:
    said = json.loads(json.dumps(GOOD.said(), default=str))
    assert said["good"] is True
    assert said["folder"] == "/backup"
    assert said["last_base"]["name"] == receipt().name
