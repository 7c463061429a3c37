"""What a guard tells of its server comes from /proc and the folder, also while it is down."""

import os
from pathlib import Path

from holdfast.platform.data.guard_figures import ServerFacts, server_source
from holdfast.platform.runtime.metrics import Page
from tests.support.metrics_page import read_metrics


def folder(tmp_path: Path, state: str = "ready") -> Path:
    (tmp_path / "pg_wal").mkdir()
    (tmp_path / "pg_wal" / "1").write_bytes(b"x" * 300)
    lines = [str(os.getpid()), "d", "1", "0", "s", "h", "k", state]
    (tmp_path / "postmaster.pid").write_text("\n".join(lines) + "\n")
    return tmp_path


def told(facts: ServerFacts) -> dict[str, float]:
    page = Page()
    server_source(facts)(page)
    return {name: value for (name, _), value in read_metrics(page.text).items()}


def test_a_server_that_serves_is_up_and_has_processes(tmp_path: Path) -> None:
    found = told(ServerFacts(folder(tmp_path), lambda: True))
    assert found["holdfast_database_up"] == 1
    assert found["holdfast_database_processes"] >= 1
    assert found["holdfast_database_memory_bytes"] > 1_000_000
    assert found["holdfast_database_cpu_seconds_total"] > 0
    assert found["holdfast_database_wal_bytes"] == 300
    assert found["holdfast_disk_free_bytes"] > 0


def test_a_server_that_starts_or_has_ended_is_not_up(tmp_path: Path) -> None:
    starting = ServerFacts(folder(tmp_path, "starting"), lambda: True)
    assert "starting" in starting.why_not()
    assert told(starting)["holdfast_database_up"] == 0
    assert "ended" in ServerFacts(tmp_path, lambda: False).why_not()


def test_a_folder_that_is_not_there_yet_has_figures_too(tmp_path: Path) -> None:
    found = told(ServerFacts(tmp_path / "new", lambda: True))
    assert found["holdfast_database_up"] == 0
    assert found["holdfast_database_wal_bytes"] == 0
