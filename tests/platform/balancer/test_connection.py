"""One connection, step by step on real sockets: bytes, half-closes, resets and full buffers."""

import os
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from holdfast.platform.balancer import sockets
from holdfast.platform.balancer.admission import Refusal
from holdfast.platform.balancer.connection import FIRST_READ_BYTES, READ_BYTES, Connection
from holdfast.platform.balancer.loop import Loop
from holdfast.platform.balancer.outliers import Trouble
from holdfast.platform.balancer.poller import IN, OUT
from holdfast.platform.balancer.pool import Pool, Target
from tests.support.balancing import CLIENT_S
from tests.support.processes import until


@dataclass(eq=False)
class Notes:
    """Stands where the relay stands, and notes what a connection tells it."""

    loop: Loop = field(default_factory=Loop)
    pool: Pool = field(default_factory=lambda: Pool({"t": "tcp"}))
    forgotten: int = 0
    moved: int = 0
    refusals: list[Refusal] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)
    failures: list[Trouble] = field(default_factory=list)

    def record(self, connection: Connection, how: str) -> None:
        assert connection.client.fd >= 0, "its sockets are still open"
        self.ends.append(how)

    def forget(self, _connection: Connection) -> None:
        self.forgotten += 1

    def move(self, _connection: Connection) -> None:
        self.moved += 1

    def member_failed(self, _target: Target, trouble: Trouble) -> None:
        self.failures.append(trouble)

    def say_farewell(self, _door: object, sock: socket.socket, why: Refusal) -> None:
        self.refusals.append(why)
        self.loop.close(sock)


def tcp_pair() -> tuple[socket.socket, socket.socket]:
    """The two ends of a TCP connection; the first does not block."""
    with sockets.listen_tcp("127.0.0.1", 0, "x") as listening:
        theirs = socket.create_connection(listening.getsockname(), timeout=CLIENT_S)
        ours, _ = sockets.accept(listening)
    return ours, theirs


class Bench:
    """A connection between a client and a member that the test plays both."""

    def __init__(self) -> None:
        self.notes = Notes()
        self.target = Target("t", "a", 1, ("127.0.0.1", 1))
        client_side, self.client = tcp_pair()
        self.connection = Connection(self.notes, None, client_side, "c")  # type: ignore[arg-type]
        self.member = self.join()

    def join(self) -> socket.socket:
        member_side, member = tcp_pair()
        self.connection.join(member_side, self.target)
        return member

    def turn(self, times: int = 3) -> None:
        """Let the loop deal with all that is ready."""
        for _ in range(times):
            self.notes.loop.call_at(self.notes.loop.now, lambda: None)
            self.notes.loop.turn()

    def turn_until_over(self) -> None:
        until(lambda: self.turn() or self.connection.over, "the connection is over")

    def close(self) -> None:
        if not self.connection.over:
            self.connection.close()
        self.notes.loop.dispose()
        self.client.close()
        self.member.close()


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.close()


def reset(sock: socket.socket) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def fill(bench: Bench, sock: socket.socket) -> int:
    """Send from one side until nobody takes more; how many bytes went in."""
    sock.setblocking(False)
    sent = stuck = 0
    while stuck < 5:
        try:
            sent += sock.send(bytes(READ_BYTES))
            stuck = 0
        except BlockingIOError:
            stuck += 1
        bench.turn()
    sock.settimeout(CLIENT_S)
    return sent


def test_bytes_go_both_ways(bench: Bench) -> None:
    bench.client.sendall(b"question")
    bench.turn()
    assert bench.member.recv(100) == b"question"
    bench.member.sendall(b"answer")
    bench.turn()
    assert bench.client.recv(100) == b"answer"


def test_a_member_is_asked_for_signs_of_life_once_its_client_lasts(bench: Bench) -> None:
    def is_asked() -> bool:
        member = bench.connection.member
        assert member is not None
        return bool(member.sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE))

    member = bench.connection.member
    assert member is not None
    member.sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 0)  # it came by `accept` here
    bench.connection.last()
    assert is_asked()
    member.sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 0)
    bench.connection.last()
    assert not is_asked()  # once is enough


@pytest.mark.parametrize("size", [1, FIRST_READ_BYTES - 1, FIRST_READ_BYTES, 5000, READ_BYTES])
def test_messages_of_any_size_go_through_whole(bench: Bench, size: int) -> None:
    sent = os.urandom(size)
    bench.client.sendall(sent)
    got = b""
    while len(got) < size:
        bench.turn()
        got += bench.member.recv(READ_BYTES)
    assert got == sent


@pytest.mark.parametrize("size", [1, FIRST_READ_BYTES, FIRST_READ_BYTES + 1, 4000, 30_000])
def test_what_one_side_sends_at_once_reaches_the_other_at_once(bench: Bench, size: int) -> None:
    for _ in range(2):
        bench.member.sendall(bytes(size))
        bench.turn(1)
        assert len(bench.client.recv(2 * READ_BYTES)) == size
        bench.client.sendall(bytes(size))
        bench.turn(1)
        assert len(bench.member.recv(2 * READ_BYTES)) == size


def test_what_is_not_taken_is_kept_within_a_bound_and_delivered_later(bench: Bench) -> None:
    sent = fill(bench, bench.client)
    member_end = bench.connection.client.other
    assert member_end.pending is not None
    assert len(member_end.pending) <= READ_BYTES
    got = 0
    while got < sent:
        got += len(bench.member.recv(1 << 20))
        bench.turn(1)
    assert got == sent
    assert member_end.pending is None
    bench.member.sendall(b"and back")
    bench.turn()
    assert bench.client.recv(100) == b"and back"


def test_while_one_direction_is_stuck_the_other_goes_on(bench: Bench) -> None:
    fill(bench, bench.client)
    bench.member.sendall(b"still talking")
    bench.turn()
    assert bench.client.recv(100) == b"still talking"


def test_a_half_close_is_passed_on_after_the_last_byte(bench: Bench) -> None:
    sent = fill(bench, bench.client)
    bench.client.shutdown(socket.SHUT_WR)
    bench.turn()
    got = 0
    while piece := bench.member.recv(1 << 20):
        got += len(piece)
        bench.turn(2)
    assert got == sent
    bench.member.sendall(b"thanks")
    bench.turn()
    assert bench.client.recv(100) == b"thanks"
    bench.member.shutdown(socket.SHUT_WR)
    bench.turn_until_over()
    assert bench.client.recv(100) == b""


def test_the_end_of_both_sides_ends_it_once_and_leaves_nothing(bench: Bench) -> None:
    bench.client.sendall(b"x")
    bench.turn()
    assert bench.member.recv(1) == b"x"
    bench.client.close()
    bench.turn()
    bench.member.close()
    bench.turn_until_over()
    assert bench.notes.forgotten == 1
    assert bench.target.in_flight == 0
    bench.connection.close()
    bench.connection.refuse(Refusal.LOST)
    assert bench.notes.forgotten == 1
    assert bench.notes.ends == ["finished"]
    assert bench.notes.refusals == []


def test_a_members_end_before_any_byte_moves_the_client(bench: Bench) -> None:
    bench.member.close()
    bench.turn()
    assert bench.notes.moved == 1
    assert bench.notes.failures == [Trouble.SILENT]
    assert not bench.connection.over
    assert bench.target.in_flight == 0
    second = bench.join()
    with second:
        bench.client.sendall(b"hello")
        bench.turn()
        assert second.recv(10) == b"hello"


def test_a_members_reset_before_any_byte_moves_the_client(bench: Bench) -> None:
    reset(bench.member)
    bench.turn()
    assert bench.notes.moved == 1
    assert bench.notes.failures == [Trouble.RESET]


def test_the_clients_first_bytes_are_carried_along_when_no_member_got_them(bench: Bench) -> None:
    end = bench.connection.client
    bench.connection.undelivered(end, b"hello")
    assert bench.notes.moved == 1
    bench.member.close()
    bench.member = bench.join()
    bench.turn()
    assert bench.member.recv(10) == b"hello"
    bench.client.sendall(b", world")
    bench.turn()
    assert bench.member.recv(10) == b", world"


def test_a_members_end_after_the_client_spoke_but_before_an_answer_is_told(bench: Bench) -> None:
    bench.client.sendall(b"hello")
    bench.turn()
    bench.member.recv(10)
    bench.member.close()
    bench.turn()
    assert bench.notes.refusals == [Refusal.LOST]
    assert bench.notes.forgotten == 1
    assert bench.notes.ends == ["lost"]


def test_a_members_reset_before_an_answer_is_told_even_to_a_client_that_has_finished(
    bench: Bench,
) -> None:
    bench.client.sendall(b"hello")
    bench.client.shutdown(socket.SHUT_WR)
    bench.turn()
    reset(bench.member)
    bench.turn_until_over()
    assert bench.notes.refusals == [Refusal.LOST]


def test_a_members_silent_end_after_the_clients_end_is_an_ordinary_end(bench: Bench) -> None:
    bench.client.shutdown(socket.SHUT_WR)
    bench.turn()
    bench.member.close()
    bench.turn_until_over()
    assert bench.notes.refusals == []
    assert bench.notes.moved == 0
    assert bench.notes.failures == []


def test_a_member_that_lost_patience_with_a_silent_client_has_not_failed_it(bench: Bench) -> None:
    bench.connection.joined_at -= 60.0
    bench.member.close()
    bench.turn()
    assert bench.notes.moved == 1
    assert bench.notes.failures == []


def test_the_first_answer_is_timed_once_from_when_it_was_due(bench: Bench) -> None:
    loop, seen = bench.notes.loop, []
    bench.notes.pool.answered = lambda *told: seen.append(told)  # type: ignore[method-assign]
    bench.connection.joined_at -= 60.0
    bench.client.sendall(b"question")
    bench.turn()
    bench.connection.client.spoke_at -= 5.0
    bench.member.sendall(b"answer")
    bench.turn()
    ((target, latency_s, now),) = seen
    assert target is bench.target
    assert 5.0 <= latency_s < 60.0
    assert now <= loop.now
    assert bench.client.recv(10) == b"answer"
    bench.member.sendall(b"more")
    bench.turn()
    assert bench.client.recv(10) == b"more"
    assert len(seen) == 1


def test_a_reset_client_ends_it_for_the_member(bench: Bench) -> None:
    bench.client.sendall(b"hello")
    bench.turn()
    reset(bench.client)
    bench.turn_until_over()
    assert bench.member.recv(10) == b"hello"
    assert bench.member.recv(10) == b""
    assert bench.notes.ends == ["client-lost"]


def test_what_a_client_said_before_its_reset_is_delivered(bench: Bench) -> None:
    fill(bench, bench.client)
    bench.member.sendall(b"x" * 10)
    bench.turn()
    reset(bench.client)
    bench.turn(10)
    assert not bench.connection.over, "there are bytes for the member still"
    bench.member.settimeout(CLIENT_S)
    got = 0
    while piece := bench.member.recv(1 << 20):
        got += len(piece)
        bench.turn(2)
    assert got > READ_BYTES
    assert bench.connection.over


def test_a_dead_side_while_nothing_can_be_read_does_not_spin(bench: Bench) -> None:
    fill(bench, bench.client)
    told: list[int] = []
    end = bench.connection.client
    before = type(end).on_event
    type(end).on_event = lambda self, mask: (told.append(mask), before(self, mask))[1]
    try:
        reset(bench.client)
        bench.turn(50)
    finally:
        type(end).on_event = before
    assert len(told) <= 3


def test_a_member_that_takes_no_more_may_still_be_heard_out(bench: Bench) -> None:
    bench.member.sendall(b"last words")
    bench.connection.unwritable(bench.connection.client.other)
    bench.turn()
    assert bench.client.recv(100) == b"last words"
    bench.client.sendall(b"into the void")
    bench.member.close()
    bench.turn_until_over()


def test_a_reset_member_that_had_answered_ends_it_for_the_client(bench: Bench) -> None:
    bench.member.sendall(b"x")
    bench.turn()
    reset(bench.member)
    bench.turn_until_over()
    assert bench.notes.ends == ["member-lost"]


def test_a_side_that_neither_takes_nor_says_more_is_over(bench: Bench) -> None:
    bench.client.sendall(b"x")
    bench.turn()
    bench.client.shutdown(socket.SHUT_WR)
    bench.turn()
    bench.connection.unwritable(bench.connection.client)
    assert bench.connection.over
    assert bench.member.recv(10) == b"x"


def test_an_event_with_nothing_behind_it_changes_nothing(bench: Bench) -> None:
    for end in (bench.connection.client, bench.connection.client.other):
        end.on_event(IN)
        end.on_event(IN | OUT)
    assert not bench.connection.over
    bench.client.sendall(b"hello")
    bench.turn()
    assert bench.member.recv(10) == b"hello"


def test_an_error_inside_ends_the_connection_only(bench: Bench) -> None:
    bench.connection.client.on_fault()
    assert bench.connection.over
    assert bench.notes.ends == ["fault"]
    assert bench.notes.forgotten == 1


def test_activity_is_the_last_byte_of_either_side(bench: Bench) -> None:
    opened_at = bench.connection.active_at()
    bench.member.sendall(b"x")
    bench.turn()
    heard_at = bench.connection.active_at()
    assert heard_at > opened_at
    bench.client.sendall(b"x")
    bench.turn()
    assert bench.connection.active_at() > heard_at


def test_nothing_refers_in_a_circle_after_the_end(bench: Bench) -> None:
    client, member = bench.connection.client, bench.connection.client.other
    bench.connection.close()
    for end in (client, member):
        assert not hasattr(end, "connection")
        assert not hasattr(end, "other")
