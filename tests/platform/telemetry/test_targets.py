"""Each process notes its port; what a dead process left is not believed."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from holdfast.errors import Mistake
from holdfast.platform.telemetry.targets import (
    FOLDER,
    Target,
    discovery,
    note,
    targets_in,
    withdraw,
)

ME = Target("node-1", "node", "127.0.0.1:9000", os.getpid())


def test_a_noted_process_is_found_until_it_withdraws(tmp_path: Path) -> None:
    path = note(tmp_path, ME)
    assert targets_in(tmp_path) == [ME]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    withdraw(path)
    assert targets_in(tmp_path) == []


def test_a_file_of_a_process_that_is_gone_is_not_believed(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    note(tmp_path, Target("node-2", "node", "127.0.0.1:9001", gone.pid))
    assert targets_in(tmp_path) == []


def test_an_old_process_does_not_take_its_successors_file_away(tmp_path: Path) -> None:
    path = note(tmp_path, Target("balancer", "balancer", "127.0.0.1:1", os.getppid()))
    withdraw(path)
    assert path.exists()


@pytest.mark.parametrize("text", ["", "{}", "[]", "[{}]", '[{"labels": 3}]', "\0", "[" * 9000])
def test_a_file_that_is_none_of_ours_is_passed_over(tmp_path: Path, text: str) -> None:
    note(tmp_path, ME)
    (tmp_path / FOLDER / "strange.json").write_text(text)
    assert targets_in(tmp_path) == [ME]


def test_a_folder_without_processes_has_no_targets(tmp_path: Path) -> None:
    assert targets_in(tmp_path / "nowhere") == []


def test_the_page_has_the_form_of_discovery_by_http(tmp_path: Path) -> None:
    (only,) = json.loads(discovery([ME]))
    assert only["targets"] == ["127.0.0.1:9000"]
    assert only["labels"]["process"] == "node-1"
    assert only["labels"]["kind"] == "node"


def test_a_name_that_would_lead_elsewhere_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match="process_name"):
        note(tmp_path, Target("../x", "node", "127.0.0.1:1", 1))
