"""An archive that takes nothing is logged at once, again every minute, and when it is over."""

import io
import os
from pathlib import Path

import pytest

from holdfast.platform.data.backup.archive import MARKER, wal_folder
from holdfast.platform.data.backup.health import (
    LATE_S,
    REPEAT_S,
    ArchiveWatch,
    Waiting,
    waiting_in,
)
from holdfast.platform.runtime import logs
from holdfast.platform.runtime.logs import Log

NOW = 1_800_000_000.0


class Place:
    """A server's folder, its archive, a clock, and a log."""

    def __init__(self, folder: Path, words: io.StringIO) -> None:
        self.now = NOW
        self.words = words
        self.postgres = folder / "postgres"
        self.status = self.postgres / "pg_wal" / "archive_status"
        self.status.mkdir(parents=True)
        self.archive = folder / "archive"
        self.marker = wal_folder(self.archive) / MARKER
        self.marker.parent.mkdir(parents=True)
        self.marker.write_text('{"id": "x"}')
        self.watch = ArchiveWatch(self.postgres, self.archive, Log("test"), now=lambda: self.now)

    def wait(self, name: str, since: float) -> None:
        path = self.status / f"{name}.ready"
        path.touch()
        os.utime(path, (since, since))

    def look(self, after_s: float = 0.0) -> list[str]:
        """The events that one look logs."""
        self.now += after_s
        self.words.truncate(0)
        self.words.seek(0)
        self.watch.look()
        return [line.split()[3] for line in self.words.getvalue().splitlines()]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    words = io.StringIO()
    logs.configure("test", stream=words)
    return Place(tmp_path, words)


def test_an_archive_that_keeps_up_is_silent(place: Place) -> None:
    assert place.look() == []
    place.wait("1", NOW)
    assert place.look(LATE_S - 1) == []


def test_a_file_that_waits_too_long_is_told_and_told_again(place: Place) -> None:
    place.wait("1", NOW)
    assert place.look(LATE_S + 1) == ["archive_failing"]
    assert "waiting_files=1" in place.words.getvalue()
    assert place.look(REPEAT_S - 1) == []
    assert place.look(1) == ["archive_failing"]
    (place.status / "1.ready").rename(place.status / "1.done")
    assert place.look() == ["archive_caught_up"]
    assert place.look() == []


def test_an_archive_that_is_away_is_told_before_anything_waits(place: Place) -> None:
    place.marker.unlink()
    assert place.look() == ["archive_missing"]


def test_what_waits_is_counted_with_its_oldest(place: Place) -> None:
    place.wait("1", NOW - 5)
    place.wait("2", NOW - 50)
    assert waiting_in(place.postgres, lambda: NOW) == Waiting(2, 50.0)
    assert waiting_in(place.postgres, lambda: NOW).is_late
    assert waiting_in(place.archive) == Waiting(0, 0.0)
