"""docs/reference/load.md, held by the command against a real fleet."""

import json
from collections.abc import Iterator

import pytest

from tests.support.fleet import Fleet, fleet

pytestmark = [pytest.mark.processes, pytest.mark.long]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    data = tmp_path_factory.mktemp("load") / "data"
    with fleet(data, "--set", "balancer.copies=2", nodes=1) as made:
        yield made


def test_a_small_crowd_is_answered_and_what_it_cost_is_told(running: Fleet) -> None:
    words = "--users 200 --driven 20 --think 1 --for 3 --idle 200 --attempts 3 --json"
    words += " --mix reader=5,looker=1"
    done = running.holdfast("load", *words.split(), "--data", str(running.data))
    assert done.returncode == 0, done.stderr + done.stdout
    said = json.loads(done.stdout)
    assert said["driven_share"] == 0.1
    assert said["error_rate"] == 0
    assert said["asked"]["grid"] > 0
    idle = said["idle"]
    assert idle["held"] == idle["open_at_end"] == idle["answered_again"] == 200, idle
    assert len(idle["ports"]) == 2
    assert idle["error_rate"] == 0
    attempts = said["attempts"]
    assert attempts["right"] == attempts["begun"] > 0, attempts
    assert {"results-api", "balancer"} <= set(idle["bytes_each"])
    assert {"results-api-1", "balancer-1", "balancer-2", "database"} <= set(said["cpu_cores"])
    assert "processors of the machine" in said["nearest_limits"]
    assert said["extrapolated"]["requests_per_s"] == 200.0


def test_both_balancers_are_shown_ordered_and_restarted(running: Fleet) -> None:
    data = ("--data", str(running.data))
    shown = running.holdfast("fleet", *data)
    assert shown.stdout.count("balancer 127.0.0.1:") == 2, shown.stdout + shown.stderr
    ordered = running.holdfast("fleet", "drain", "node-1", *data)
    assert ordered.stdout.count("takes no new clients") == 2, ordered.stderr
    assert running.holdfast("fleet", "undrain", "node-1", *data).returncode == 0
    restarted = running.holdfast("balancer", "restart", *data)
    assert restarted.stdout.count("Restarted:") == 2, restarted.stdout + restarted.stderr
    assert running.said("clients", "8192 at once in each of 2 balancers")


def test_another_machine_is_not_loaded_by_accident(running: Fleet) -> None:
    done = running.holdfast("load", "--target", "192.0.2.1")
    assert done.returncode == 2
    assert "--i-own-the-target" in done.stderr


def test_visitors_are_listed(running: Fleet) -> None:
    done = running.holdfast("load", "--mix", "list")
    assert {line.split()[0] for line in done.stdout.splitlines()} >= {"reader", "booker"}
