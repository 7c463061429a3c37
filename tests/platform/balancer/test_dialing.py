"""Connects that take a while, and last words that must arrive."""

import socket
from collections.abc import Iterator

import pytest

from holdfast.platform.balancer import sockets
from holdfast.platform.balancer.dialing import Dialing, Farewell
from holdfast.platform.balancer.loop import Loop
from tests.support.balancing import CLIENT_S, DeadEndpoint, deaf_endpoint, receive_all
from tests.support.processes import until


@pytest.fixture
def loop() -> Iterator[Loop]:
    made = Loop()
    yield made
    made.dispose()


class Outcome:
    """What a dialing led to."""

    def __init__(self) -> None:
        self.sock: socket.socket | None = None
        self.error: OSError | None = None

    def reached(self, sock: socket.socket) -> None:
        self.sock = sock

    def failed(self, error: OSError) -> None:
        self.error = error

    @property
    def known(self) -> bool:
        return self.sock is not None or self.error is not None


def turn(loop: Loop) -> None:
    loop.call_at(loop.now, lambda: None)
    loop.turn()


def begin(loop: Loop, endpoint: tuple[str, int], timeout_s: float) -> tuple[Dialing, Outcome]:
    """A dialing whose connect has just begun, as if the first look had been too early."""
    sock = socket.socket()
    sock.setblocking(False)
    sock.connect_ex(endpoint)
    outcome = Outcome()
    dialing = Dialing(loop, sock, endpoint, opening=b"opening")
    dialing.begin(timeout_s, outcome.reached, outcome.failed)
    return dialing, outcome


def test_a_member_that_accepts_is_reached_and_gets_the_opening(loop: Loop) -> None:
    with sockets.listen_tcp("127.0.0.1", 0, "x") as listening:
        _, outcome = begin(loop, listening.getsockname(), 10.0)
        until(lambda: turn(loop) or outcome.known, "the outcome is known")
        assert outcome.sock is not None
        accepted, _ = sockets.accept(listening)
        with accepted, outcome.sock:
            assert accepted.recv(100) == b"opening"


def test_a_refusal_is_a_failure(loop: Loop) -> None:
    with DeadEndpoint() as dead:
        _, outcome = begin(loop, dead.endpoint, 10.0)
        until(lambda: turn(loop) or outcome.known, "the outcome is known")
    assert isinstance(outcome.error, ConnectionRefusedError)


def test_silence_is_a_failure_after_the_time_out(loop: Loop) -> None:
    with deaf_endpoint() as endpoint:
        _, outcome = begin(loop, endpoint, 0.01)
        until(lambda: turn(loop) or outcome.known, "the outcome is known")
        assert isinstance(outcome.error, TimeoutError)


def test_what_was_called_off_has_no_outcome(loop: Loop) -> None:
    with deaf_endpoint() as endpoint:
        for call_off in (Dialing.cancel, Dialing.on_fault):
            dialing, outcome = begin(loop, endpoint, 0.0)
            call_off(dialing)
            turn(loop)
            assert not outcome.known


def test_an_event_that_comes_too_early_changes_nothing(loop: Loop) -> None:
    with deaf_endpoint() as endpoint:
        dialing, outcome = begin(loop, endpoint, 10.0)
        dialing.on_event(0)
        assert not outcome.known
        dialing.cancel()


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    with sockets.listen_tcp("127.0.0.1", 0, "x") as listening:
        client = socket.create_connection(listening.getsockname(), timeout=CLIENT_S)
        ours, _ = sockets.accept(listening)
        with client, ours:
            yield ours, client


Pair = tuple[socket.socket, socket.socket]


def test_last_words_arrive_although_the_client_has_said_much(loop: Loop, pair: Pair) -> None:
    ours, client = pair
    everybody: set[Farewell] = set()
    client.sendall(b"x" * 100_000)
    Farewell(loop, ours, everybody).begin(b"sorry", 10.0)
    for _ in range(5):
        turn(loop)
    client.sendall(b"more")
    assert receive_all(client) == b"sorry"
    client.close()
    until(lambda: turn(loop) or not everybody, "it is over")
    assert ours.fileno() == -1


def test_a_client_that_never_hangs_up_is_not_waited_for_long(loop: Loop, pair: Pair) -> None:
    ours, client = pair
    everybody: set[Farewell] = set()
    Farewell(loop, ours, everybody).begin(b"sorry", 0.01)
    until(lambda: turn(loop) or not everybody, "it is over")
    assert receive_all(client) == b"sorry"


def test_without_patience_it_is_over_at_once(loop: Loop, pair: Pair) -> None:
    ours, client = pair
    everybody: set[Farewell] = set()
    Farewell(loop, ours, everybody).begin(b"sorry", 0.0)
    assert not everybody
    turn(loop)
    assert receive_all(client) == b"sorry"


def test_a_client_that_has_gone_already_is_no_error(loop: Loop, pair: Pair) -> None:
    ours, client = pair
    everybody: set[Farewell] = set()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    client.close()
    Farewell(loop, ours, everybody).begin(b"sorry", 10.0)
    until(lambda: turn(loop) or not everybody, "it is over")


def test_an_error_inside_ends_it(loop: Loop, pair: Pair) -> None:
    ours, _ = pair
    everybody: set[Farewell] = set()
    farewell = Farewell(loop, ours, everybody)
    farewell.begin(b"sorry", 10.0)
    farewell.on_event(0)
    assert everybody == {farewell}
    farewell.on_fault()
    assert not everybody
