"""The apps fit together: no two claim the same port, process, command, section or flag."""

from collections import Counter
from pathlib import Path

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
        + [("section", name) for app in APPS for name in [*app.sections, *SECTIONS]]
        + [("flag", s.flag) for app in APPS for s in [*app.shortcuts, *SHORTCUTS]]
        + [("udp", 8081)]  # the platform's own: heartbeats
    )
    assert [claim for claim, count in claims.items() if count > 1] == []


def test_every_shortcut_stands_for_a_setting_that_exists() -> None:
    effective = settings()
    for shortcut in [*SHORTCUTS, *(s for app in APPS for s in app.shortcuts)]:
        assert effective.origin(shortcut.key) == "default"


def test_only_the_apps_file_names_an_app() -> None:
    for path in SRC.rglob("*.py"):
        room = path.relative_to(SRC).parts[0]
        if room in ("grading", "apps.py"):
            continue
        assert "holdfast.grading" not in path.read_text(encoding="utf-8"), path
