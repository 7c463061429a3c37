"""A fleet with gateways (`--set gateway.copies=2`): both applications through them, as promised by
docs/reference/gateway.md; the processes behind refuse what did not come that way."""

import http.client
from collections.abc import Iterator

import pytest

from tests.support.fleet import Fleet, eventually, fleet

pytestmark = pytest.mark.processes
SAFE = ("content-security-policy", "x-content-type-options", "referrer-policy", "x-request-id")


@pytest.fixture(scope="module")
def fronted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    data = tmp_path_factory.mktemp("gateway") / "data"
    with fleet(data, "--set", "gateway.copies=2", nodes=1, demo=False) as running:
        yield running


def asked(port: int, path: str, **headers: str) -> tuple[int, dict[str, str], str]:
    """Status, headers and text of a GET."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=10.0)
    try:
        line.request("GET", path, headers=headers)
        answer = line.getresponse()
        told = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, told, answer.read().decode()
    finally:
        line.close()


@pytest.mark.parametrize(("port", "path"), [(8000, "/users"), (8100, "/openapi.json"), (8300, "/")])
def test_every_public_site_is_answered_through_a_gateway(
    fronted: Fleet, port: int, path: str
) -> None:
    identity = "an-id-of-this-test-1"
    status, headers, _ = asked(fronted.port(port), path, **{"X-Request-Id": identity})
    assert status == 200
    assert [name for name in SAFE if name not in headers] == []
    assert headers["x-request-id"] == identity
    assert asked(fronted.port(port), "/gateway/ready")[0] == 200


def test_a_student_is_graded_though_nodes_write_past_the_gateway(fronted: Fleet) -> None:
    done = fronted.holdfast("student", "2024-a1-t1", "--uid", "1", "--data", str(fronted.data))
    assert done.returncode == 0, done.stdout + done.stderr
    assert [one["verdict"] for one in fronted.attempts(1)] == ["pass"]
    assert asked(fronted.port(8001), "/health/live")[0] == 200


def test_what_did_not_come_through_a_gateway_is_refused(fronted: Fleet) -> None:
    assert asked(fronted.port(8001), "/users")[0] == 403
    assert asked(fronted.port(8101), "/air/orders")[0] == 403
    forged = {"X-Holdfast-Passage": "1 1800000000 127.0.0.1 1 http " + "0" * 64}
    assert asked(fronted.port(8001), "/users", **forged)[0] == 403
    assert asked(fronted.port(8000), "/users", **forged)[0] == 200, "a client's own is dropped"


def test_a_gateway_that_is_killed_is_missed_by_nobody(fronted: Fleet) -> None:
    first, second = fronted.pids("gateway")
    fronted.kill_pid(first)
    for _ in range(50):
        assert asked(fronted.port(8000), "/users")[0] == 200
    eventually(lambda: len(fronted.pids("gateway")) == 2, 20, "another gateway")
    assert second in fronted.pids("gateway")


def test_a_results_api_that_is_killed_is_waited_for(fronted: Fleet) -> None:
    fronted.kill("results-api")
    eventually(
        lambda: asked(fronted.port(8000), "/users")[0] == 200, 30, "answers of another results API"
    )
