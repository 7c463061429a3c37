"""The port of figures of a process with a loop: figures, health, and nobody locks anybody out."""

import asyncio
import json
import socket
from pathlib import Path

import pytest

from holdfast.errors import Mistake
from holdfast.platform.runtime.metrics import Page
from holdfast.platform.telemetry import port as module
from holdfast.platform.telemetry.port import MAX_VISITS, Who, observed
from holdfast.platform.telemetry.readiness import Readiness
from holdfast.platform.telemetry.targets import targets_in
from tests.support.metrics_page import read_metrics
from tests.support.visiting import visit


def apples(page: Page) -> None:
    page.gauge("apples", "How many.", 3)


def who(data: Path, **more: object) -> Who:
    return Who("node-1", "node", data, **more)  # type: ignore[arg-type]


async def test_figures_of_the_process_and_of_its_sources_are_told(tmp_path: Path) -> None:
    async with observed(who(tmp_path), Readiness(), [apples]) as address:
        status, text = await asyncio.to_thread(visit, address, "/metrics")
    found = {name: value for (name, _), value in read_metrics(text).items()}
    assert status == 200
    assert found["apples"] == 3
    assert found["holdfast_ready"] == 0
    assert found["process_open_fds"] > 3


async def test_readiness_is_told_as_it_changes(tmp_path: Path) -> None:
    readiness = Readiness()
    async with observed(who(tmp_path), readiness) as address:
        said = [await asyncio.to_thread(visit, address, "/health/ready")]
        readiness.opened()
        said.append(await asyncio.to_thread(visit, address, "/health/ready"))
        readiness.closing()
        said.append(await asyncio.to_thread(visit, address, "/health/ready"))
        live, _ = await asyncio.to_thread(visit, address, "/health/live")
    assert [status for status, _ in said] == [503, 200, 503]
    assert live == 200


async def test_the_address_is_noted_while_the_port_is_open(tmp_path: Path) -> None:
    async with observed(who(tmp_path), Readiness()) as address:
        (target,) = targets_in(tmp_path)
        assert target.address == address
    assert targets_in(tmp_path) == []


async def test_a_source_that_fails_costs_one_answer(tmp_path: Path) -> None:
    def broken(_: Page) -> None:
        raise ZeroDivisionError

    async with observed(who(tmp_path), Readiness(), [broken]) as address:
        first, _ = await asyncio.to_thread(visit, address, "/metrics")
        second, _ = await asyncio.to_thread(visit, address, "/health/live")
    assert (first, second) == (500, 200)


async def test_strange_hosts_and_methods_are_refused(tmp_path: Path) -> None:
    async with observed(who(tmp_path), Readiness()) as address:
        status, _ = await asyncio.to_thread(visit, address, "/metrics", host="evil.example")
        posted, _ = await asyncio.to_thread(visit, address, "/metrics", method="POST")
    assert (status, posted) == (421, 405)


async def test_those_who_sit_there_make_room_for_the_next(tmp_path: Path) -> None:
    async with observed(who(tmp_path), Readiness()) as address:
        host, _, port = address.rpartition(":")
        sitting = [socket.create_connection((host, int(port))) for _ in range(MAX_VISITS * 2)]
        status, _ = await asyncio.to_thread(visit, address, "/health/live")
        for one in sitting:
            one.close()
    assert status == 200


async def test_a_list_of_targets_is_there_only_where_there_is_one(tmp_path: Path) -> None:
    async with observed(who(tmp_path), Readiness(), listed=lambda: b"[]\n") as address:
        status, text = await asyncio.to_thread(visit, address, "/targets")
    assert (status, json.loads(text)) == (200, [])
    async with observed(who(tmp_path), Readiness()) as address:
        status, _ = await asyncio.to_thread(visit, address, "/targets")
    assert status == 404


async def test_a_taken_port_is_a_mistake_that_names_it(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Mistake, match=str(port)):
            async with observed(who(tmp_path, port=port), Readiness()):
                pass


async def test_a_visit_that_says_nothing_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "VISIT_S", 0.05)
    async with observed(who(tmp_path), Readiness()) as address:
        host, _, port = address.rpartition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        async with asyncio.timeout(10):
            with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                await reader.readexactly(1)
        writer.close()
