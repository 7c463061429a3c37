"""The apps fit together: no two claim the same port, process, command, section or flag; and each
stands without the other."""

import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from holdfast.apps import APPS
from holdfast.cli import SECTIONS, SHORTCUTS
from holdfast.platform.runtime.config import Effective

SRC = Path(__file__).resolve().parent.parent / "src" / "holdfast"


def settings() -> Effective:
    sections = {**SECTIONS, **{name: s for app in APPS for name, s in app.sections.items()}}
    return Effective.load(sections)


def test_nothing_is_claimed_twice() -> None:
    effective = settings()
    claims = Counter(
        [(each.transport, each.port) for app in APPS for each in app.listeners(effective)]
        + [("process", process.name) for app in APPS for process in app.processes]
        + [("command", command.name) for app in APPS for command in app.commands]
        + [("section", name) for app in APPS for name in app.sections]
        + [("section", name) for name in SECTIONS]
        + [("flag", s.flag) for app in APPS for s in app.shortcuts]
        + [("flag", s.flag) for s in SHORTCUTS]
        + [("udp", 8081)]  # the platform's own: heartbeats
    )
    assert [claim for claim, count in claims.items() if count > 1] == []


def test_every_shortcut_stands_for_a_setting_that_exists() -> None:
    effective = settings()
    for shortcut in [*SHORTCUTS, *(s for app in APPS for s in app.shortcuts)]:
        assert effective.origin(shortcut.key) == "default"


def test_only_the_apps_file_names_an_app() -> None:
    names = {app.name for app in APPS}
    for path in SRC.rglob("*.py"):
        room = path.relative_to(SRC).parts[0]
        for name in names - {room}:
            if room != "apps.py":
                assert f"holdfast.{name}" not in path.read_text(encoding="utf-8"), path


def without(name: str, folder: Path) -> Path:
    """A copy of the source in which an app's folder and its lines in apps.py are not there."""
    copy = folder / "holdfast"
    leave_out = shutil.ignore_patterns("__pycache__", name)
    shutil.copytree(SRC, copy, ignore=leave_out)
    apps = copy / "apps.py"
    lines = apps.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if name.upper() not in line]
    assert len(lines) - len(kept) == 2, "an app is one import and one entry"
    apps.write_text("".join(kept), encoding="utf-8")
    return folder


@pytest.mark.parametrize("gone", [app.name for app in APPS])
def test_each_app_runs_where_the_other_was_removed(gone: str, tmp_path: Path) -> None:
    source = without(gone, tmp_path / "src")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("HOLDFAST_")}
    for words in (["--help"], ["config"], ["up", "--help"], ["run", "--help"]):
        ran = subprocess.run(
            [sys.executable, "-m", "holdfast", *words],
            capture_output=True,
            text=True,
            timeout=60,
            cwd=tmp_path,
            env={**environment, "PYTHONPATH": str(source)},
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        said = ran.stdout
        if words == ["config"]:
            sections = {line.split(".")[0] for line in said.splitlines()}
            for app in APPS:
                assert (set(app.sections) <= sections) == (app.name != gone)
