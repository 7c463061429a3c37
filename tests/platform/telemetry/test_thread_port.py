"""The port of figures of a process without a loop."""

import socket
from pathlib import Path

import pytest

from holdfast.platform.runtime.metrics import Page
from holdfast.platform.telemetry import thread_port as module
from holdfast.platform.telemetry.targets import Target, targets_in
from holdfast.platform.telemetry.thread_port import ThreadPort
from tests.support.visiting import visit


def apples(page: Page) -> None:
    page.gauge("apples", "How many.", 3)


def test_figures_and_health_are_told_from_a_thread(tmp_path: Path) -> None:
    why = [""]
    port = ThreadPort(Target("database", "database", "127.0.0.1"), lambda: why[0], [apples])
    address = port.open(tmp_path)
    try:
        assert [one.address for one in targets_in(tmp_path)] == [address]
        status, text = visit(address, "/metrics")
        assert status == 200
        assert "apples 3\n" in text
        assert "holdfast_ready 1\n" in text
        why[0] = "it is down"
        assert visit(address, "/health/ready")[0] == 503
        assert visit(address, "/health/live")[0] == 200
        assert visit(address, "/metrics", host="evil.example")[0] == 421
    finally:
        port.close()
    assert targets_in(tmp_path) == []


def test_who_sits_there_delays_the_next_only_for_a_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "VISIT_S", 0.05)
    port = ThreadPort(Target("database", "database", "127.0.0.1"), lambda: "", [])
    address = port.open(tmp_path)
    host, _, number = address.rpartition(":")
    with socket.create_connection((host, int(number))):
        assert visit(address, "/health/live")[0] == 200
    port.close()


def test_a_source_that_fails_costs_one_answer(tmp_path: Path) -> None:
    def broken(_: Page) -> None:
        raise ZeroDivisionError

    port = ThreadPort(Target("database", "database", "127.0.0.1"), lambda: "", [broken])
    address = port.open(tmp_path)
    assert visit(address, "/metrics")[0] == 500
    port.close()
