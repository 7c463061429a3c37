"""The words of the commands: a task may be left out, moments and numbers are checked."""

from argparse import ArgumentTypeError
from datetime import UTC, datetime

import pytest

from holdfast.cli import EXIT_MISTAKE, run
from holdfast.platform.data.backup.commands import BACKUP, RESTORE, moment


@pytest.mark.parametrize(
    "text",
    ["2026-11-26 20:15:30", "2026-11-26T20:15:30Z", " 2026-11-26 21:15:30+01:00 "],
)
def test_a_moment_is_in_utc_unless_it_says_otherwise(text: str) -> None:
    assert moment(text) == datetime(2026, 11, 26, 20, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "soon", "20:15", "26.11.2026 20:15", "2026-13-01"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match="no moment"):
        moment(text)


@pytest.mark.parametrize("keep", ["0", "-1", "x", "1.5", "100001"])
def test_at_least_one_is_kept(keep: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        run(["backup", "--keep", keep])
    assert left.value.code == EXIT_MISTAKE
    assert "--keep" in capsys.readouterr().err


def test_backup_has_its_tasks_and_needs_none() -> None:
    assert not BACKUP.needs_task
    assert [task.name for task in BACKUP.tasks] == ["list", "status", "verify"]
    assert RESTORE.tasks == ()
