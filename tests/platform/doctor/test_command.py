"""All checks together, on settings of a test."""

import argparse
import json
import socket
from pathlib import Path
from typing import Any

import pytest

from holdfast.apps import APPS
from holdfast.cli import SECTIONS
from holdfast.platform.balancer.settings import COPY_BEAT_PORT
from holdfast.platform.doctor.command import doctor, examine
from holdfast.platform.runtime.config import Effective, set_flag
from holdfast.platform.runtime.settings import FleetSettings
from tests.support.fleet import free_offset


def settings(data: Path, *more: str) -> Effective:
    sections = {**SECTIONS, **{name: s for app in APPS for name, s in app.sections.items()}}
    texts = [f"fleet.data={data}", f"fleet.port_offset={free_offset()}", *more]
    return Effective.load(sections, flags=[set_flag(text) for text in texts])


def run(effective: Effective, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any]]:
    code = doctor(argparse.Namespace(json=True), effective, APPS)
    return code, json.loads(capsys.readouterr().out)


def test_an_empty_folder_on_a_good_machine_has_no_problem(tmp_path: Path) -> None:
    problems = [one for one in examine(settings(tmp_path), APPS) if one.standing == "problem"]
    assert problems == []


def test_a_database_that_is_down_is_a_problem(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port = sock.getsockname()[1]
    code, said = run(
        settings(tmp_path, f"database.dsn=postgresql://a:s3cret@127.0.0.1:{port}/x"), capsys
    )
    found = [one for one in said["findings"] if one["area"] == "database"]
    assert code == 1
    assert found[0]["standing"] == "problem"
    assert "s3cret" not in json.dumps(said)


def test_people_get_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = doctor(argparse.Namespace(json=False), settings(tmp_path), APPS)
    assert capsys.readouterr().out.strip().endswith("ok")
    assert code == 0


def test_the_port_of_a_further_balancer_is_looked_at(tmp_path: Path) -> None:
    effective = settings(tmp_path, "balancer.copies=2")
    port = effective.section(FleetSettings).port(COPY_BEAT_PORT)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", port))
        problems = [one.what for one in examine(effective, APPS) if one.standing == "problem"]
    assert any("heartbeats of balancer 2" in what for what in problems), problems
