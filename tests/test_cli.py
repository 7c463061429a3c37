"""The command line parses, composes and explains; a mistake is one sentence and exit code 2."""

import socket
from pathlib import Path

import pytest

from holdfast.cli import EXIT_FAILURE, EXIT_MISTAKE, commands, processes, run


@pytest.fixture(autouse=True)
def an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No holdfast.toml and no HOLDFAST_ variables of whoever runs the tests."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_without_a_command_the_help_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == EXIT_MISTAKE
    assert "COMMAND" in capsys.readouterr().out


def test_the_processes_of_a_fleet_are_known() -> None:
    flights = {f"flights-{kind}" for kind in ("search", "booking", "seats", "ingest", "pages")}
    assert set(processes()) == {
        "balancer",
        "gateway",
        "database-member",
        "node",
        "results-api",
        *flights,
    }
    assert {"student", "attempts", "flights"} <= set(commands())


def test_a_process_of_an_app_that_is_left_out_is_a_mistake(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["run", "flights-search", "--apps", "grading"]) == EXIT_MISTAKE
    assert "flights-search is of an application that fleet.apps leaves out" in (
        capsys.readouterr().err
    )


def test_a_group_of_tasks_needs_one_and_names_them(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        run(["flights"])
    assert left.value.code == EXIT_MISTAKE
    assert "TASK" in capsys.readouterr().err
    with pytest.raises(SystemExit) as left:
        run(["flights", "--help"])
    assert left.value.code == 0
    assert "search" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [
        ["flights", "--port-offset", "49999", "search", "FRA", "LHR", "2026-12-01"],
        ["flights", "search", "FRA", "LHR", "2026-12-01", "--port-offset", "49999"],
        ["flights", "--set", "flights.api_url=http://127.0.0.1:9", "order", "ord_1"],
        ["flights", "order", "ord_1", "--set", "flights.api_url=http://127.0.0.1:9"],
    ],
)
def test_settings_may_stand_before_a_task_or_after_it(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words) == EXIT_FAILURE  # nobody listens there
    said = capsys.readouterr().err
    assert "does not answer" in said
    assert ("127.0.0.1:9" in said) or (":58099" in said)


def test_config_prints_every_setting_with_its_origin(
    an_empty_folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (an_empty_folder / "holdfast.toml").write_text("[course]\nlease_s = 200\n")
    monkeypatch.setenv("HOLDFAST_GRADING_NODES", "5")
    assert run(["config", "--time-scale", "0.5"]) == 0
    rows = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert rows["course.lease_s"].endswith("holdfast.toml")
    assert rows["grading.nodes"].endswith("environment HOLDFAST_GRADING_NODES")
    assert rows["course.time_scale"].endswith("flag --time-scale")
    assert rows["fleet.host"].endswith("default")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["config", "--set", "course.leas_s=1"], "course.lease_s"),
        (["config", "--set", "course.lease_s=soon"], "course.lease_s"),
        (["config", "--time-scale", "fast"], "course.time_scale"),
        (["config", "--time-scale", "0"], "time_scale must be more than 0"),
        (["config", "--port-offset", "90000"], "fleet.port_offset"),
        (["config", "--config", "nowhere.toml"], "nowhere.toml"),
        (["up", "--roster", "nowhere.csv", "--data", "data"], "nowhere.csv"),
        (["student", "no-such-test", "--uid", "1", "--port-offset", "49999"], "no-such-test"),
    ],
)
def test_a_mistake_is_one_sentence_that_names_it(
    arguments: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == EXIT_MISTAKE
    said = capsys.readouterr().err
    assert named in said
    assert said.startswith("holdfast: ")
    assert said.count("\n") == 1


def test_an_unknown_variable_with_our_prefix_is_a_mistake(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOLDFAST_COURSE_LEAZE_S", "1")
    assert run(["config"]) == EXIT_MISTAKE
    assert "HOLDFAST_COURSE_LEASE_S" in capsys.readouterr().err


def test_a_process_whose_port_is_taken_names_the_port(
    an_empty_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = ["--set", f"grading.node_tcp_port={port}", "--data", str(an_empty_folder)]
        assert run(["run", "node", *said]) == EXIT_MISTAKE
    assert str(port) in capsys.readouterr().err


def test_settings_written_on_the_command_line_win(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["config", "--set", "course.lease_s=5m", "--set", "course.lease_s=150s"]) == 0
    rows = {line.split()[0]: line.split()[1] for line in capsys.readouterr().out.splitlines()}
    assert rows["course.lease_s"] == "150.0"
