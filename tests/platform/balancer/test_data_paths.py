"""Both data paths keep the same promises: one contract, run over the relay and over the kernel.

The kernel's run is in a network namespace of its own; `counters.accepted` stays at zero there,
which is the proof that no client went through the relay by accident.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Literal

import pytest

from tests.support.balancing import (
    SETTINGS,
    TCP,
    Balancing,
    TcpMember,
    balancing,
    echo,
    receive,
    receive_all,
)
from tests.support.namespaces import inside, namespace
from tests.support.processes import until

pytestmark = pytest.mark.processes

Path = Literal["relay", "kernel"]
PLAIN = replace(TCP, proxied=False)
BULK_BYTES = 4 << 20


@pytest.fixture(params=["relay", "kernel"])
def path(request: pytest.FixtureRequest) -> Iterator[Path]:
    if request.param == "relay":
        yield "relay"
        return
    with namespace("nft", "conntrack") as space, inside(space):
        yield "kernel"


@dataclass
class Served:
    """A balancer with the members `a` and `b` behind one path."""

    b: Balancing
    path: Path
    members: dict[str, TcpMember]

    def settled(self, names: str) -> None:
        """Wait until exactly these members get new clients."""
        wanted = {self.members[name].endpoint for name in names}
        until(lambda: self.b.fit("tcp-service") == len(names), f"{names} are in rotation")
        if self.path == "kernel":
            until(lambda: self.shares() == wanted, f"the kernel leads to {names}")

    def shares(self) -> set[tuple[str, int]]:
        return set(self.b.balancer.kernel.shares().get("t", {}))

    def who_answers(self, count: int) -> Counter[bytes]:
        """Who served so many new clients, one after the other."""
        answers: Counter[bytes] = Counter()
        for _ in range(count):
            with self.b.connect() as client:
                answers[receive(client, 2)] += 1
        return answers


@contextmanager
def served(path: Path) -> Iterator[Served]:
    settings = replace(SETTINGS, data_path=path)
    with ExitStack() as stack:
        members = {n: stack.enter_context(TcpMember(echo(n), proxied=False)) for n in "ab"}
        b = stack.enter_context(balancing(PLAIN, settings=settings))
        for name, member in members.items():
            b.add(name, tcp_service=member.endpoint)
        found = Served(b, path, members)
        found.settled("ab")
        yield found


def test_clients_reach_all_members_in_equal_parts(path: Path) -> None:
    with served(path) as s:
        assert s.who_answers(20) == {b"a:": 10, b"b:": 10}
        accepted = s.b.balancer._counters.accepted
        assert accepted == (20 if path == "relay" else 0), "it was the path under test"


def test_a_dead_member_is_found_out_at_no_clients_expense(path: Path) -> None:
    with served(path) as s:
        s.members["a"].deaf()
        assert s.who_answers(6) == {b"b:": 6}


def test_a_member_that_comes_back_is_served_again(path: Path) -> None:
    with served(path) as s:
        s.b.heart.silence("a")
        s.settled("b")
        assert s.who_answers(4) == {b"b:": 4}
        s.b.heart.beat("a", {"tcp-service": s.members["a"].endpoint}, incarnation=2)
        s.settled("ab")
        assert s.who_answers(4) == {b"a:": 2, b"b:": 2}


def test_a_draining_member_gets_nobody_new_and_keeps_whom_it_has(path: Path) -> None:
    with served(path) as s, ExitStack() as stack:
        clients = [stack.enter_context(s.b.connect()) for _ in range(2)]
        assert {receive(client, 2) for client in clients} == {b"a:", b"b:"}
        s.b.heart.drain("a")
        s.settled("b")
        assert s.who_answers(4) == {b"b:": 4}
        for client in clients:
            client.sendall(b"still here")
            assert receive(client, 10) == b"still here"


def test_with_nobody_left_the_client_is_told_and_does_not_hang(path: Path) -> None:
    with served(path) as s:
        s.b.heart.leave("a")
        s.b.heart.leave("b")
        until(lambda: s.b.fit("tcp-service") == 0, "nobody is left")
        until(lambda: s.shares() == set(), "the kernel leads to nobody")
        with s.b.connect() as client:
            assert receive_all(client) == PLAIN.refusal


def test_half_a_close_lets_the_other_half_speak(path: Path) -> None:
    with served(path) as s, s.b.connect() as client:
        client.sendall(b"last words")
        client.shutdown(1)
        assert receive_all(client)[2:] == b"last words"


def test_bulk_arrives_whole_in_both_directions(path: Path) -> None:
    bulk = bytes(range(256)) * (BULK_BYTES // 256)
    with served(path) as s, s.b.connect() as client:
        receive(client, 2)
        client.setblocking(False)
        sent, got = 0, bytearray()

        def exchanged() -> bool:
            nonlocal sent
            with suppress(BlockingIOError):
                sent += client.send(bulk[sent : sent + 65_536]) if sent < len(bulk) else 0
            with suppress(BlockingIOError):
                while piece := client.recv(1 << 20):
                    got.extend(piece)
            return len(got) == len(bulk)

        while not exchanged():
            pass
        assert got == bulk


def test_a_stop_takes_no_new_clients_and_waits_for_those_inside(path: Path) -> None:
    with served(path) as s, s.b.connect() as client:
        receive(client, 2)
        s.b.stop()

        def refused() -> bool:
            try:
                s.b.connect().close()
            except ConnectionRefusedError:
                return True
            except OSError:
                pass
            return False

        until(refused, "the door is closed")
        client.sendall(b"still here")
        assert receive(client, 10) == b"still here"
        assert s.b.thread.is_alive()
        client.close()
        s.b.thread.join(10.0)
        assert not s.b.thread.is_alive()
