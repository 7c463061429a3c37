"""What docs/reference/balancing.md promises, through a real balancer and real sockets."""

import socket
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace

import pytest

from holdfast.platform.balancer.pool import Pool
from holdfast.platform.balancer.seat import MemberState, Standing
from tests.support.balancing import (
    SETTINGS,
    Balancing,
    TcpMember,
    balancing,
    echo,
    receive,
)
from tests.support.processes import until


def talk(b: Balancing) -> bytes:
    """Who answers a client that asks at once."""
    with b.connect() as client:
        client.sendall(b"x")
        return receive(client, 3)


def state(b: Balancing, node: str) -> MemberState:
    return {each.node: each for each in b.balancer._pool.states(b.balancer._loop.now)}[node]


def in_its_thread(b: Balancing, act: Callable[[Pool], None]) -> None:
    """Do something to the pool between two rounds of the balancer's loop."""
    b.balancer._loop.call_every(0.01, lambda pool=b.balancer._pool: act(pool))


def test_the_least_crowded_member_gets_the_next_client() -> None:
    settings = replace(SETTINGS, policy="")
    with TcpMember(echo("a")) as a, TcpMember(echo("b")) as b1, balancing(settings=settings) as b:
        b.add("a", tcp_service=a.endpoint)
        with ExitStack() as inside:
            for _ in range(3):
                client = inside.enter_context(b.connect())
                assert receive(client, 2) == b"a:"
            b.add("b", tcp_service=b1.endpoint)
            for _ in range(3):
                client = inside.enter_context(b.connect())
                assert receive(client, 2) == b"b:"


def test_the_same_client_meets_the_same_member() -> None:
    settings = replace(SETTINGS, policy="affinity")
    with ExitStack() as stack:
        b = stack.enter_context(balancing(settings=settings))
        for name in "abc":
            member = stack.enter_context(TcpMember(echo(name)))
            b.add(name, tcp_service=member.endpoint)
        assert len({talk(b) for _ in range(9)}) == 1


def test_a_member_that_takes_clients_and_fails_them_is_ejected() -> None:
    def fail(client: socket.socket, _header: object) -> None:
        client.recv(1)

    with TcpMember(fail) as bad, TcpMember(echo("a")) as a, balancing() as b:
        b.add("a", tcp_service=a.endpoint)
        b.add("bad", tcp_service=bad.endpoint)
        answers = Counter(talk(b) for _ in range(40))
        assert answers[b"a:x"] >= 35, "five clients in a row are what it costs"
        until(lambda: state(b, "bad").standing is Standing.EJECTED, "it is ejected")
        assert sum(state(b, "bad").errors.values()) == 5


def test_an_answer_is_timed() -> None:
    with TcpMember(echo("a")) as a, balancing() as b:
        b.add("a", tcp_service=a.endpoint)
        assert state(b, "a").latency_s is None
        talk(b)
        until(lambda: state(b, "a").latency_s is not None, "it is timed once it has been sent on")
        assert (state(b, "a").latency_s or 0.0) >= 0.0


@pytest.mark.parametrize("incarnation", [1, 2])
def test_what_the_operator_drains_stays_drained(incarnation: int) -> None:
    with TcpMember(echo("a")) as a, TcpMember(echo("b")) as b1, balancing() as b:
        b.add("a", tcp_service=a.endpoint)
        b.add("b", tcp_service=b1.endpoint)
        in_its_thread(b, lambda pool: pool.drain("b"))
        until(lambda: b.fit("tcp-service") == 1, "b is drained")
        b.heart.beat("b", {"tcp-service": b1.endpoint}, incarnation=incarnation)
        assert [talk(b) for _ in range(6)] == [b"a:x"] * 6
