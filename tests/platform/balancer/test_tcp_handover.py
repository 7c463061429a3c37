"""TCP connections that outlive their member: the client never notices, or is told as ever."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from tests.support.balancing import (
    SETTINGS,
    TCP,
    Balancing,
    TcpMember,
    balancing,
    echo,
)
from tests.support.processes import until
from tests.support.record_members import RecordMember, reset

MOVING = replace(TCP, replayable=True)


def read(client: socket.socket, wanted: bytes) -> None:
    got = b""
    while len(got) < len(wanted):
        piece = client.recv(len(wanted) - len(got))
        assert piece, f"ended after {got!r}"
        got += piece
    assert got == wanted


@contextmanager
def two(**changes: object) -> Iterator[tuple[Balancing, RecordMember]]:
    """A balancer, one member that serves, and another one that comes later."""
    settings = replace(SETTINGS, **changes)  # type: ignore[arg-type]
    with (
        RecordMember("a") as first,
        balancing(MOVING, settings=settings) as b,
    ):
        b.add("a", tcp_service=first.endpoint)
        yield b, first


def moved(b: Balancing) -> int:
    return b.balancer._counters.moved


def test_a_client_keeps_its_connection_when_its_member_dies() -> None:
    with two() as (b, first), RecordMember("z") as second, b.connect() as client:
        read(client, b"a:")
        client.sendall(b"one")
        read(client, b"a:one")
        b.add("z", tcp_service=second.endpoint)
        first.die()
        client.sendall(b"two")
        read(client, b"z:two")
        [resume] = second.resumed
        assert b"".join(data for _, data in resume.pieces).startswith(b"one")
        assert list(resume.notes) == [b"begun", b"heard 3"]
        assert (resume.moved_from, resume.moves, resume.delivered) == ("a", 1, len(b"a:a:one"))
        assert 0 < resume.pieces[0][0] <= resume.age_s
        assert moved(b) == 1


def test_a_silent_client_moves_at_once() -> None:
    with two() as (b, first), RecordMember("z") as second, b.connect() as client:
        read(client, b"a:")
        b.add("z", tcp_service=second.endpoint)
        first.die()
        until(lambda: second.resumed, "the move")
        client.sendall(b"still here")
        read(client, b"z:still here")


def test_it_moves_again_and_the_notes_of_all_members_go_with_it() -> None:
    with (
        two() as (b, first),
        RecordMember("y") as second,
        RecordMember("z") as third,
        b.connect() as client,
    ):
        read(client, b"a:")
        b.add("y", tcp_service=second.endpoint)
        first.die()
        client.sendall(b"1")
        read(client, b"y:1")
        b.add("z", tcp_service=third.endpoint)
        second.die()
        client.sendall(b"2")
        read(client, b"z:2")
        [resume] = third.resumed
        assert resume.moves == 2
        assert list(resume.notes) == [b"begun", b"moved", b"heard 1"]


def test_a_client_that_finished_sending_is_moved_with_its_end() -> None:
    def only_listens(client: socket.socket, _header: object) -> None:
        client.sendall(b"\0HJ1")
        while client.recv(100):
            pass
        client.recv(1)

    with (
        TcpMember(only_listens) as first,
        balancing(MOVING) as b,
        RecordMember("z") as second,
        b.connect() as client,
    ):
        b.add("a", tcp_service=first.endpoint)
        client.sendall(b"all of it")
        client.shutdown(socket.SHUT_WR)
        until(lambda: first.served, "it is served")
        b.add("z", tcp_service=second.endpoint)
        first.die()
        read(client, b"z:all of it")
        assert client.recv(1) == b""


def test_a_proper_end_is_an_end() -> None:
    with two() as (b, _), RecordMember("z") as second, b.connect() as client:
        read(client, b"a:")
        b.add("z", tcp_service=second.endpoint)
        client.sendall(b"bye")
        read(client, b"a:bye")
        assert client.recv(1) == b""
        assert not second.resumed


def test_a_client_waits_for_a_member_longer_than_a_new_one() -> None:
    with (
        two(wait_for_member_s=0.0) as (b, first),
        RecordMember("z") as second,
        b.connect() as client,
    ):
        read(client, b"a:")
        first.die()
        until(lambda: moved(b) == 1, "the move")
        b.add("z", tcp_service=second.endpoint)
        client.sendall(b"x")
        read(client, b"z:x")


def test_nobody_left_is_told_in_the_end() -> None:
    with two(wait_for_handover_s=0.2) as (b, first), b.connect() as client:
        read(client, b"a:")
        first.die()
        read(client, TCP.refusal)
        assert client.recv(1) == b""


def test_a_member_that_cannot_go_on_says_so_and_the_client_is_told() -> None:
    with (
        two() as (b, first),
        RecordMember("z", refuses=True) as second,
        b.connect() as client,
    ):
        read(client, b"a:")
        b.add("z", tcp_service=second.endpoint)
        first.die()
        read(client, TCP.refusal)


def test_a_session_longer_than_its_journal_ends_with_its_member() -> None:
    with (
        two(journal_bytes=1_000) as (b, first),
        RecordMember("z") as second,
        b.connect() as client,
    ):
        read(client, b"a:")
        client.sendall(b"x" * 2_000)
        read(client, b"a:" + b"x" * 2_000)
        b.add("z", tcp_service=second.endpoint)
        first.die()
        read(client, TCP.refusal)
        assert not second.resumed


@pytest.mark.parametrize("size", [200_000, 5_000_000])
def test_much_data_goes_through_unchanged(size: int) -> None:
    with two() as (b, _), b.connect() as client:
        read(client, b"a:")
        block = bytes(range(256)) * 64
        for _ in range(size // len(block)):
            client.sendall(block)
            got = b""
            while not got.endswith(block[-10:]) or len(got) < len(block):
                got += client.recv(1 << 20)
            assert got.replace(b"a:", b"", 1)[:10] == block[:10]


def test_a_member_that_knows_no_records_is_relayed_as_ever() -> None:
    with TcpMember(echo("old")) as old, balancing(MOVING) as b, b.connect() as client:
        b.add("old", tcp_service=old.endpoint)
        client.sendall(b"hello")
        read(client, b"old:hello")
        old.die()
        assert client.recv(10) == b""


def test_a_member_taken_for_lost_is_left_when_there_is_another_one() -> None:
    with two() as (b, first), RecordMember("z") as second, b.connect() as client:
        read(client, b"a:")
        b.add("z", tcp_service=second.endpoint)
        b.heart.silence("a")
        until(lambda: second.resumed, "the move")
        client.sendall(b"x")
        read(client, b"z:x")
        assert first.member.served


def test_the_only_member_is_kept_although_it_seems_lost() -> None:
    with two() as (b, _), b.connect() as client:
        read(client, b"a:")
        b.heart.silence("a")
        b.heart.beat("other", {"udp-service": ("127.0.0.1", 9)})
        client.sendall(b"x")
        read(client, b"a:x")
        assert moved(b) == 0


def test_a_client_that_resets_is_forgotten_and_its_journal_with_it() -> None:
    with two() as (b, _):
        client = b.connect()
        read(client, b"a:")
        client.sendall(b"x" * 1_000)
        read(client, b"a:" + b"x" * 1_000)
        reset(client)
        until(lambda: b.balancer._tcp.clients == 0, "its end")
        assert b.balancer._tcp.budget.take(SETTINGS.journals_bytes)


def test_garbled_records_cost_their_own_client_only() -> None:
    def garbled(client: socket.socket, _header: object) -> None:
        client.sendall(b"\0HJ1" + b"\xff" * 100)
        client.recv(100)

    with TcpMember(garbled) as wrong, balancing(MOVING) as b, b.connect() as client:
        b.add("wrong", tcp_service=wrong.endpoint)
        read(client, TCP.refusal)
        assert b.balancer._counters.accepted == 1
