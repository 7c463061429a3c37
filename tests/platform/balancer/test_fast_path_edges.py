"""The poller of the fast path, turned by hand: edges that come together, and places used again."""

import contextlib
import socket
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from holdfast.platform.balancer import fast_path
from tests.support.balancing import CLIENT_S
from tests.support.fast_path import compiled_poller, reset
from tests.support.processes import until

if TYPE_CHECKING:
    from holdfast.platform.balancer._fast_path import PairPoller


DOOR: Any = "door"
NO_PORT = 70_000
"""No client's port is above it: nobody is taken for our own connect to ourselves."""


@pytest.fixture
def poller() -> Iterator["PairPoller"]:
    made = compiled_poller()
    yield made
    made.close()


class Bench:
    """A poller with a door and a member, turned by hand; `most` events a turn."""

    def __init__(self, poller: "PairPoller", opening: bytes = b"", backlog: int = 64) -> None:
        self.poller = poller
        self.opening = opening
        poller.limit(CLIENT_S, NO_PORT)
        self.door = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.door.setblocking(False)
        self.member = socket.create_server(("127.0.0.1", 0), backlog=backlog)
        self.member.settimeout(CLIENT_S)

    def client(self, member: socket.socket | None = None) -> socket.socket:
        """One that is let in and is being connected to the member."""
        made = socket.create_connection(self.door.getsockname())
        to = self.poller.address(*(member or self.member).getsockname())

        def place(*_: object) -> Any:
            return to, self.opening, DOOR, "host", "target"

        def is_in() -> bool:
            now = time.monotonic()
            return self.poller.accept(self.door.fileno(), 1, now, place, DOOR) == 1

        until(is_in, "it is let in")
        return made

    def pair(self) -> tuple[socket.socket, socket.socket]:
        """A client and its member's socket."""
        client = self.client()
        member, _ = self.member.accept()
        until(lambda: bool(self.turn()[0]), "they are joined")
        return client, member

    def turn(self, most: int = 256) -> "tuple[list[Any], ...]":
        self.poller.poll(0.01, most)
        return self.poller.news()

    def close(self) -> None:
        self.door.close()
        self.member.close()


@pytest.fixture
def bench(poller: "PairPoller") -> Iterator[Bench]:
    made = Bench(poller)
    yield made
    made.close()


@pytest.mark.parametrize("side", ["client", "member"])
def test_a_reset_that_comes_together_with_the_end_is_noticed(bench: Bench, side: str) -> None:
    client, member = bench.pair()
    client.sendall(b"x")
    member.sendall(b"x")
    bench.turn()
    leaver, other = (client, member) if side == "client" else (member, client)
    leaver.shutdown(socket.SHUT_WR)
    reset(leaver)
    returned: list[Any] = []

    def is_handed_back() -> bool:
        returned.extend(bench.turn()[3])
        return bool(returned)

    until(is_handed_back, "it is handed back")
    assert [back[:2] for back in returned] == [(fast_path.RESET, side == "member")]
    other.close()


def test_what_stands_behind_an_urgent_byte_comes_too(bench: Bench) -> None:
    client, member = bench.pair()
    client.sendall(b"abc")
    client.send(b"!", socket.MSG_OOB)
    client.sendall(b"def")
    member.setblocking(False)
    got = b""

    def is_there() -> bool:
        nonlocal got
        bench.turn()
        with contextlib.suppress(BlockingIOError):
            got += member.recv(100)
        return got == b"abcdef"

    until(is_there, "all of it came")
    client.close()
    member.close()


def test_a_place_that_was_left_unread_keeps_nothing_from_who_comes_there(
    poller: "PairPoller",
) -> None:
    """Its newcomer speaks while the member is still being connected."""
    bench = Bench(poller, opening=b"x")
    pairs = [bench.pair() for _ in range(40)]
    for client, _ in pairs:
        client.sendall(b"word")
        client.shutdown(socket.SHUT_WR)
    time.sleep(0.05)
    bench.turn()  # all are to be looked at again, the last one last
    reset(pairs[-1][1])
    time.sleep(0.02)
    assert bench.turn(most=2)[3], "the last one has left its place"
    bench.turn(most=2)
    with full_endpoint() as (deaf, filling):
        client = bench.client(deaf)
        client.sendall(b"hello")
        for _ in pairs:
            bench.turn(most=2)
        assert poller.count >= len(pairs)
        for one in filling:
            one.close()
        deaf.setblocking(False)
        got = b""

        def is_heard() -> bool:
            nonlocal got
            bench.turn()
            with contextlib.suppress(BlockingIOError):
                accepted.append(deaf.accept()[0])
                accepted[-1].setblocking(False)
            for one in accepted:
                with contextlib.suppress(BlockingIOError):
                    got += one.recv(100)
            return b"xhello" in got

        accepted: list[socket.socket] = []
        until(is_heard, "what it said is there")
        client.close()
        for one in accepted:
            one.close()
    for both in pairs:
        for one in both:
            one.close()
    bench.close()


@contextlib.contextmanager
def full_endpoint() -> Iterator[tuple[socket.socket, list[socket.socket]]]:
    """A member whose queue of connections is full, and those who fill it."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as deaf:
        filling = [socket.socket() for _ in range(3)]
        for one in filling:
            one.setblocking(False)
            one.connect_ex(deaf.getsockname())
        try:
            yield deaf, filling
        finally:
            for one in filling:
                one.close()
