"""All kinds of pollers do the same."""

import socket
from collections.abc import Iterator

import pytest

from holdfast.platform.balancer.poller import (
    ERR,
    HUP,
    IN,
    OUT,
    EpollPoller,
    Poller,
    PollPoller,
    best_poller,
)
from tests.support.fast_path import compiled_poller


@pytest.fixture(params=[EpollPoller, PollPoller, compiled_poller])
def poller(request: pytest.FixtureRequest) -> Iterator[Poller]:
    made: Poller = request.param()
    yield made
    made.close()


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


Pair = tuple[socket.socket, socket.socket]


def test_what_is_ready_is_told_until_it_is_dealt_with(poller: Poller, pair: Pair) -> None:
    ours, theirs = pair
    poller.register(ours.fileno(), IN)
    assert poller.poll(0.0, 10) == []
    theirs.send(b"x")
    for _ in range(2):
        assert poller.poll(1.0, 10) == [(ours.fileno(), IN)]
    ours.recv(1)
    assert poller.poll(0.0, 10) == []


def test_interest_can_be_changed_and_given_up(poller: Poller, pair: Pair) -> None:
    ours, theirs = pair
    poller.register(ours.fileno(), IN)
    poller.modify(ours.fileno(), OUT)
    theirs.send(b"x")
    assert poller.poll(1.0, 10) == [(ours.fileno(), OUT)]
    poller.modify(ours.fileno(), 0)
    assert poller.poll(0.0, 10) == []
    poller.unregister(ours.fileno())
    theirs.close()
    assert poller.poll(0.0, 10) == []


def test_a_hang_up_is_told_even_to_those_who_asked_for_nothing(poller: Poller, pair: Pair) -> None:
    ours, theirs = pair
    poller.register(ours.fileno(), 0)
    theirs.close()
    ((fd, mask),) = poller.poll(1.0, 10)
    assert fd == ours.fileno()
    assert mask & (HUP | ERR)


def test_only_so_many_are_told_at_once(poller: Poller) -> None:
    pairs = [socket.socketpair() for _ in range(5)]
    for ours, theirs in pairs:
        theirs.send(b"x")
        poller.register(ours.fileno(), IN)
    assert len(poller.poll(1.0, 3)) == 3
    for ours, theirs in pairs:
        ours.close()
        theirs.close()


def test_a_descriptor_that_is_closed_is_forgotten(poller: Poller, pair: Pair) -> None:
    ours, theirs = pair
    poller.register(ours.fileno(), IN)
    theirs.send(b"x")
    poller.closing(ours.fileno())
    poller.closing(987)
    ours.close()
    assert poller.poll(0.0, 10) == []


def test_the_best_poller_of_linux_is_epoll() -> None:
    with_epoll = best_poller()
    assert isinstance(with_epoll, EpollPoller)
    with_epoll.close()


def test_without_epoll_poll_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("select.epoll")
    assert isinstance(best_poller(), PollPoller)
