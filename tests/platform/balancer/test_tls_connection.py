"""A relayed connection whose client speaks TLS, through real sockets and Python's own client."""

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from holdfast.platform.balancer.certificates import Certificates
from holdfast.platform.balancer.connection import READ_BYTES
from holdfast.platform.balancer.poller import IN
from holdfast.platform.balancer.proxy_protocol import Header, Local
from holdfast.platform.balancer.settings import BalancerSettings
from holdfast.platform.balancer.tls_channel import TlsChannel
from holdfast.platform.balancer.tls_connection import MOST_PENDING_BYTES, TlsEnd
from tests.platform.balancer.test_connection import Bench, reset
from tests.support.balancing import (
    CLIENT_S,
    SETTINGS,
    TCP,
    Balancing,
    TcpMember,
    balancing,
    echo,
    open_descriptors,
    receive,
    receive_all,
)
from tests.support.processes import until
from tests.support.tls_keys import certificate, entry, trusting

NAME = "a.example"
TEXT = bytes(range(256))


@dataclass
class Keys:
    """What a balancer needs to speak TLS at `t`, and a client that trusts it."""

    settings: BalancerSettings
    client: ssl.SSLContext


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    files = certificate(tmp_path_factory.mktemp("keys"), NAME)
    return Keys(replace(SETTINGS, tls=(entry("t", files),)), trusting(files))


@contextlib.contextmanager
def serving(keys: Keys, member: TcpMember, **changes: object) -> Iterator[Balancing]:
    """A balancer that speaks TLS before one member."""
    with member, balancing(TCP, settings=replace(keys.settings, **changes)) as b:
        b.add("a", tcp_service=member.endpoint)
        yield b


def connect(b: Balancing, keys: Keys) -> ssl.SSLSocket:
    return keys.client.wrap_socket(b.connect(), server_hostname=NAME, suppress_ragged_eofs=False)


class HalfOpen:
    """A client that can say that it has finished and still listen, which `ssl` sockets cannot."""

    def __init__(self, b: Balancing, keys: Keys) -> None:
        self.sock = b.connect()
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.session = keys.client.wrap_bio(self.incoming, self.outgoing, server_hostname=NAME)
        self._until_done(self.session.do_handshake)

    def send(self, data: bytes) -> None:
        self.session.write(data)
        self.flush()

    def flush(self) -> None:
        self.sock.sendall(self.outgoing.read())

    def finish(self) -> None:
        with contextlib.suppress(ssl.SSLWantReadError):
            self.session.unwrap()
        self.flush()

    def receive_all(self) -> bytes:
        """Everything until the other side says that it has finished."""
        return b"".join(iter(lambda: self._until_done(self._read), b""))

    def _read(self) -> bytes:
        try:
            return self.session.read(65_536)
        except ssl.SSLZeroReturnError:  # both have finished
            return b""

    def _until_done(self, step):
        while True:
            try:
                found = step()
            except ssl.SSLWantReadError:
                self.flush()
                data = self.sock.recv(65_536)
                if not data:
                    raise ssl.SSLEOFError(8, "cut off") from None
                self.incoming.write(data)
            else:
                self.flush()
                return found


def test_bytes_go_both_ways_and_the_member_sees_them_plain(keys: Keys) -> None:
    with serving(keys, TcpMember(echo("a"))) as b, connect(b, keys) as client:
        assert client.version() == "TLSv1.3"
        client.sendall(b"hello")
        assert receive(client, 7) == b"a:hello"


def test_a_client_that_has_finished_is_answered_and_both_ends_are_told(keys: Keys) -> None:
    with serving(keys, TcpMember(echo("a"))) as b:
        client = HalfOpen(b, keys)
        client.send(b"hello")
        client.finish()
        assert client.receive_all() == b"a:hello"
        until(lambda: b.balancer._tcp.clients == 0, "nothing is left")
        client.sock.close()


def test_what_was_said_together_with_the_handshake_is_not_forgotten(keys: Keys) -> None:
    with serving(keys, TcpMember(echo("a"))) as b:
        client = HalfOpen.__new__(HalfOpen)
        client.sock = b.connect()
        client.incoming, client.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        client.session = keys.client.wrap_bio(
            client.incoming, client.outgoing, server_hostname=NAME
        )
        while True:
            with contextlib.suppress(ssl.SSLWantReadError):
                client.session.do_handshake()
                break
            client.flush()
            client.incoming.write(client.sock.recv(65_536))
        client.session.write(b"hello")
        client.finish()  # the handshake's end, the text and the last word in one segment
        assert client.receive_all() == b"a:hello"
        client.sock.close()


def test_a_member_may_finish_first(keys: Keys) -> None:
    late: list[bytes] = []

    def finish_first(sock: socket.socket, _header: Header | Local | None) -> None:
        sock.sendall(b"that is all")
        sock.shutdown(socket.SHUT_WR)
        late.append(receive_all(sock))

    with serving(keys, TcpMember(finish_first)) as b:
        client = HalfOpen(b, keys)
        assert client.receive_all() == b"that is all"
        client.send(b"from me too")
        client.finish()
        until(lambda: late == [b"from me too"], "the other half arrived")
        until(lambda: b.balancer._tcp.clients == 0, "nothing is left")
        client.sock.close()


def test_a_stream_that_is_cut_off_is_a_reset_and_what_came_before_arrives(keys: Keys) -> None:
    got: list[bytes] = []
    ended: list[str] = []

    def listen(sock: socket.socket, _header: Header | Local | None) -> None:
        got.append(receive(sock, 5))
        ended.append("cleanly" if sock.recv(1) == b"" else "?")

    with serving(keys, TcpMember(listen)) as b:
        client = HalfOpen(b, keys)
        client.send(b"hello")
        client.sock.shutdown(socket.SHUT_WR)
        assert client.sock.recv(65_536) is not None
        until(lambda: b.balancer._tcp.clients == 0, "it is over")
        until(lambda: got == [b"hello"], "the member has read what came before")
        client.sock.close()


def test_bytes_that_are_no_tls_end_it(keys: Keys) -> None:
    with serving(keys, TcpMember(echo("a"))) as b:
        client = HalfOpen(b, keys)
        client.sock.sendall(b"\x17\x03\x03\x00\x20" + bytes(32))
        until(lambda: b.balancer._tcp.clients == 0, "it is over")
        client.sock.close()


def test_many_bytes_go_both_ways_at_once(keys: Keys) -> None:
    sent = TEXT * 10_000
    with serving(keys, TcpMember(echo("a"))) as b, connect(b, keys) as client:
        writer = threading.Thread(target=client.sendall, args=(sent,))
        writer.start()
        assert receive(client, 2 + len(sent)) == b"a:" + sent
        writer.join()


def test_a_member_that_does_not_read_stops_the_client_and_no_byte_is_lost(keys: Keys) -> None:
    begin = threading.Event()
    got: list[bytes] = []

    def slow(sock: socket.socket, _header: Header | Local | None) -> None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        begin.wait(30.0)
        got.append(receive_all(sock))

    with serving(keys, TcpMember(slow)) as b:
        client = HalfOpen(b, keys)
        client.sock.settimeout(0.5)
        sent, stuck = 0, b""
        while sent < 100_000_000 and not stuck:
            client.session.write(TEXT * 64)
            sent += 64 * 256
            stuck = _send_what_fits(client.sock, client.outgoing.read())
        assert sent < 30_000_000, "the kernel's buffers and ours are all that is filled"
        begin.set()
        client.sock.settimeout(CLIENT_S)
        client.sock.sendall(stuck)
        client.finish()
        until(lambda: bool(got), "all has arrived")
        assert len(got[0]) == sent
        assert got[0] == TEXT * (sent // 256)
        client.sock.close()


def _send_what_fits(sock: socket.socket, data: bytes) -> bytes:
    try:
        while data:
            data = data[sock.send(data) :]
    except TimeoutError:
        pass
    return data


def test_a_client_that_does_not_read_stops_the_member_and_gets_all_and_the_end(keys: Keys) -> None:
    counted = Counted(32_000_000)
    with serving(keys, TcpMember(counted.serve)) as b:
        client = HalfOpen(b, keys)
        until(lambda: counted.is_stuck, "the member is stopped")
        assert counted.sent < 30_000_000
        got = client.receive_all()
        assert len(got) == counted.size
        assert got == (TEXT * (counted.size // 256 + 1))[: counted.size]
        client.finish()
        until(lambda: b.balancer._tcp.clients == 0, "nothing is left")
        client.sock.close()


@dataclass
class Counted:
    """A member that says `size` bytes and knows how far it is."""

    size: int
    sent: int = 0
    stuck: threading.Event = field(default_factory=threading.Event)

    @property
    def is_stuck(self) -> bool:
        return self.stuck.is_set()

    def serve(self, sock: socket.socket, _header: Header | Local | None) -> None:
        sock.settimeout(0.5)
        piece = TEXT * 256
        while self.sent < self.size:
            try:
                self.sent += sock.send(piece[self.sent % 256 :][: self.size - self.sent])
            except TimeoutError:
                self.stuck.set()
                sock.settimeout(CLIENT_S)


def test_a_client_is_told_in_tls_that_nobody_is_there(keys: Keys) -> None:
    with balancing(TCP, settings=keys.settings) as b, connect(b, keys) as client:
        assert receive_all(client) == TCP.refusal


def test_a_client_is_told_in_tls_that_its_member_was_lost(keys: Keys) -> None:
    def die(sock: socket.socket, _header: Header | Local | None) -> None:
        receive(sock, 5)

    with serving(keys, TcpMember(die)) as b, connect(b, keys) as client:
        client.sendall(b"hello")
        assert receive_all(client) == TCP.refusal


def test_a_client_over_its_limit_is_refused_before_a_handshake_is_paid_for(keys: Keys) -> None:
    with (
        serving(keys, TcpMember(echo("a")), connections_per_client=1) as b,
        connect(b, keys) as inside,
    ):
        assert receive(inside, 2) == b"a:"
        with b.connect() as second, pytest.raises(ssl.SSLError, match=r"(?i)access.denied"):
            keys.client.wrap_socket(second, server_hostname=NAME)


def test_a_client_whose_member_dies_before_a_byte_was_exchanged_moves_unnoticed(
    keys: Keys,
) -> None:
    held = threading.Event()

    def hold(_client: socket.socket, _header: object) -> None:
        held.wait(10.0)

    with TcpMember(echo("b")) as living, serving(keys, dying := TcpMember(hold)) as b:
        client = connect(b, keys)
        until(lambda: len(dying.served) == 1, "the member has the client")
        b.add("b", tcp_service=living.endpoint)
        dying.die()
        held.set()
        client.sendall(b"hello")
        assert receive(client, 7) == b"b:hello"
        client.close()


def test_a_reset_client_ends_it_for_the_member(keys: Keys) -> None:
    with serving(keys, member := TcpMember(echo("a"))) as b:
        client = HalfOpen(b, keys)
        until(lambda: bool(member.served), "it is inside")
        client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.sock.close()
        until(lambda: b.balancer._tcp.clients == 0, "it is over")


def test_a_silent_connection_is_closed_after_the_idle_time_out(keys: Keys) -> None:
    with (
        serving(keys, TcpMember(echo("a")), idle_timeout_s=1.0) as b,
        connect(b, keys) as client,
        pytest.raises(ssl.SSLEOFError),
    ):
        receive_all(client)


def test_finished_clients_leave_no_descriptors_behind(keys: Keys) -> None:
    with serving(keys, TcpMember(echo("a"))) as b:

        def go_round(times: int) -> None:
            for number in range(times):
                client = HalfOpen(b, keys)
                client.send(b"x")
                if number % 3 == 1:
                    client.finish()
                    client.receive_all()
                client.sock.close()
            until(lambda: b.balancer._tcp.clients == 0, "all have gone")

        go_round(6)
        before = open_descriptors()
        go_round(30)
        until(lambda: open_descriptors() <= before, "the descriptors are back")


class Inside:
    """A connection whose ends a test turns by hand: a full socket and no luck at the right time."""

    def __init__(self, keys: Keys, context: ssl.SSLContext) -> None:
        self.bench = Bench()
        self.bench.member.close()
        connection = self.bench.connection
        connection._drop_member()
        connection._unwatch(connection.client)
        self.end = TlsEnd(connection, connection.client.sock, TlsChannel(context))
        connection.client = self.end
        self.bench.member = self.bench.join()

    @property
    def over(self) -> bool:
        return self.bench.connection.over

    def fill(self) -> int:
        """Say so much that the client's socket is full; how much was said."""
        said = 0
        while self.end.pending is None:
            self.end.say(bytes(READ_BYTES))
            said += READ_BYTES
        return said


@pytest.fixture
def inside(keys: Keys, tmp_path: Path) -> Iterator[Inside]:
    context = Certificates([certificate(tmp_path, NAME)]).context(None)
    made = Inside(keys, context)
    yield made
    made.bench.close()


def test_what_tls_says_while_something_is_pending_comes_after_it(inside: Inside) -> None:
    said = inside.fill()
    inside.end.say(b"after it")
    inside.bench.client.settimeout(CLIENT_S)
    got = b""
    while len(got) < said + 8:
        inside.bench.turn(1)
        got += inside.bench.client.recv(1 << 20)
    assert got == bytes(said) + b"after it"
    assert inside.end.pending is None


def test_a_client_that_makes_tls_answer_and_never_listens_is_cut_off(inside: Inside) -> None:
    inside.fill()
    for _ in range(MOST_PENDING_BYTES // 1_000 + 1):
        inside.end.say(bytes(1_000))
        if inside.over:
            break
        assert len(inside.end.pending or b"") <= MOST_PENDING_BYTES
    assert inside.over


def test_a_client_that_was_reset_takes_no_more_and_the_member_is_told(inside: Inside) -> None:
    sock = inside.bench.client
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()
    inside.end.say(b"into the void")
    assert inside.end.mute
    inside.end.say(b"nothing more is tried")
    assert inside.end.pending is None
    inside.bench.turn_until_over()


def test_a_members_reset_before_any_byte_moves_the_client(inside: Inside) -> None:
    reset(inside.bench.member)
    inside.bench.turn()
    assert inside.bench.notes.moved == 1
    assert not inside.over


def test_events_with_nothing_behind_them_change_nothing(inside: Inside) -> None:
    inside.end.on_event(IN)
    inside.end.other.on_event(IN)
    assert not inside.over
