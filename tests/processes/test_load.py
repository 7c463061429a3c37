"""docs/reference/load.md, held by the command against a real fleet."""

import json
from collections.abc import Iterator

import pytest

from tests.support.fleet import Fleet, fleet

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    with fleet(tmp_path_factory.mktemp("load") / "data", nodes=1) as made:
        yield made


def test_a_small_crowd_is_answered_and_what_it_cost_is_told(running: Fleet) -> None:
    words = "--users 200 --driven 20 --think 1 --for 3 --idle 40 --mix reader=5,looker=1 --json"
    done = running.holdfast("load", *words.split(), "--data", str(running.data))
    assert done.returncode == 0, done.stderr + done.stdout
    said = json.loads(done.stdout)
    assert said["driven_share"] == 0.1
    assert said["error_rate"] == 0
    assert said["asked"]["grid"] > 0
    assert said["idle"]["held"] == said["idle"]["open_at_end"] == 40
    assert {"results-api-1", "balancer", "database"} <= set(said["cpu_cores"])
    assert said["extrapolated"]["requests_per_s"] == 200.0


def test_another_machine_is_not_loaded_by_accident(running: Fleet) -> None:
    done = running.holdfast("load", "--target", "192.0.2.1")
    assert done.returncode == 2
    assert "--i-own-the-target" in done.stderr


def test_visitors_are_listed(running: Fleet) -> None:
    done = running.holdfast("load", "--mix", "list")
    assert {line.split()[0] for line in done.stdout.splitlines()} >= {"reader", "booker"}
