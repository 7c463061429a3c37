"""The node's socket tells how long a datagram had waited, whatever the clocks do meanwhile."""

import socket
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from holdfast.grading.entrypoints.node_socket import (
    LONGEST_WAIT_S,
    UNQUEUED_S,
    UNSENT,
    NodeSocket,
    _has_stamps,
)
from tests.support.eventually import eventually

BLOCKED_S = 0.02


class Clocks:
    """Two clocks that are set by hand; the wall clock goes with the real one between."""

    def __init__(self) -> None:
        self.passed_s = 0.0
        self.wall_set_by_s = 0.0

    def monotonic(self) -> float:
        return self.passed_s

    def wall(self) -> float:
        return time.time() + self.passed_s + self.wall_set_by_s


def bound() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setblocking(False)
    made.bind(("127.0.0.1", 0))
    return made


@dataclass
class Pair:
    """A node's socket on fake clocks, and somebody who writes to it."""

    node: NodeSocket
    writer: socket.socket
    clocks: Clocks = field(default_factory=Clocks)

    def write(self, data: bytes) -> None:
        self.writer.sendto(data, self.node.socket.getsockname())

    def read(self) -> tuple[bytes, float]:
        found = self.node.receive()
        assert found is not None
        data, sender, waited_s = found
        assert sender == self.writer.getsockname()
        return data, waited_s


@pytest.fixture
def pair() -> Iterator[Pair]:
    clocks = Clocks()
    with bound() as ours, bound() as writer:
        yield Pair(NodeSocket(ours, monotonic=clocks.monotonic, wall=clocks.wall), writer, clocks)


def needs_stamps() -> None:
    with bound() as sock:
        if not _has_stamps(sock):
            pytest.skip("this system has no time of arrival for datagrams")


def test_datagrams_come_in_their_order_and_then_there_is_none(pair: Pair) -> None:
    pair.write(b"a")
    pair.write(b"b" * 1200)
    assert [pair.read()[0] for _ in range(2)] == [b"a", b"b" * 1200]
    assert pair.node.receive() is None


def test_a_datagram_that_is_read_seconds_later_tells_of_these_seconds(pair: Pair) -> None:
    needs_stamps()
    pair.write(b"first")
    pair.clocks.passed_s += 3.0
    pair.write(b"second")
    pair.clocks.passed_s += 0.0
    assert 3.0 <= pair.read()[1] <= 3.0 + UNQUEUED_S
    assert pair.read()[0] == b"second"


async def test_the_stamp_is_of_the_coming_and_not_of_the_reading() -> None:
    needs_stamps()
    with bound() as ours, bound() as writer:
        node = NodeSocket(ours)

        def is_known_to_have_waited() -> bool:
            """The kernel may need a moment until it stamps."""
            writer.sendto(b"x", ours.getsockname())
            until = time.monotonic() + BLOCKED_S
            while time.monotonic() < until:
                pass  # nothing is read while the process is busy
            found = node.receive()
            assert found is not None
            return found[2] >= BLOCKED_S

        await eventually(is_known_to_have_waited)


def test_a_wall_clock_that_is_set_forward_makes_nothing_older_than_the_empty_socket(
    pair: Pair,
) -> None:
    needs_stamps()
    pair.clocks.passed_s = 10.0
    assert pair.node.receive() is None
    pair.write(b"x")
    pair.clocks.passed_s = 10.25
    pair.clocks.wall_set_by_s = 3600.0
    assert pair.read()[1] == 0.25 + UNQUEUED_S


def test_a_wall_clock_that_is_set_back_makes_it_as_old_as_its_reading(pair: Pair) -> None:
    pair.write(b"x")
    pair.clocks.passed_s = 2.0
    pair.clocks.wall_set_by_s = -3600.0
    assert pair.read()[1] == 0.0


def test_no_datagram_is_older_than_the_longest_test(pair: Pair) -> None:
    needs_stamps()
    pair.write(b"x")
    pair.clocks.passed_s = 1000.0
    assert pair.read()[1] == LONGEST_WAIT_S


class Unstamped(socket.socket):
    """A socket of a system without stamps."""

    def setsockopt(self, *_: object) -> None:  # type: ignore[override]
        raise OSError("protocol not available")


def test_without_stamps_a_datagram_came_when_it_was_read() -> None:
    clocks = Clocks()
    with Unstamped(socket.AF_INET, socket.SOCK_DGRAM) as ours, bound() as writer:
        ours.bind(("127.0.0.1", 0))
        node = NodeSocket(ours, monotonic=clocks.monotonic, wall=clocks.wall)
        writer.sendto(b"x", ours.getsockname())
        clocks.passed_s = 5.0
        assert node.receive() == (b"x", writer.getsockname(), 0.0)


def test_a_system_that_is_not_linux_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    with bound() as sock:
        assert not _has_stamps(sock)


@pytest.mark.parametrize(
    "control",
    [(1, 35, b"short"), (1, 36, bytes(16)), (2, 35, bytes(16))],
    ids=["short", "kind", "level"],
)
def test_control_data_that_is_no_stamp_is_no_time(
    pair: Pair, control: tuple[int, int, bytes]
) -> None:
    assert pair.node._waited_s([control], 0.0) == 0.0


class Full(socket.socket):
    """A socket that takes only so many datagrams, and bounces off a member that is gone."""

    room = 0
    is_refused = False
    taken: deque[bytes]

    def sendto(self, data: bytes, *_: object) -> int:  # type: ignore[override]
        if self.is_refused:
            raise ConnectionRefusedError
        if not self.room:
            raise BlockingIOError
        self.room -= 1
        self.taken.append(data)
        return len(data)


@pytest.fixture
def full() -> Iterator[Full]:
    with Full(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.taken = deque()
        yield made


def test_answers_that_the_network_does_not_take_are_kept_in_order(full: Full) -> None:
    node, to = NodeSocket(full), ("127.0.0.1", 9)
    full.room = 1
    assert node.send(b"0", to)
    assert not node.send(b"1", to)
    full.room = 2
    assert not node.send(b"2", to)  # not past the one that waits
    assert node.send_rest()
    assert list(full.taken) == [b"0", b"1", b"2"]


def test_only_so_many_answers_are_kept(full: Full) -> None:
    node = NodeSocket(full)
    for _ in range(UNSENT + 10):
        assert not node.send(b"x", ("127.0.0.1", 9))
    full.room = 100
    assert not node.send_rest()
    full.room = 1000
    assert node.send_rest()
    assert len(full.taken) == UNSENT


def test_an_answer_to_a_balancer_that_is_gone_is_lost_and_disturbs_nobody(full: Full) -> None:
    full.is_refused = True
    assert NodeSocket(full).send(b"x", ("127.0.0.1", 9))
