"""The page docs/reference/balancer-pair.md, held against two balancers in namespaces."""

import http.server
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.namespaces import inside
from tests.support.pair import (
    SHIPPED,
    Machine,
    Pair,
    hang_balancer,
    kill_balancer,
    kill_everything,
    pair,
)
from tests.support.processes import until

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with pair(tmp_path_factory.mktemp("pair")) as running:
        yield running


@pytest.mark.parametrize("strike", [kill_balancer, hang_balancer, kill_everything])
def test_when_one_dies_new_connections_are_served_by_the_other(
    both: Pair,
    strike: Callable[[Machine], None],
    record_property: Callable[[str, object], None],
) -> None:
    active = both.settle()
    strike(active)
    # it ends: how soon is measured by `python -m bench pair`
    record_property("without_connections_s", both.outage_s())
    both.mend(active)
    other = both.other(active)
    until(lambda: other.log.rstrip().rpartition("\n")[2].split()[2] == "MASTER", "it is noted")
    assert both.settle() is other, "the one that came back takes nothing away"


def test_when_both_checks_fail_the_address_is_still_somewhere(both: Pair) -> None:
    both.settle()
    for machine in both.machines.values():
        kill_balancer(machine)
    until(lambda: not any(one.is_well for one in both.machines.values()), "both are known as dead")
    active = both.active()
    both.start_balancer(active)
    with inside(both.client):
        until(both.answer, "clients are served as soon as its balancer is back")


class _Answers(http.server.BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        assert self.path == "/health/live"
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _check(port: int, *path: str) -> int:
    command = [str(SHIPPED / "check-balancer"), "127.0.0.1", str(port), *path]
    return subprocess.run(command, check=False, capture_output=True, timeout=30.0).returncode


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1), (404, 1)])
def test_the_check_wants_a_good_answer(status: int, code: int) -> None:
    handler = type("Handler", (_Answers,), {"status": status})
    with http.server.HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        assert _check(server.server_port, "/health/live") == code
        thread.join(10.0)


def test_the_check_fails_where_nobody_answers() -> None:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port = door.getsockname()[1]
        assert _check(port) == 1
        assert _check(port, "/health/live") == 1
        door.listen()
        assert _check(port) == 0, "the kernel connects"
        assert _check(port, "/health/live") != 0, "but a process that hangs does not answer"


def test_a_change_of_state_is_noted_with_its_time(tmp_path: Path) -> None:
    log = tmp_path / "log"
    words = [str(SHIPPED / "note-state"), str(log), "INSTANCE", "holdfast", "MASTER", "150"]
    subprocess.run(words, check=True, timeout=30.0)
    assert log.read_text().split()[1:] == ["holdfast", "MASTER", "priority=150"]
