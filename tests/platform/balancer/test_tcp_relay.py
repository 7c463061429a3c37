"""TCP through real sockets: no client meets a dead member, an empty close, or a silent hang."""

import contextlib
import errno
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from holdfast.platform.balancer import sockets, tcp_relay
from holdfast.platform.balancer.poller import IN
from holdfast.platform.balancer.proxy_protocol import Header, trace_of
from tests.support.balancing import (
    FLEET,
    SETTINGS,
    TCP,
    TcpMember,
    balancing,
    deaf_endpoint,
    echo,
    names_of,
    open_descriptors,
    receive,
    receive_all,
)
from tests.support.fast_path import way
from tests.support.processes import until

PLAIN = replace(TCP, proxied=False)


@pytest.fixture(autouse=True, params=["python", "compiled"])
def relayed(request: pytest.FixtureRequest) -> Iterator[None]:
    """Both ways keep the same promises."""
    with way(request.param):
        yield


def talk(client: socket.socket, text: bytes = b"hello") -> bytes:
    """Send, half-close, and take everything until the end."""
    with client:
        client.sendall(text)
        client.shutdown(socket.SHUT_WR)
        return receive_all(client)


def test_a_member_learns_who_the_client_is_and_which_port_it_used() -> None:
    with TcpMember(echo("a")) as a, balancing() as b:
        b.add("a", tcp_service=a.endpoint)
        client = b.connect()
        own = client.getsockname()
        assert talk(client) == b"a:hello"
        (header,) = a.served
        assert header == Header(own, b.address("t"), "tcp", 47, header.tlvs)
        assert len(trace_of(header.tlvs)) == 32


def test_an_unproxied_member_gets_the_clients_bytes_only() -> None:
    with TcpMember(echo("a"), proxied=False) as a, balancing(PLAIN) as b:
        b.add("a", tcp_service=a.endpoint)
        assert talk(b.connect()) == b"a:hello"


def test_clients_go_to_all_members_in_turn() -> None:
    with TcpMember(echo("a")) as a1, TcpMember(echo("b")) as b1, balancing() as b:
        b.add("a", tcp_service=a1.endpoint)
        b.add("b", tcp_service=b1.endpoint)
        answers = [talk(b.connect()) for _ in range(6)]
        assert sorted(answers) == [b"a:hello"] * 3 + [b"b:hello"] * 3


def test_no_client_is_handed_to_a_dead_member() -> None:
    with TcpMember(echo("a")) as a, balancing() as b:
        b.add_dead("dead")
        b.add("a", tcp_service=a.endpoint)
        assert [talk(b.connect()) for _ in range(6)] == [b"a:hello"] * 6
        assert b.fit("tcp-service") == 1


def test_a_client_does_not_wait_for_a_member_that_does_not_answer() -> None:
    quick = replace(SETTINGS, connect_timeout_s=0.2, wait_for_member_s=5.0)
    with deaf_endpoint() as deaf, TcpMember(echo("a")) as a, balancing(settings=quick) as b:
        b.add("deaf", tcp_service=deaf)
        b.add("a", tcp_service=a.endpoint)
        assert [talk(b.connect()) for _ in range(4)] == [b"a:hello"] * 4


def test_without_members_a_client_is_told_so_even_if_it_has_already_spoken() -> None:
    with balancing() as b:
        client = b.connect()
        client.sendall(b"x" * 10_000)
        with client:
            assert receive_all(client) == TCP.refusal


def test_when_no_member_can_be_reached_a_client_is_told_so() -> None:
    with balancing() as b:
        b.add_dead("dead")
        b.add_dead("dead2")
        assert talk(b.connect()) == TCP.refusal


def test_a_waiting_client_gets_the_first_member_that_comes() -> None:
    patient = replace(SETTINGS, wait_for_member_s=20.0)
    with TcpMember(echo("a")) as a, balancing(settings=patient) as b:
        b.add_dead("dead")
        client = b.connect()
        client.sendall(b"early")
        until(lambda: b.fit("tcp-service") == 0, "the dead member is out")
        b.add("a", tcp_service=a.endpoint)
        assert receive(client, 7) == b"a:early"
        client.close()


def test_only_so_many_clients_wait() -> None:
    few = replace(SETTINGS, wait_for_member_s=20.0, waiting=1)
    with TcpMember(echo("a")) as a, balancing(settings=few) as b:
        first, second = b.connect(), b.connect()
        with second:
            assert receive_all(second) == TCP.refusal
        b.add("a", tcp_service=a.endpoint)
        assert talk(first) == b"a:hello"


def test_a_member_out_of_rotation_is_probed_and_comes_back() -> None:
    with TcpMember(echo("a")) as a, balancing() as b:
        dead = b.add_dead("b")
        b.add("a", tcp_service=a.endpoint)
        for _ in range(2):
            talk(b.connect())
        until(lambda: b.fit("tcp-service") == 1, "the dead member is out")
        dead.tcp.listen()
        until(lambda: b.fit("tcp-service") == 2, "the member is back")
        dead.tcp.settimeout(5.0)
        probe, _ = dead.tcp.accept()
        with probe:
            assert receive_all(probe)[12] == 0x20, "a probe says that it has no client"


def test_a_client_whose_member_dies_before_a_byte_was_exchanged_moves_unnoticed() -> None:
    held = threading.Event()

    def hold(_client: socket.socket, _header: object) -> None:
        held.wait(10.0)

    with TcpMember(hold) as dying, TcpMember(echo("a")) as a, balancing() as b:
        b.add("dying", tcp_service=dying.endpoint)
        client = b.connect()
        until(lambda: len(dying.served) == 1, "the member has the client")
        b.add("a", tcp_service=a.endpoint)
        dying.die()
        held.set()
        assert talk(client) == b"a:hello"


def test_a_client_whose_member_dies_without_an_answer_is_told_so() -> None:
    def die(client: socket.socket, _header: object) -> None:
        receive(client, 5)

    with TcpMember(die) as dying, balancing() as b:
        b.add("dying", tcp_service=dying.endpoint)
        client = b.connect()
        client.sendall(b"hello")
        with client:
            assert receive_all(client) == TCP.refusal


def test_what_a_member_said_before_it_died_arrives() -> None:
    def last_words(client: socket.socket, _header: object) -> None:
        client.sendall(b"last words")

    with TcpMember(last_words) as a, balancing() as b:
        b.add("a", tcp_service=a.endpoint)
        with b.connect() as client:
            assert receive_all(client) == b"last words"


def test_what_a_client_said_before_it_vanished_arrives() -> None:
    got: list[bytes] = []
    goes = threading.Event()

    def listen(client: socket.socket, _header: object) -> None:
        client.sendall(b"answer that nobody reads")
        goes.wait(10.0)
        got.append(receive(client, 5000))

    with TcpMember(listen) as a, balancing() as b:
        b.add("a", tcp_service=a.endpoint)
        client = b.connect()
        until(lambda: bool(a.served), "the member has the client")
        client.sendall(b"x" * 5000)
        client.close()  # with unread bytes: a reset
        goes.set()
        until(lambda: bool(got), "the member has read")
        assert got == [b"x" * 5000]


def test_each_side_may_finish_before_the_other() -> None:
    def finish_first(client: socket.socket, _header: object) -> None:
        client.sendall(b"that is all")
        client.shutdown(socket.SHUT_WR)
        late.append(receive_all(client))

    late: list[bytes] = []
    with TcpMember(finish_first) as a, balancing() as b:
        b.add("a", tcp_service=a.endpoint)
        with b.connect() as client:
            assert receive_all(client) == b"that is all"
            client.sendall(b"from me too")
            client.shutdown(socket.SHUT_WR)
            until(lambda: late == [b"from me too"], "the other half arrived")


def test_a_member_that_does_not_read_stops_the_client_and_no_byte_is_lost() -> None:
    begin = threading.Event()
    got: list[bytes] = []

    def slow(client: socket.socket, _header: object) -> None:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        begin.wait(30.0)
        got.append(receive_all(client))

    with TcpMember(slow) as a, balancing() as b:
        b.add("a", tcp_service=a.endpoint)
        client = b.connect()
        client.settimeout(0.5)
        piece, sent = bytes(range(256)) * 256, 0
        with contextlib.suppress(TimeoutError):
            while sent < 200_000_000:
                sent += client.send(piece[sent % 256 :])
        assert sent < 30_000_000, "the kernel's buffers and ours are all that is filled"
        begin.set()
        client.shutdown(socket.SHUT_WR)
        until(lambda: bool(got), "all has arrived")
        assert len(got[0]) == sent
        assert got[0] == (bytes(range(256)) * (sent // 256 + 1))[:sent]
        client.close()


def test_many_bytes_go_both_ways_at_once() -> None:
    sent = bytes(range(251)) * 20_000
    with TcpMember(echo("a")) as a, balancing() as b:
        b.add("a", tcp_service=a.endpoint)
        with b.connect() as client:
            writer = threading.Thread(target=client.sendall, args=(sent,))
            writer.start()
            assert receive(client, 2 + len(sent)) == b"a:" + sent
            writer.join()


def test_a_silent_connection_is_closed_after_the_idle_time_out() -> None:
    with TcpMember(echo("a")) as a, balancing(settings=replace(SETTINGS, idle_timeout_s=1.0)) as b:
        b.add("a", tcp_service=a.endpoint)
        with b.connect() as client:
            assert receive_all(client) == b"a:"


def test_a_client_address_over_its_limit_is_told_so_and_may_come_again_later() -> None:
    few = replace(SETTINGS, connections_per_client=2)
    with TcpMember(echo("a")) as a, balancing(settings=few) as b:
        b.add("a", tcp_service=a.endpoint)
        inside = [b.connect(), b.connect()]
        assert [receive(client, 2) for client in inside] == [b"a:"] * 2
        assert talk(b.connect()) == TCP.busy
        for client in inside:
            client.close()
        until(lambda: talk(b.connect()).startswith(b"a:"), "there is room again")


def test_without_words_for_too_many_the_refusal_is_used() -> None:
    few = replace(SETTINGS, connections=1)
    with TcpMember(echo("a")) as a, balancing(replace(TCP, busy=b""), settings=few) as b:
        b.add("a", tcp_service=a.endpoint)
        with b.connect() as inside:
            assert receive(inside, 2) == b"a:"
            assert talk(b.connect()) == TCP.refusal


def test_a_draining_member_keeps_its_clients_and_gets_no_new_ones() -> None:
    with TcpMember(echo("a")) as a, TcpMember(echo("b")) as b1, balancing() as b:
        b.add("a", tcp_service=a.endpoint)
        with b.connect() as old:
            assert receive(old, 2) == b"a:"
            b.add("b", tcp_service=b1.endpoint)
            b.heart.drain("a")
            until(lambda: b.fit("tcp-service") == 1, "the member drains")
            assert names_of([talk(b.connect()) for _ in range(4)]) == {b"b"}
            old.sendall(b"still here")
            assert receive(old, 10) == b"still here"


def test_a_silent_member_is_removed_and_the_others_go_on() -> None:
    with TcpMember(echo("a")) as a, TcpMember(echo("b")) as b1, balancing() as b:
        b.add("a", tcp_service=a.endpoint)
        b.add("b", tcp_service=b1.endpoint)
        for _ in range(3):
            talk(b.connect())
        b.heart.silence("a")
        until(lambda: b.balancer.census()["tcp-service"] == (1, 1), "the silent one is removed")
        assert names_of([talk(b.connect()) for _ in range(5)]) == {b"b"}


def test_a_member_that_left_and_came_back_elsewhere_is_found_there() -> None:
    with TcpMember(echo("old")) as old, TcpMember(echo("new")) as new, balancing() as b:
        b.add("a", tcp_service=old.endpoint)
        assert talk(b.connect()) == b"old:hello"
        old.die()
        b.heart.beat("a", {"tcp-service": new.endpoint}, incarnation=2)
        until(lambda: talk(b.connect()) == b"new:hello", "the new incarnation serves")


def test_a_hundred_finished_clients_leave_no_descriptors_behind() -> None:
    def refused_or_served(b) -> None:
        for number in range(100):
            client = b.connect()
            if number % 3 == 0:
                client.close()
            elif number % 3 == 1:
                client.sendall(b"x")
                client.close()
            else:
                talk(client)

    with TcpMember(echo("a")) as a, balancing() as b:
        b.add("a", tcp_service=a.endpoint)
        b.add_dead("dead")
        talk(b.connect())
        until(lambda: all(c.fileno() < 0 for c in a.clients), "all are closed")
        before = open_descriptors()
        refused_or_served(b)
        until(lambda: all(c.fileno() < 0 for c in a.clients), "all are closed")
        until(lambda: open_descriptors() <= before, "the descriptors are back")


@pytest.mark.parametrize("relayed", ["python"], indirect=True)
def test_a_client_that_gave_up_before_it_was_accepted_is_no_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    accept, failures = sockets.accept, [ConnectionAbortedError(errno.ECONNABORTED, "gone")]

    def flaky(listening: socket.socket) -> tuple[socket.socket, tuple[str, int]]:
        if failures:
            raise failures.pop()
        return accept(listening)

    with TcpMember(echo("a")) as a, balancing() as b:
        b.add("a", tcp_service=a.endpoint)
        monkeypatch.setattr(sockets, "accept", flaky)
        assert talk(b.connect()) == b"a:hello"
        assert not failures


def test_as_many_clients_are_taken_at_once_as_come() -> None:
    class Crowd:
        come = True

        def accept(self, _door: tcp_relay.Door, _most: int) -> bool:
            return self.come

    crowd = Crowd()
    with socket.socket() as sock:
        door = tcp_relay.Door(0, TCP, sock, None, 1, crowd)  # type: ignore[arg-type]
        rounds = []
        for _ in range(7 * (tcp_relay.FULL_ROUNDS + 1)):
            door.on_event(IN)
            rounds.append(door.at_once)
    assert rounds[: tcp_relay.FULL_ROUNDS] == [1] * tcp_relay.FULL_ROUNDS
    assert sorted(set(rounds)) == [1, 2, 4, 8, 16, 32, tcp_relay.ACCEPTS_PER_ROUND]


def test_where_nobody_is_left_fewer_are_taken_at_once() -> None:
    with TcpMember(echo("a")) as a, balancing() as b:
        b.add("a", tcp_service=a.endpoint)
        door = b.balancer._tcp._known_doors["t"]
        door.at_once = tcp_relay.ACCEPTS_PER_ROUND
        assert talk(b.connect()) == b"a:hello"
        assert door.at_once == 1


def test_a_bug_met_at_the_door_costs_one_client_only(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> bytes:
        raise RuntimeError("a bug")

    with TcpMember(echo("a")) as a, balancing() as b:
        b.add("a", tcp_service=a.endpoint)
        with monkeypatch.context() as patch:
            patch.setattr(tcp_relay, "encode", fail)
            with b.connect() as client:
                assert receive_all(client) == b""
        assert talk(b.connect()) == b"a:hello"
        until(lambda: b.balancer._tcp.clients == 0, "nothing is left")
        assert b.balancer._tcp._admission.total == 0
    assert "watcher_failed" in caplog.text


def test_strangers_bytes_and_silence_reach_the_member_as_they_are() -> None:
    got: list[bytes] = []

    def take(client: socket.socket, _header: object) -> None:
        got.append(receive_all(client))

    with TcpMember(take) as a, balancing() as b:
        b.add("a", tcp_service=a.endpoint)
        forged = b"\r\n\r\n\0\r\nQUIT\n" + bytes(100)
        assert talk(b.connect(), forged) == b""
        until(lambda: got == [forged], "it arrived as payload, not as a header")


def test_ipv6_clients_are_served_and_named() -> None:
    fleet = replace(FLEET, host="::1")
    with TcpMember(echo("a")) as a, balancing(fleet=fleet) as b:
        b.add("a", tcp_service=a.endpoint)
        assert talk(b.connect()) == b"a:hello"
        assert a.served[0].source[0] == "::1"
        assert a.served[0].destination == b.address("t")


def test_behind_a_wildcard_the_member_learns_which_address_was_called() -> None:
    fleet = replace(FLEET, host="0.0.0.0")
    with TcpMember(echo("a")) as a, balancing(fleet=fleet) as b:
        b.add("a", tcp_service=a.endpoint)
        port = b.address("t")[1]
        assert talk(socket.create_connection(("127.0.0.3", port), timeout=5.0)) == b"a:hello"
        assert a.served[0].destination == ("127.0.0.3", port)
