"""docs/reference/doctor.md, held by the command itself on broken machines."""

import json
import os
import socket
from pathlib import Path
from typing import Any

import pytest

from tests.support.fleet import Fleet, fleet, free_offset, holdfast


def doctor(folder: Path, *words: str) -> tuple[int, dict[str, Any]]:
    done = holdfast("doctor", "--json", *words, folder=folder)
    assert done.stderr == ""
    return done.returncode, json.loads(done.stdout)


def of(said: dict[str, Any], area: str) -> list[dict[str, Any]]:
    return [one for one in said["findings"] if one["area"] == area]


def test_a_taken_port_is_told_with_who_took_it(tmp_path: Path) -> None:
    offset = free_offset()
    with socket.create_server(("127.0.0.1", 8000 + offset)):
        code, said = doctor(tmp_path, "--data", "data", "--port-offset", str(offset))
    (found,) = of(said, "ports")
    assert code == 1
    assert f"TCP {8000 + offset} (results)" in found["what"]
    assert str(os.getpid()) in found["what"]
    assert "--port-offset" in found["todo"]


def test_a_folder_of_other_things_and_one_that_cannot_be_written_are_told(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("x")
    offset = str(free_offset())
    code, said = doctor(tmp_path, "--data", str(tmp_path), "--port-offset", offset)
    assert code == 1
    assert "holds other things" in of(said, "data")[0]["what"]
    code, said = doctor(tmp_path, "--data", "/proc/holdfast", "--port-offset", offset)
    assert code == 1
    assert "cannot be written" in of(said, "data")[0]["what"]


def test_a_secret_that_others_may_read_is_told(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "holdfast.folder").write_text("This folder belongs to Holdfast. Layout 1.\n")
    (data / "admin.token").write_text("x" * 64)
    (data / "admin.token").chmod(0o644)
    code, said = doctor(tmp_path, "--data", "data", "--port-offset", str(free_offset()))
    assert code == 1
    assert "admin.token" in of(said, "secrets")[0]["what"]
    assert "x" * 64 not in json.dumps(said)


@pytest.mark.processes
def test_a_running_fleet_is_well_and_a_stopped_balancer_is_not(tmp_path: Path) -> None:
    with fleet(tmp_path / "data", nodes=1) as running:
        code, said = examine(running)
        assert code == 0, said
        assert "answers" in of(said, "database")[0]["what"]
        assert "ours" in of(said, "ports")[0]["what"]
        # Another offset: the same folder is in use, and nobody listens where it says.
        code, said = doctor(
            running.data.parent, "--data", "data", "--port-offset", str(free_offset())
        )
        assert code == 1
        assert "Nobody listens" in of(said, "ports")[0]["what"]


def examine(running: Fleet) -> tuple[int, dict[str, Any]]:
    words = ("--data", str(running.data), "--port-offset", str(running.offset))
    return doctor(running.data.parent, *words)
