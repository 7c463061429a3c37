"""The commands as people run them: what they print, and their exit codes."""

import json
from pathlib import Path

import pytest

from holdfast.cli import EXIT_MISTAKE, run
from holdfast.platform.data.backup.bases import bases_in
from tests.support.backups import Stand, flip, rows_in


@pytest.fixture(autouse=True)
def an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def words(running: Stand, *more: str) -> list[str]:
    bin_dir = f"database.bin_dir={running.plan.bin_dir}"
    return [*more, "--data", str(running.plan.data), "--set", bin_dir]


def test_a_backup_is_taken_listed_verified_kept_and_restored(
    running: Stand, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    to = ["--to", str(tmp_path / "to")]
    assert run(words(running, "backup", *to)) == 0
    assert "checked by pg_verifybackup" in capsys.readouterr().out
    assert run(words(running, "backup", *to, "--keep", "1")) == 0
    assert "removed 2" in capsys.readouterr().out
    (base,) = bases_in(tmp_path / "to")
    assert run(words(running, "backup", "list", *to, "--json")) == 0
    assert json.loads(capsys.readouterr().out)[0]["name"] == base.receipt.name
    assert run(words(running, "backup", "list", *to)) == 0
    assert base.receipt.name in capsys.readouterr().out
    assert run(words(running, "backup", "verify", *to)) == 0
    assert "1 of 1 base backups are good" in capsys.readouterr().out
    made = ["restore", "--from", str(tmp_path / "to"), "--data", str(tmp_path / "new")]
    assert run([*made, "--set", f"database.bin_dir={running.plan.bin_dir}"]) == 0
    assert "restored" in capsys.readouterr().out
    assert rows_in(tmp_path / "new", running.plan.bin_dir)[:3] == [1, 2, 3]


def test_what_is_damaged_is_an_exit_code(
    running: Stand, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    to = ["--to", str(tmp_path / "to")]
    assert run(words(running, "backup", *to)) == 0
    (base,) = bases_in(tmp_path / "to")
    flip(base.data / "global" / "pg_control", 20)
    assert run(words(running, "backup", "verify", *to)) == 1
    assert "DAMAGED" in capsys.readouterr().out
    assert run(words(running, "backup", *to, "--keep", "2")) == 1
    assert "neither counted nor removed" in capsys.readouterr().out
    assert len(bases_in(tmp_path / "to")) == 2


def test_the_archive_of_the_data_folder_is_meant_when_none_is_named(
    running: Stand, capsys: pytest.CaptureFixture[str]
) -> None:
    running.write()
    running.settle()
    assert run(words(running, "backup", "status")) == 0
    assert str(running.archive) in capsys.readouterr().out
    assert run(words(running, "backup", "status", "--json")) == 0
    assert json.loads(capsys.readouterr().out)["good"]
    assert run([*words(running, "backup", "status"), "--set", "database.archive=nowhere"]) == 1
    assert "no archive here" in capsys.readouterr().out


def test_an_empty_folder_has_no_backups(
    running: Stand, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    to = ["--to", str(tmp_path)]
    assert run(words(running, "backup", "list", *to)) == 0
    assert "no base backup" in capsys.readouterr().out
    assert run(words(running, "backup", "verify", *to)) == EXIT_MISTAKE


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["backup"], "--to"),
        (["backup", "--to", "x"], "holdfast up"),
        (["restore", "--from", "x"], "--data"),
        (["restore", "--from", "x", "--data", "new"], "no base backup in"),
    ],
)
def test_a_mistake_is_one_sentence(
    arguments: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == EXIT_MISTAKE
    assert named in capsys.readouterr().err
