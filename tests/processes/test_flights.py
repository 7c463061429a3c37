"""Flights as people start it: one command, an empty folder, and a seat is booked."""

import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.fleet import Fleet, eventually, fleet

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("flights")]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """A demo for this module."""
    with fleet(tmp_path_factory.mktemp("flights") / "data", nodes=1, demo=True) as started:
        yield started


def ask(running: Fleet, *words: str) -> Any:
    """What a task prints with --json, acting as whoever runs the machine."""
    done = running.holdfast("flights", *words, "--json", "--data", str(running.data))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def offers(running: Fleet, *words: str, brand: str = "Flex") -> list[dict[str, Any]]:
    found = ask(running, "search", *words, "--limit", "200")["offers"]
    return [one for one in found if one["slices"][0]["fare_brand_name"] == brand]


def soon(running: Fleet) -> str:
    """A date some weeks ahead, by the fleet's own clock."""
    at = ask(running, "audit")["at"]
    year, month = int(at[:4]), int(at[5:7])
    return f"{year + month // 12}-{month % 12 + 1:02d}-15"


def test_the_summary_says_where_the_api_is(running: Fleet) -> None:
    said = "\n".join(running.lines)
    assert f"http://127.0.0.1:{running.port(8100)}/" in said
    assert "duffel_test_demo" in said
    assert f"http://127.0.0.1:{running.port(8300)}/ (open it in a browser)" in said


def test_people_find_pages_behind_the_balancer(running: Fleet) -> None:
    with urllib.request.urlopen(f"http://127.0.0.1:{running.port(8300)}/", timeout=20.0) as answer:
        assert "<form" in answer.read().decode()
    ready = f"http://127.0.0.1:{running.port(8300)}/health/ready"
    with urllib.request.urlopen(ready, timeout=20.0) as answer:
        assert json.loads(answer.read())["ok"]


def test_offers_of_two_airlines_and_of_connections_are_shown(running: Fleet) -> None:
    day = soon(running)
    shown = running.holdfast("flights", "search", "FRA", "LHR", day, "--token", "duffel_test_demo")
    assert shown.returncode == 0, shown.stderr
    assert "ZZ1" in shown.stdout
    assert "0S1" in shown.stdout
    eventually(
        lambda: "FRA" in running.holdfast("flights", "search", "LIS", "LHR", day).stdout,
        60.0,
        "a connection at the hub",
    )


def test_a_seat_is_booked_and_given_back(running: Fleet) -> None:
    offer = offers(running, "FRA", "LHR", soon(running))[0]
    made = ask(running, "book", offer["id"], "--seat", "9A")
    (segment,) = made["slices"][0]["segments"]
    assert segment["passengers"][0]["seat"]["designator"] == "9A"
    again = running.holdfast("flights", "book", offer["id"], "--data", str(running.data))
    assert again.returncode == 2
    assert made["id"] in again.stderr
    quote = ask(running, "cancel", made["id"])
    assert quote["confirmed_at"]
    assert ask(running, "order", made["id"])["cancelled_at"]


def test_a_hold_is_paid_later_at_its_price(running: Fleet) -> None:
    offer = offers(running, "FRA", "LHR", soon(running))[0]
    held = ask(running, "book", offer["id"], "--hold")
    assert held["payment_status"]["awaiting_payment"]
    paid = ask(running, "pay", held["id"])
    assert paid["amount"] == offer["total_amount"]
    assert not ask(running, "order", held["id"])["payment_status"]["awaiting_payment"]


def test_status_feeds_and_audit_tell_how_it_stands(running: Fleet) -> None:
    status = ask(running, "status", "ZZ100")
    assert status["legs"][0]["departure"]["station"] == "FRA"
    eventually(lambda: len(ask(running, "feeds")["feeds"]) == 18, 60.0, "all airlines' feeds")
    assert {one["health"] for one in ask(running, "feeds")["feeds"]} == {"good"}
    assert ask(running, "audit")["ok"]


def test_the_demos_token_does_not_run_the_system(running: Fleet) -> None:
    refused = running.holdfast("flights", "audit", "--token", "duffel_test_demo")
    assert refused.returncode == 2
    assert "operate" in refused.stderr


def test_killed_processes_come_back_and_nothing_is_lost(running: Fleet) -> None:
    offer = offers(running, "FRA", "LHR", soon(running))[0]
    made = ask(running, "book", offer["id"])
    for name in ("flights-booking", "flights-search", "flights-seats", "flights-ingest"):
        running.kill(name)
    eventually(
        lambda: (
            running.holdfast("flights", "order", made["id"], "--data", str(running.data)).returncode
            == 0
        ),
        60.0,
        "the order",
    )
    assert ask(running, "audit")["ok"]
