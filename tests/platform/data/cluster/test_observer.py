"""An observer deposes a leader that nobody hears, never one that somebody hears, never alone."""

import base64
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from holdfast.platform.data.cluster import observer as module
from holdfast.platform.data.cluster import silence
from holdfast.platform.data.cluster.observer import Observer
from holdfast.platform.data.cluster.plan import ClusterPlan, MemberPlan, member_at
from tests.support.answers import answers
from tests.support.processes import until


class FakeStore:
    """As much of etcd as an observer sees: a leader, a synchronous replica, statements."""

    def __init__(self, *, leader: str = "m1", synchronous: str = "m2", others: str = "m3") -> None:
        self.leader = leader
        self.synchronous = synchronous
        self.statements = {others: 20} if others else {}
        self.looks = 0
        self.removed: list[list[str]] = []

    def answer(self, method: str, path: str, body: Any) -> tuple[int, object]:
        if path == "/v3/lease/grant":
            return 200, {"ID": "1"}
        if path == "/v3/kv/put":
            key = base64.b64decode(body["key"]).decode()
            self.statements[key.rpartition("/")[2]] = 21
            return 200, {}
        if "compare" in body:
            keys = [base64.b64decode(one["key"]).decode() for one in body["compare"]]
            self.removed.append([key.rpartition("/")[2] for key in keys if "silence" in key])
            self.leader = ""
            return 200, {"succeeded": True}
        self.looks += 1
        says = json.dumps({"leader": "m1", "at": 5})
        sync = json.dumps({"sync_standby": self.synchronous})
        base = "/holdfast/holdfast/silence/"
        found = [
            _kvs({"/service/holdfast/leader": (self.leader, 5)} if self.leader else {}),
            _kvs({"/service/holdfast/sync": (sync, 8)}),
            _kvs({base + name: (says, at) for name, at in self.statements.items()}),
        ]
        return 200, {"responses": found}


def _kvs(entries: dict[str, tuple[str, int]]) -> dict[str, Any]:
    def b64(text: str) -> str:
        return base64.b64encode(text.encode()).decode()

    return {
        "response_range": {
            "kvs": [
                {
                    "key": b64(key),
                    "value": b64(value),
                    "create_revision": str(revision),
                    "mod_revision": str(revision),
                }
                for key, (value, revision) in entries.items()
            ]
        }
    }


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(silence, "SILENT_S", 0.05)
    monkeypatch.setattr(module, "PROBE_EVERY_S", 0.01)
    monkeypatch.setattr(module, "PROBE_S", 0.2)


DEAD = member_at("m1", "127.0.0.1", 1)
"""Ports that nobody listens on."""


@contextmanager
def observing(store: FakeStore, leader: MemberPlan = DEAD) -> Iterator[FakeStore]:
    with answers(store.answer) as heard:
        members = (leader, heard.member("m2"), heard.member("m3"))
        with Observer(ClusterPlan(Path("/data"), members), "m2"):
            yield store


def looks(store: FakeStore, more: int) -> None:
    wanted = store.looks + more
    until(lambda: store.looks >= wanted, "looks at the store")


def test_a_leader_that_nobody_hears_is_deposed_by_a_majority() -> None:
    with observing(FakeStore()) as store:
        until(lambda: bool(store.removed), "the end of the leader's key")
    assert store.removed == [["m2", "m3"]]


def test_one_observer_alone_deposes_nobody() -> None:
    with observing(FakeStore(others="")) as store:
        until(lambda: "m2" in store.statements, "the observer's statement")
        looks(store, 20)
    assert not store.removed


def test_without_a_synchronous_replica_nobody_is_deposed() -> None:
    with observing(FakeStore(synchronous="")) as store:
        looks(store, 20)
    assert not store.removed
    assert "m2" not in store.statements


@pytest.mark.parametrize("leader", ["", "m2", "m7"])
def test_no_leader_oneself_and_strangers_are_not_judged(leader: str) -> None:
    with observing(FakeStore(leader=leader)) as store:
        looks(store, 20)
    assert not store.removed


def test_a_leader_whose_patroni_or_postgresql_answers_lives() -> None:
    with answers(lambda *_: (200, {})) as alive:
        patroni_only = replace(DEAD, rest=alive.port)
        with observing(FakeStore(), patroni_only) as store:
            looks(store, 20)
    assert not store.removed
    with greeting_server() as port, observing(FakeStore(), replace(DEAD, postgres=port)) as store:
        looks(store, 20)
    assert not store.removed


def test_a_server_that_accepts_and_says_nothing_is_silent() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=200) as frozen:
        port = frozen.getsockname()[1]
        stopped = replace(DEAD, postgres=port, rest=port)
        with observing(FakeStore(), stopped) as store:
            until(lambda: bool(store.removed), "the end of the leader's key")


def test_an_observer_that_hears_no_store_waits_and_ends_when_asked() -> None:
    members = tuple(member_at(name, "127.0.0.1", 1) for name in ("m1", "m2", "m3"))
    with Observer(ClusterPlan(Path("/data"), members), "m2") as alone:
        assert alone is not None
    assert "observer" not in {thread.name for thread in threading.enumerate()}


@contextmanager
def greeting_server() -> Iterator[int]:
    """Answers any question with one byte, as PostgreSQL does before a login."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    line, _ = server.accept()
                except OSError:
                    return
                with line:
                    line.recv(8)
                    line.sendall(b"N")

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join(10)
