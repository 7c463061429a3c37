"""Real processes tell what docs/reference/metrics.md says: figures, health, one id, no secrets."""

import http.client
import json
import os
import re
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from tests.support.fleet import SUPERVISOR_PORT, Fleet, eventually, fleet
from tests.support.metrics_page import read_metrics
from tests.support.visiting import visit

ROOT = Path(__file__).resolve().parent.parent.parent
KINDS = {
    "supervisor",
    "database",
    "balancer",
    "gateway",
    "results-api",
    "node",
    "flights-search",
    "flights-booking",
    "flights-seats",
    "flights-ingest",
    "flights-pages",
}
BROUGHT = "followed-through-all-logs-0001"
_NAME = re.compile(r"\b(?:holdfast|process)_[a-z0-9_]+")
_FAMILY = re.compile(r"^# TYPE (\S+)", re.M)
_SUFFIX = re.compile(r"_(bucket|sum|count)\Z")

pytestmark = [pytest.mark.processes, pytest.mark.long]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    data = tmp_path_factory.mktemp("metrics") / "data"
    wanted = ("fleet.log_format=json", "fleet.log_level=debug", "fleet.request_log=all")
    logs = ("balancer.access_log=-", "gateway.access_log=-")
    words = [word for one in (*wanted, *logs) for word in ("--set", one)]
    with fleet(data, *words, nodes=2, demo=True) as made:
        yield made


def targets(running: Fleet) -> list[dict[str, Any]]:
    status, text = visit(f"127.0.0.1:{running.port(SUPERVISOR_PORT)}", "/targets")
    assert status == 200
    return list(json.loads(text))


def address_of(running: Fleet, process: str) -> str:
    found = [one for one in targets(running) if one["labels"]["process"] == process]
    return str(found[0]["targets"][0]) if found else ""


def is_ready(running: Fleet, process: str) -> bool:
    """Whether the process is there and takes work."""
    address = address_of(running, process)
    return address != "" and visit(address, "/health/ready")[0] == 200


def json_lines(running: Fleet, event: str) -> list[dict[str, Any]]:
    parsed = [json.loads(line) for line in list(running.lines) if line.startswith("{")]
    return [line for line in parsed if line["event"] == event]


def ask(running: Fleet, port: int, method: str, path: str, **headers: str) -> tuple[int, str]:
    """Status of one request through the balancer, and the id of its answer."""
    line = http.client.HTTPConnection("127.0.0.1", running.port(port), timeout=20.0)
    try:
        line.request(method, path, headers={k.replace("_", "-"): v for k, v in headers.items()})
        answer = line.getresponse()
        answer.read()
        return answer.status, answer.getheader("x-request-id", "")
    finally:
        line.close()


def flights(running: Fleet, *words: str) -> Any:
    """What a task of `holdfast flights` prints with --json."""
    done = running.holdfast("flights", *words, "--json", "--data", str(running.data))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def page_of(address: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    return read_metrics(visit(address, "/metrics")[1])


def names_on_pages(running: Fleet) -> set[str]:
    """All families, those without a series yet, too."""
    found: set[str] = set()
    for one in targets(running):
        found |= set(_FAMILY.findall(visit(one["targets"][0], "/metrics")[1]))
    return found


def test_every_process_is_listed_and_tells_figures_and_health(running: Fleet) -> None:
    listed = targets(running)
    assert {one["labels"]["kind"] for one in listed} == KINDS
    assert len([one for one in listed if one["labels"]["kind"] == "node"]) == 2
    for one in listed:
        address = one["targets"][0]
        status, text = visit(address, "/metrics")
        found = {name: value for (name, _), value in read_metrics(text).items()}
        assert status == 200
        assert found["holdfast_ready"] == 1, one
        assert found["process_resident_memory_bytes"] > 1_000_000
        assert visit(address, "/health/live")[0] == 200
        if one["labels"]["kind"] != "balancer":
            assert visit(address, "/health/ready")[0] == 200


def test_what_was_done_is_counted_and_every_name_of_the_dashboard_is_on_a_page(
    running: Fleet,
) -> None:
    graded = running.holdfast("student", "2024-a1-t1", "--uid", "1234")
    assert graded.returncode == 0, graded.stderr
    at = flights(running, "audit")["at"]
    year, month = int(at[:4]), int(at[5:7])
    day = f"{year + month // 12}-{month % 12 + 1:02d}-15"
    offer = flights(running, "search", "FRA", "LHR", day)["offers"][0]
    flights(running, "book", offer["id"])
    booking = page_of(address_of(running, "flights-booking-1"))
    booked = booking["holdfast_flights_bookings_total", frozenset({("outcome", "Order")})]
    assert booked == 1
    results = page_of(address_of(running, "results-api-1"))
    written = frozenset({("call", "close"), ("how", "done")})
    assert results["holdfast_results_calls_total", written] >= 1
    dashboard = (ROOT / "deploy" / "grafana" / "holdfast.json").read_text()
    expressions = [
        target["expr"]
        for panel in json.loads(dashboard)["panels"]
        for target in panel.get("targets", ())
    ]
    wanted = {name for expression in expressions for name in _NAME.findall(expression)}
    assert len(wanted) > 30
    families = names_on_pages(running)
    assert {name for name in wanted if not {name, _SUFFIX.sub("", name)} & families} == set()


def test_every_name_of_the_dashboard_is_explained_by_a_page_of_metrics(running: Fleet) -> None:
    told = (ROOT / "docs" / "reference" / "metrics.md").read_text()
    ours = {name for name in names_on_pages(running) if "_balancer_" not in name}
    for name in ours:
        shortened = [name.removeprefix(prefix) for prefix in _PREFIXES if name.startswith(prefix)]
        assert name in told or any(f"`{rest}`" in told for rest in shortened), name


_PREFIXES = (
    "holdfast_pool",
    "holdfast_database",
    "holdfast_flights",
)


def test_one_id_leads_from_the_balancers_log_to_the_lines_of_all_processes(
    running: Fleet,
) -> None:
    token = (running.data / "flights.token").read_text().strip()
    status, answered = ask(
        running,
        8100,
        "GET",
        "/air/orders",
        authorization=f"Bearer {token}",
        duffel_version="v2",
        x_request_id=BROUGHT,
    )
    assert (status, answered) == (200, BROUGHT)

    def lines() -> list[dict[str, Any]]:
        found = [line for line in json_lines(running, "request") if line.get("request") == BROUGHT]
        return found if len(found) == 2 else []

    both = eventually(lines, 20.0, "the lines of both processes")
    assert {line["process"] for line in both} == {"gateway-1", "flights-booking-1"}
    (trace,) = {line["trace"] for line in both}

    def in_access_log() -> bool:
        return trace in {line.get("trace") for line in json_lines(running, "connection")}

    eventually(in_access_log, 20.0, "the connections in the balancer's log")


def test_an_id_in_another_form_is_replaced(running: Fleet) -> None:
    _, answered = ask(running, 8000, "GET", "/", x_request_id="<script>")
    assert re.fullmatch(r"[A-Za-z0-9_-]{16,64}", answered)


def test_no_secret_of_the_fleet_is_in_any_log(running: Fleet) -> None:
    secrets = secrets_of(running.data)
    assert len(secrets) >= 10
    for secret in secrets:
        if not secret.isascii() or "\n" in secret:
            continue
        for port, path in ((8000, "/api/grading/roster"), (8100, "/air/orders"), (8000, "/enter")):
            ask(running, port, "GET", path, authorization=f"Bearer {secret}")
            ask(running, port, "GET", f"{path}?token={secret}", cookie=f"holdfast_grading={secret}")
    status, last = ask(running, 8000, "GET", "/")
    assert status == 200
    eventually(lambda: running.said(last), 20.0, "the last request's line")
    logs = "\n".join(list(running.lines)) + (running.data / "postgres.log").read_text()
    assert [secret[:6] for secret in secrets if secret in logs] == []


def secrets_of(data: Path) -> set[str]:
    """Every key, token and password of a data folder."""
    found = set()
    for path in [*data.glob("*.token"), *data.glob("*.key")]:
        found.add(path.read_text().strip())
    for path in [*data.glob("*.dsn"), *(data / "roles").glob("*.dsn")]:
        password = urlsplit(path.read_text().strip()).password
        found.add(unquote(password or ""))
    return found - {""}


PARTS = [
    ("results-api", 8000, "POST /internal/grading/batch", "service.token"),
    ("flights-search", 8100, "POST /air/offer_requests", "flights.token"),
    ("flights-booking", 8101, "POST /air/orders", "flights.token"),
]


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """A fleet without gateways, for those hold a body until it is whole."""
    data = tmp_path_factory.mktemp("bare") / "data"
    with fleet(data, "--set", "gateway.copies=0", nodes=1) as made:
        yield made


@pytest.mark.parametrize(("name", "port", "begin", "token"), PARTS, ids=[one[0] for one in PARTS])
def test_a_request_under_way_is_answered_by_a_process_that_was_told_to_stop(
    bare: Fleet, name: str, port: int, begin: str, token: str
) -> None:
    process = f"{name}-1"
    eventually(lambda: is_ready(bare, process), 60.0, "its readiness")
    figures = address_of(bare, process)
    (pid,) = bare.pids(name)
    secret = (bare.data / token).read_text().strip()
    head = (
        f"{begin} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {secret}\r\n"
        "Content-Type: application/json\r\nDuffel-Version: v2\r\n"
        "Content-Length: 2\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", bare.port(port)), timeout=20.0) as line:
        line.sendall(head.encode() + b"{")
        under_way = "holdfast_http_requests_in_flight", frozenset()
        eventually(lambda: page_of(figures)[under_way] >= 1, 20.0, "the request")
        os.kill(pid, signal.SIGTERM)
        eventually(lambda: visit(figures, "/health/ready")[0] == 503, 20.0, "its draining")
        assert page_of(figures)["holdfast_draining", frozenset()] == 1
        line.sendall(b"}")
        answer = line.recv(65_536)
    assert answer.startswith(b"HTTP/1.1 "), answer
    assert b"connection: close" in answer.lower()
    assert b"x-request-id:" in answer.lower()
    eventually(
        lambda: bare.pids(name) not in ([], [pid]) and is_ready(bare, process),
        60.0,
        "its successor",
    )
