"""The admin port in a real loop: places, time, floods, and clients that misbehave."""

import random
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass

import pytest

from holdfast.platform.balancer import admin as module
from holdfast.platform.balancer.admin import MAX_VISITS, AdminPort
from holdfast.platform.balancer.admin_routes import Reloaded
from holdfast.platform.balancer.loop import Loop
from holdfast.platform.balancer.poller import IN
from holdfast.platform.balancer.sockets import listen_tcp
from tests.support.balancing import CLIENT_S, open_descriptors, receive_all
from tests.support.processes import until

TOKEN = b"a token that only tests know"
ASK = b"GET /fleet HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + TOKEN + b"\r\n\r\n"
LIVE = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Fleet:
    """Answers with a page of a chosen size, or fails."""

    def __init__(self) -> None:
        self.size = 10
        self.done: list[str] = []

    def fleet(self) -> Mapping[str, object]:
        return {"nodes": "x" * self.size}

    def metrics(self) -> str:
        raise RuntimeError("this must not stop the balancer")

    def drain(self, node: str) -> None:
        self.done.append(node)

    def undrain(self, node: str) -> None:
        self.done.append(node)

    def weigh(self, node: str, weight: float) -> None:
        self.done.append(node)

    def reload(self) -> Reloaded:
        return Reloaded()


@dataclass
class Open:
    """A running admin port."""

    port: AdminPort
    fleet: Fleet
    address: tuple[str, int]

    def connect(self) -> socket.socket:
        return socket.create_connection(self.address, timeout=CLIENT_S)

    def ask(self, raw: bytes) -> bytes:
        with self.connect() as client:
            client.sendall(raw)
            return receive_all(client)


@contextmanager
def admin_port() -> Iterator[Open]:
    loop, fleet = Loop(), Fleet()
    sock = listen_tcp("127.0.0.1", 0, "admin")
    address = sock.getsockname()
    port = AdminPort(loop, sock, fleet, TOKEN)
    ours, theirs = socket.socketpair()

    class _Stop:
        def on_event(self, _mask: int) -> None:
            loop.stop()

        def on_fault(self) -> None: ...

    loop.watch(sock.fileno(), IN, port)
    loop.watch(theirs.fileno(), IN, _Stop())
    thread = threading.Thread(target=loop.run)
    thread.start()
    try:
        yield Open(port, fleet, address)
    finally:
        ours.send(b"x")
        thread.join(CLIENT_S)
        port.close()
        loop.dispose()
        ours.close()
        theirs.close()


def status_of(answer: bytes) -> bytes:
    return answer.split(b" ", 2)[1] if answer else b""


def test_a_request_is_answered_and_the_connection_closed() -> None:
    with admin_port() as admin:
        answer = admin.ask(ASK)
        assert status_of(answer) == b"200"
        assert answer.endswith(b'{"nodes":"xxxxxxxxxx"}\n')


def test_a_long_answer_arrives_whole_at_a_slow_reader() -> None:
    with admin_port() as admin:
        admin.fleet.size = 1_000_000
        with admin.connect() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
            client.sendall(ASK)
            assert len(receive_all(client)) > 1_000_000


def test_an_answer_survives_bytes_that_nobody_asked_for() -> None:
    with admin_port() as admin:
        for _ in range(20):
            assert status_of(admin.ask(LIVE + b"x" * 5_000)) == b"200"


def test_a_fault_of_ours_costs_one_answer(caplog: pytest.LogCaptureFixture) -> None:
    with admin_port() as admin:
        broken = admin.ask(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert status_of(broken) == b"500"
        assert b"this must not" not in broken
        assert status_of(admin.ask(LIVE)) == b"200"
    assert "admin_failed" in caplog.text


def test_whoever_sits_there_makes_room_for_the_next_one() -> None:
    with admin_port() as admin, ExitStack() as stack:
        sitting = [stack.enter_context(admin.connect()) for _ in range(3 * MAX_VISITS)]
        for client in sitting:
            with suppress(OSError):  # it has made room already
                client.sendall(b"GET /fleet HTTP/1.1\r\nHost: ")
        assert status_of(admin.ask(ASK)) == b"200"
        assert admin.port.visits <= MAX_VISITS
        with suppress(ConnectionResetError):
            assert sitting[0].recv(1) == b"", "the oldest has gone"


def test_a_visit_ends_when_its_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "VISIT_S", 0.05)
    with admin_port() as admin, admin.connect() as silent, admin.connect() as talking:
        talking.sendall(b"GET")
        assert silent.recv(1) == talking.recv(1) == b""
        until(lambda: admin.port.visits == 0, "nothing is remembered")


def test_an_answer_that_nobody_reads_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "VISIT_S", 0.2)
    with admin_port() as admin, admin.connect() as client:
        admin.fleet.size = 50_000_000
        client.sendall(ASK)
        until(lambda: admin.port.visits == 1, "it is inside")
        until(lambda: admin.port.visits == 0, "it is given up")


def test_random_and_mutated_requests_neither_stop_it_nor_make_it_grow() -> None:
    dice = random.Random(6)  # one seed: a failure can be repeated
    with admin_port() as admin:
        assert status_of(admin.ask(LIVE)) == b"200"
        before = open_descriptors()
        for number in range(400):
            raw = bytearray(dice.choice([ASK, LIVE, dice.randbytes(dice.randrange(1, 3_000))]))
            for _ in range(dice.randrange(6)):
                raw[dice.randrange(len(raw))] = dice.randrange(256)
            with admin.connect() as client:
                client.sendall(raw[: dice.randrange(1, len(raw) + 1)])
                if number % 3:
                    client.shutdown(socket.SHUT_WR)
                    answer = receive_all(client)
                    assert answer.startswith(b"HTTP/1.1 ")
        assert status_of(admin.ask(LIVE)) == b"200"
        until(lambda: admin.port.visits == 0, "nobody is left inside")
        until(lambda: open_descriptors() <= before, "no descriptor is left")
        assert not admin.fleet.done


def test_closing_ends_those_who_are_inside() -> None:
    before = open_descriptors()
    with admin_port() as admin, admin.connect() as client:
        client.sendall(b"GET")
        until(lambda: admin.port.visits == 1, "it is inside")
    assert open_descriptors() == before
