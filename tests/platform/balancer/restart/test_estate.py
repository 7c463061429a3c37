"""What one balancer leaves, another goes on with: sockets, members with their freshness, flows."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import msgspec
import pytest

from holdfast.platform.balancer.restart.estate import FLOWS, MEMBERS, ORDERS, TOWARDS_MEMBERS
from holdfast.platform.balancer.server import Balancer
from holdfast.platform.membership.wire import Heartbeat, encode
from tests.support.balancing import (
    CLIENT_S,
    FLEET,
    KEYS,
    SETTINGS,
    TCP,
    UDP,
    UdpMember,
    open_descriptors,
    udp_client,
)
from tests.support.processes import until


class Pair:
    """A balancer and the one that goes on for it, each turned by hand."""

    def __init__(self) -> None:
        self.old = Balancer(FLEET, SETTINGS, [TCP, UDP], KEYS)
        self.new: Balancer | None = None

    def address(self, name: str) -> tuple[str, int]:
        host, _, port = self.old.addresses[name].rpartition(":")
        return host, int(port)

    def beat(self, node: str, endpoint: tuple[str, int], sequence: int = 1) -> bytes:
        """A heartbeat, sent and returned."""
        services = {"tcp-service": endpoint, "udp-service": endpoint}
        said = Heartbeat(node, 1, sequence, time.time(), 1.0, 1.0, services)
        datagram = encode(said, KEYS)
        self.send(datagram, "heartbeats")
        return datagram

    def send(self, datagram: bytes, name: str) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.sendto(datagram, self.address(name))

    def hand_over(self, **changed: bytes) -> Balancer:
        """Everything the old one has, with these parts of its state changed on the way."""
        copies = {name: sock.dup() for name, sock in self.old.estate.sockets().items()}
        new = self.new = Balancer(FLEET, SETTINGS, [TCP, UDP], KEYS, inherited=copies)
        self.old.estate.pause()
        sides = [sock for name, sock in copies.items() if name.startswith(TOWARDS_MEMBERS)]
        new.estate.inherit(sides, self.old.estate.state() | changed)
        self.old.estate.release()
        self.old.retire()
        self.old.loop.turn()
        return new

    def close(self) -> None:
        self.old.close()
        if self.new is not None:
            self.new.close()


@pytest.fixture
def pair() -> Iterator[Pair]:
    before = open_descriptors()
    made = Pair()
    yield made
    made.close()
    assert open_descriptors() == before


def turn(balancer: Balancer, until_true: object = None) -> None:
    balancer.loop.call_at(balancer.loop.now, lambda: None)
    balancer.loop.turn()


def test_the_successor_knows_the_members_at_once(pair: Pair) -> None:
    pair.beat("a", ("127.0.0.1", 9))
    turn(pair.old)
    assert pair.hand_over().census() == {"tcp-service": (1, 1), "udp-service": (1, 1)}


def test_the_operators_orders_are_the_successors_at_once(pair: Pair) -> None:
    pair.beat("a", ("127.0.0.1", 9))
    turn(pair.old)
    pair.old._pool.drain("a")
    pair.old._pool.weigh("b", 3.0)
    new = pair.hand_over()
    assert new.census()["tcp-service"] == (0, 1)
    assert new._pool.standing_orders == pair.old._pool.standing_orders


@pytest.mark.parametrize("raw", [b"\xc1", msgspec.msgpack.encode({"a": {"weight": -1.0}})])
def test_orders_that_are_not_understood_cost_nothing_else(pair: Pair, raw: bytes) -> None:
    pair.beat("a", ("127.0.0.1", 9))
    turn(pair.old)
    assert pair.hand_over(**{ORDERS: raw}).census()["tcp-service"] == (1, 1)


def test_a_heartbeat_that_the_predecessor_heard_is_a_replay_for_the_successor(pair: Pair) -> None:
    heard = pair.beat("a", ("127.0.0.1", 9))
    turn(pair.old)
    new = pair.hand_over()
    pair.send(heard, "heartbeats")
    turn(new)
    assert new._ear.rejected["replayed"] == 1
    pair.beat("a", ("127.0.0.1", 9), sequence=2)
    turn(new)
    assert new._ear.accepted == 1


def test_what_arrives_in_the_pause_is_the_successors(pair: Pair) -> None:
    pair.old.estate.pause()
    pair.beat("a", ("127.0.0.1", 9))
    with socket.create_connection(pair.address("t"), CLIENT_S):
        turn(pair.old)
        assert pair.old._ear.accepted == 0
        assert pair.old._tcp.clients == 0
        new = pair.hand_over()
        turn(new)
        assert new._ear.accepted == 1
        assert new._tcp.clients == 1


def test_after_a_pause_without_a_successor_all_is_as_before(pair: Pair) -> None:
    pair.old.estate.pause()
    pair.beat("a", ("127.0.0.1", 9))
    with socket.create_connection(pair.address("t"), CLIENT_S):
        pair.old.estate.resume()
        turn(pair.old)
        assert pair.old._ear.accepted == 1
        assert pair.old._tcp.clients == 1


def test_flows_stay_at_their_members_and_members_see_the_same_balancer(pair: Pair) -> None:
    with ExitStack() as held:
        members = [held.enter_context(UdpMember(name)) for name in "abc"]
        for member in members:
            pair.beat(member.name, member.endpoint)
        turn(pair.old)
        clients = [held.enter_context(udp_client()) for _ in range(9)]

        def exchange(balancer: Balancer) -> list[bytes]:
            for client in clients:
                client.settimeout(0.0)
                client.sendto(b"x", pair.address("u"))
            answers: dict[int, bytes] = {}

            def all_answered() -> bool:
                turn(balancer)
                for number, client in enumerate(clients):
                    if number not in answers:
                        try:
                            answers[number] = client.recv(100)
                        except BlockingIOError:
                            return False
                return True

            until(all_answered, "all are answered")
            return [answers[number] for number in range(len(clients))]

        first = exchange(pair.old)
        assert len(set(first)) == len(members)
        assert exchange(pair.old) == first  # established now
        new = pair.hand_over()
        assert new._udp.flows == len(clients)
        assert exchange(new) == first
        assert all(len(set(member.sources)) == 1 for member in members)


@pytest.mark.parametrize("part", [MEMBERS, FLOWS])
@pytest.mark.parametrize("raw", [b"", b"\xc1", msgspec.msgpack.encode({"from": "another"})])
def test_a_state_that_is_not_understood_is_left_out(pair: Pair, part: str, raw: bytes) -> None:
    pair.beat("a", ("127.0.0.1", 9))
    turn(pair.old)
    new = pair.hand_over(**{part: raw})
    assert new.census()["tcp-service"] == (0, 0)
    pair.beat("a", ("127.0.0.1", 9), sequence=2)
    turn(new)
    assert new.census()["tcp-service"] == (1, 1), "its next beat is enough"


def test_the_one_that_left_hears_nothing_more_and_removes_nobody(pair: Pair) -> None:
    pair.beat("a", ("127.0.0.1", 9))
    turn(pair.old)
    pair.hand_over()
    pair.old.loop.now += 1_000.0
    pair.old._look()
    assert pair.old.census()["tcp-service"] == (1, 1)
