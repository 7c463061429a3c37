"""All data paths keep the same promises: one contract, run over the relay in Python, over its fast
path, and over the kernel.

The kernel's run is in a network namespace of its own; `counters.accepted` and `datagrams_in`
stay at zero, the proof that no client went through the relay by accident.
"""

import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Literal

import pytest

from holdfast.platform.balancer.settings import BalancerSettings
from tests.support.balancing import (
    CLIENT_S,
    SETTINGS,
    TCP,
    UDP,
    Balancing,
    PlainUdpMember,
    TcpMember,
    ask,
    balancing,
    echo,
    receive,
    receive_all,
    udp_client,
)
from tests.support.fast_path import way
from tests.support.namespaces import inside, namespace
from tests.support.packets import packet_programs
from tests.support.processes import until

pytestmark = pytest.mark.processes

PLAIN = replace(TCP, proxied=False)
BULK_BYTES = 4 << 20


@pytest.fixture(params=["relay", "fast", "kernel", "near"])
def path(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "near":
        with namespace("mount") as space, inside(space), packet_programs() as folder:
            yield f"near {folder}"
        return
    if request.param != "kernel":
        with way("compiled" if request.param == "fast" else "python"):
            yield request.param
        return
    with namespace("nft", "conntrack") as space, inside(space):
        yield "kernel"


def is_kernels(path: str) -> bool:
    """Whether no program copies bytes."""
    return path == "kernel" or path.startswith("near")


def settings_of(path: str) -> BalancerSettings:
    """`near /folder`: by a packet program that is named there."""
    programs = path.removeprefix("near").strip() if path.startswith("near") else ""
    data_path: Literal["kernel", "relay"] = "kernel" if is_kernels(path) else "relay"
    return replace(SETTINGS, data_path=data_path, kernel_programs=programs)


@dataclass
class Served:
    """A balancer with the members `a` and `b` behind one path."""

    b: Balancing
    path: str
    members: dict[str, TcpMember]

    def settled(self, names: str) -> None:
        """Wait until exactly these members get new clients."""
        wanted = {self.members[name].endpoint for name in names}
        until(lambda: self.b.fit("tcp-service") == len(names), f"{names} are in rotation")
        if is_kernels(self.path):
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
def served(path: str) -> Iterator[Served]:
    settings = settings_of(path)
    with ExitStack() as stack:
        members = {n: stack.enter_context(TcpMember(echo(n), proxied=False)) for n in "ab"}
        b = stack.enter_context(balancing(PLAIN, settings=settings))
        for name, member in members.items():
            b.add(name, tcp_service=member.endpoint)
        found = Served(b, path, members)
        found.settled("ab")
        yield found


def test_clients_reach_all_members_in_equal_parts(path: str) -> None:
    with served(path) as s:
        assert s.who_answers(20) == {b"a:": 10, b"b:": 10}
        accepted = s.b.balancer._counters.accepted
        assert accepted == (0 if is_kernels(path) else 20), "it was the path under test"


def test_a_dead_member_is_found_out_at_no_clients_expense(path: str) -> None:
    with served(path) as s:
        s.members["a"].deaf()
        assert s.who_answers(6) == {b"b:": 6}


def test_a_member_that_comes_back_is_served_again(path: str) -> None:
    with served(path) as s:
        s.b.heart.silence("a")
        s.settled("b")
        assert s.who_answers(4) == {b"b:": 4}
        s.b.heart.beat("a", {"tcp-service": s.members["a"].endpoint}, incarnation=2)
        s.settled("ab")
        assert s.who_answers(4) == {b"a:": 2, b"b:": 2}


def test_a_draining_member_gets_nobody_new_and_keeps_whom_it_has(path: str) -> None:
    with served(path) as s, ExitStack() as stack:
        clients = [stack.enter_context(s.b.connect()) for _ in range(2)]
        assert {receive(client, 2) for client in clients} == {b"a:", b"b:"}
        s.b.heart.drain("a")
        s.settled("b")
        assert s.who_answers(4) == {b"b:": 4}
        for client in clients:
            client.sendall(b"still here")
            assert receive(client, 10) == b"still here"


def test_with_nobody_left_the_client_is_told_and_does_not_hang(path: str) -> None:
    with served(path) as s:
        s.b.heart.leave("a")
        s.b.heart.leave("b")
        until(lambda: s.b.fit("tcp-service") == 0, "nobody is left")
        until(lambda: s.shares() == set(), "the kernel leads to nobody")
        with s.b.connect() as client:
            assert receive_all(client) == PLAIN.refusal


def test_half_a_close_lets_the_other_half_speak(path: str) -> None:
    with served(path) as s, s.b.connect() as client:
        client.sendall(b"last words")
        client.shutdown(1)
        assert receive_all(client)[2:] == b"last words"


def test_bulk_arrives_whole_in_both_directions(path: str) -> None:
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


def test_a_stop_takes_no_new_clients_and_waits_for_those_inside(path: str) -> None:
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


@dataclass
class UdpServed:
    """A balancer with the UDP members `a` and `b` behind one path; they get no PROXY header."""

    b: Balancing
    path: str
    members: dict[str, PlainUdpMember]

    def settled(self, names: str) -> None:
        """Wait until exactly these members get new clients."""
        wanted = {self.members[name].endpoint for name in names}
        until(lambda: self.b.fit("udp-service") == len(names), f"{names} are in rotation")
        if is_kernels(self.path):
            until(lambda: self.shares() == wanted, f"the kernel leads to {names}")

    def shares(self) -> set[tuple[str, int]]:
        return set(self.b.balancer.kernel.shares().get("u", {}))

    def ask(self, client: socket.socket, payload: bytes = b"x") -> bytes:
        """One datagram and its answer, which comes from the address that was asked."""
        return ask(client, self.b.address("u"), payload)

    def ask_until(self, client: socket.socket, wanted: bytes, payload: bytes = b"x") -> None:
        """Ask as a client does that sends again what was not answered, until it is this answer.

        What comes from elsewhere is no answer: where the kernel has just forgotten the flow of a
        member that left, an answer under way still comes from that member's own address.
        """
        client.settimeout(0.1)
        to = self.b.address("u")

        def answered() -> bool:
            client.sendto(payload, to)
            with suppress(TimeoutError):
                answer, source = client.recvfrom(65535)
                return (answer, source[:2]) == (wanted, to)
            return False

        until(answered, f"{wanted!r} comes")
        client.settimeout(CLIENT_S)

    def who_answers(self, count: int) -> Counter[bytes]:
        """Who served so many new clients."""
        answers: Counter[bytes] = Counter()
        for _ in range(count):
            with udp_client() as client:
                answers[self.ask(client)] += 1
        return answers


@contextmanager
def udp_served(path: str, **more: float) -> Iterator[UdpServed]:
    settings = replace(settings_of(path), **more)  # type: ignore[arg-type]
    with ExitStack() as stack:
        members = {n: stack.enter_context(PlainUdpMember(n)) for n in "ab"}
        b = stack.enter_context(balancing(replace(UDP, proxied=False), settings=settings))
        for name, member in members.items():
            b.add(name, udp_service=member.endpoint)
        found = UdpServed(b, path, members)
        found.settled("ab")
        yield found


def test_udp_clients_reach_all_members_in_equal_parts(path: str) -> None:
    with udp_served(path) as s:
        assert s.who_answers(20) == {b"a:x": 10, b"b:x": 10}
        relayed = s.b.balancer._counters.datagrams_in
        assert relayed == (0 if is_kernels(path) else 20), "it was the path under test"


def test_a_udp_flow_stays_with_its_member_and_looks_like_one_client_to_it(path: str) -> None:
    with udp_served(path) as s, udp_client() as client:
        answers = {s.ask(client) for _ in range(10)}
        assert len(answers) == 1
        member = s.members[answers.pop()[:1].decode()]
        assert len(set(member.sources)) == 1
        for number in range(3):
            member.say(b"unasked %d" % number)
            assert client.recv(100) == b"unasked %d" % number


def test_a_long_datagram_arrives_whole_in_both_directions(path: str) -> None:
    payload = bytes(range(256)) * 100
    with udp_served(path) as s, udp_client() as client:
        assert s.ask(client, payload)[2:] == payload


def test_a_udp_flow_of_a_member_that_leaves_goes_on_elsewhere(path: str) -> None:
    with udp_served(path) as s, ExitStack() as stack:
        clients = [stack.enter_context(udp_client()) for _ in range(2)]
        assert {s.ask(client) for client in clients} == {b"a:x", b"b:x"}
        s.b.heart.leave("a")
        s.settled("b")
        for client in clients:
            s.ask_until(client, b"b:x")
        assert s.who_answers(2) == {b"b:x": 2}


def test_a_udp_flow_of_a_member_whose_port_is_closed_goes_on_elsewhere(path: str) -> None:
    with udp_served(path) as s, ExitStack() as stack:
        clients = [stack.enter_context(udp_client()) for _ in range(2)]
        assert {s.ask(client) for client in clients} == {b"a:x", b"b:x"}
        s.members["a"].die()
        for client in clients:
            s.ask_until(client, b"b:x")


def test_a_draining_udp_member_gets_nobody_new_and_keeps_whom_it_has(path: str) -> None:
    with udp_served(path) as s, ExitStack() as stack:
        clients = [stack.enter_context(udp_client()) for _ in range(2)]
        before = [s.ask(client) for client in clients]
        s.b.heart.drain("a")
        s.settled("b")
        assert s.who_answers(4) == {b"b:x": 4}
        assert [s.ask(client) for client in clients] == before


def test_with_nobody_left_a_udp_client_is_told_and_served_again_later(path: str) -> None:
    with udp_served(path) as s, udp_client() as client:
        s.ask(client)
        s.b.heart.leave("a")
        s.b.heart.leave("b")
        until(lambda: s.b.fit("udp-service") == 0, "nobody is left")
        until(lambda: s.shares() == set(), "the kernel leads to nobody")
        s.ask_until(client, UDP.refusal, b"anybody?")
        s.b.heart.beat("a", {"udp-service": s.members["a"].endpoint}, incarnation=2)
        s.settled("a")
        s.ask_until(client, b"a:x")


def test_too_many_flows_of_one_udp_client_cost_no_other_its_flow(path: str) -> None:
    with udp_served(path, udp_flows_per_client=4, udp_flows=8) as s, ExitStack() as stack:
        first = stack.enter_context(udp_client("127.0.0.9"))
        owner = s.ask(first)
        assert s.ask(first) == owner
        for _ in range(30):
            s.who_answers(1)
        assert s.ask(first) == owner
        assert s.b.balancer._udp.flows <= 8
