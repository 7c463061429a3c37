"""Grading's declaration: processes in the right order, a summary honest about who may read."""

from pathlib import Path

from holdfast.grading.wiring import APP
from holdfast.platform.runtime.config import Effective
from tests.grading.wiring.settings import effective


def summary(settings: Effective) -> str:
    return "\n".join(APP.summary(settings))


def test_nodes_start_after_the_results_api_and_stop_before_it() -> None:
    stages = {process.name: process.stage for process in APP.processes}
    balancer = 2
    assert stages["results-api"] < balancer < stages["node"]


def test_as_many_nodes_run_as_the_settings_say() -> None:
    node = next(process for process in APP.processes if process.name == "node")
    assert node.copies(effective({"grading.nodes": 7})) == 7


def test_the_summary_shows_the_ports_with_the_offset() -> None:
    said = summary(effective({"fleet.port_offset": 100}))
    assert "http://127.0.0.1:8100/" in said
    assert "4544 4546 4547 4548 4549" in said
    assert "--port-offset 100" in said


def test_the_summary_says_where_the_token_for_reading_is_when_one_is_needed() -> None:
    assert "viewer.token" not in summary(effective())
    public = summary(effective({"fleet.host": "0.0.0.0", "fleet.data": Path("/srv/holdfast")}))
    assert "/srv/holdfast/viewer.token" in public


def test_the_summary_says_that_it_is_practice() -> None:
    assert "practice" not in summary(effective())
    assert "practice: lease times x 0.01" in summary(effective({"course.time_scale": 0.01}))
