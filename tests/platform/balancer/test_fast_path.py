"""The fast path: the same promises as the relay in Python, kept by compiled code, which hands back
what is not smooth. That both ways keep one contract is shown in `test_tcp_relay.py` and
`test_data_paths.py`; here is what is the fast path's own."""

import contextlib
import errno
import hashlib
import os
import shutil
import socket
import struct
import subprocess
import sys
import sysconfig
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from holdfast.platform.balancer import fast_path
from holdfast.platform.balancer.connection import End
from holdfast.platform.balancer.poller import IN
from holdfast.platform.balancer.proxy_protocol import encode
from holdfast.platform.balancer.settings import BalancerSettings
from tests.support.balancing import (
    SETTINGS,
    TCP,
    Balancing,
    TcpMember,
    balancing,
    deaf_endpoint,
    echo,
    open_descriptors,
    receive,
    receive_all,
)
from tests.support.fast_path import compiled_or_skip, compiled_poller, rage, reset, way
from tests.support.processes import until

if TYPE_CHECKING:
    from holdfast.platform.balancer._fast_path import PairPoller

ROOT = Path(__file__).parents[3]
SOURCE = ROOT / "src/holdfast/platform/balancer/_fast_path.c"
PLAIN = replace(TCP, proxied=False)
BULK = bytes(range(256)) * 8_192
STORM_CLIENTS = 150


@pytest.fixture(autouse=True)
def _compiled() -> None:
    compiled_or_skip()


@pytest.fixture
def poller() -> Iterator["PairPoller"]:
    made = compiled_poller()
    yield made
    made.close()


def pairs(b: Balancing) -> int:
    """How many clients are on the fast path."""
    fast = b.balancer._tcp._fast
    return fast.count if fast is not None else 0


def others(b: Balancing) -> int:
    """How many clients are relayed in Python."""
    return len(b.balancer._tcp._connections)


def test_what_is_compiled_is_this_source() -> None:
    made_of = fast_path._fast_path.FINGERPRINT
    assert made_of == hashlib.sha256(SOURCE.read_bytes()).hexdigest(), "run `make setup`"


def test_a_plain_connection_takes_the_fast_path_and_leaves_nothing() -> None:
    with TcpMember(echo("a")) as a, balancing() as b:
        b.add("a", tcp_service=a.endpoint)
        with b.connect() as client:
            assert receive(client, 2) == b"a:"
            assert (pairs(b), others(b)) == (1, 0)
            client.sendall(b"hello")
            client.shutdown(socket.SHUT_WR)
            assert receive_all(client) == b"hello"
        until(lambda: b.balancer._tcp.clients == 0, "it is over")
        assert b.balancer._tcp.counters.ended["finished"] == 1
        assert b.balancer._tcp._admission.total == 0


@pytest.mark.parametrize("told", [{"replayable": True}, {}], ids=["replayable", "switched-off"])
def test_who_needs_more_takes_the_ordinary_way(told: dict[str, bool]) -> None:
    settings = replace(SETTINGS, fast_path=bool(told))
    with TcpMember(echo("a")) as a, balancing(replace(TCP, **told), settings=settings) as b:
        b.add("a", tcp_service=a.endpoint)
        with b.connect() as client:
            assert receive(client, 2) == b"a:"
            assert (pairs(b), others(b)) == (0, 1)


def test_clients_of_a_trusted_upstream_are_heard_first() -> None:
    settings = replace(SETTINGS, trusted_upstreams=("127.0.0.2/32",))
    with TcpMember(echo("a")) as a, balancing(settings=settings) as b:
        b.add("a", tcp_service=a.endpoint)
        client = ("203.0.113.9", 4_321)
        with socket.create_connection(b.address("t"), 5.0, ("127.0.0.2", 0)) as announced:
            announced.sendall(encode("tcp", client, b.address("t")))
            assert receive(announced, 2) == b"a:"
            assert (pairs(b), others(b)) == (0, 1)
        assert a.served[0].source == client
        with b.connect() as direct:
            assert receive(direct, 2) == b"a:"
            assert pairs(b) == 1


def test_a_member_that_does_not_take_its_bytes_makes_it_an_ordinary_connection() -> None:
    begin, got = threading.Event(), []

    def slow(client: socket.socket, _header: object) -> None:
        begin.wait(10.0)
        got.append(receive_all(client))

    with TcpMember(slow) as a, balancing() as b:
        b.add("a", tcp_service=a.endpoint)
        with b.connect() as client:
            until(lambda: pairs(b) == 1, "it is inside")
            writer = threading.Thread(target=client.sendall, args=(BULK * 8,))
            writer.start()
            until(lambda: (pairs(b), others(b)) == (0, 1), "it was handed back")
            begin.set()
            writer.join()
            client.shutdown(socket.SHUT_WR)
            assert receive_all(client) == b""
        assert got == [BULK * 8]
        until(lambda: b.balancer._tcp.clients == 0, "it is over")


def test_the_end_that_comes_with_the_last_bytes_is_noticed() -> None:
    """Edges are told once: the end must be looked for when it was told with the bytes before it."""

    def speak(client: socket.socket, _header: object) -> None:
        client.sendall(b"all at once")

    with TcpMember(speak) as a, balancing() as b:
        b.add("a", tcp_service=a.endpoint)
        for _ in range(50):
            with b.connect() as client:
                client.sendall(b"request")
                client.shutdown(socket.SHUT_WR)
                assert receive_all(client) == b"all at once"
        until(lambda: b.balancer._tcp.clients == 0, "all are over")


def test_a_client_that_speaks_while_its_member_is_being_connected_is_heard() -> None:
    settings = replace(SETTINGS, connect_timeout_s=0.3, wait_for_member_s=5.0)
    with deaf_endpoint() as deaf, TcpMember(echo("a")) as a, balancing(settings=settings) as b:
        b.add("deaf", tcp_service=deaf)
        with b.connect() as client:
            client.sendall(b"early")
            until(lambda: pairs(b) == 1, "it is being connected")
            b.add("a", tcp_service=a.endpoint)
            assert receive(client, 7) == b"a:early"
            assert others(b) == 1, "who was not reached at once is placed the ordinary way"


def test_a_member_at_an_address_with_a_zone_is_reached_the_ordinary_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with TcpMember(echo("a")) as a, balancing() as b:
        fast = b.balancer._tcp._fast
        assert fast is not None
        monkeypatch.setitem(fast._addresses, a.endpoint, fast._address(("fe80::1%lo", 80)))
        b.add("a", tcp_service=a.endpoint)
        with b.connect() as client:
            assert receive(client, 2) == b"a:"
            assert (pairs(b), others(b)) == (0, 1)


def test_a_reset_is_not_taken_for_an_end() -> None:
    ends: list[str] = []

    def listen(client: socket.socket, _header: object) -> None:
        client.sendall(b"hello")
        try:
            receive_all(client)
            ends.append("end")
        except ConnectionResetError:
            ends.append("reset")

    with TcpMember(listen, proxied=False) as a, balancing(PLAIN) as b:
        b.add("a", tcp_service=a.endpoint)
        client = b.connect()
        assert receive(client, 5) == b"hello"
        reset(client)
        until(lambda: len(ends) == 1, "the member was told")
        until(lambda: b.balancer._tcp.counters.ended["client-lost"] == 1, "it is on record")


def test_a_client_that_is_reset_after_its_end_is_let_go_of() -> None:
    def wait(client: socket.socket, _header: object) -> None:
        client.sendall(b"hello")
        over.wait(10.0)

    over = threading.Event()
    with TcpMember(wait, proxied=False) as a, balancing(PLAIN) as b:
        b.add("a", tcp_service=a.endpoint)
        client = b.connect()
        assert receive(client, 5) == b"hello"
        client.shutdown(socket.SHUT_WR)
        reset(client)
        until(lambda: b.balancer._tcp.clients == 0, "it is over")
        over.set()


@pytest.mark.parametrize("name", ["python", "compiled"])
def test_a_client_whose_member_left_it_unanswered_is_sent_to_another_one(name: str) -> None:
    visits: list[str] = []

    def leaves(node: str) -> Callable[[socket.socket, object], None]:
        return lambda *_: visits.append(node)

    settings = replace(SETTINGS, policy="affinity", wait_for_member_s=0.3)
    with (
        way(name),
        TcpMember(leaves("a")) as a,
        TcpMember(leaves("b")) as c,
        balancing(settings=settings) as b,
    ):
        b.add("a", tcp_service=a.endpoint)
        b.add("b", tcp_service=c.endpoint)
        with b.connect() as client, contextlib.suppress(OSError):
            receive_all(client)
    assert set(visits[:2]) == {"a", "b"}


def test_at_a_stop_a_member_that_is_being_connected_has_not_failed() -> None:
    with deaf_endpoint() as deaf, balancing() as b:
        b.add("deaf", tcp_service=deaf)
        with b.connect():
            until(lambda: pairs(b) == 1, "it is being connected")
            b.stop()
            b.stop()
            b.thread.join(10.0)
        assert b.balancer._tcp.counters.connects_failed == 0
        assert b.balancer._tcp._admission.total == 0


def test_one_that_cannot_be_taken_back_costs_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    before = open_descriptors()
    real, faults = End.watch, [OSError(errno.ENOSPC, "no room in epoll")]

    def watch(end: End) -> None:
        if faults:
            raise faults.pop()
        real(end)

    with TcpMember(echo("a")) as a, balancing() as b:
        b.add("a", tcp_service=a.endpoint)
        clients = [b.connect() for _ in range(5)]
        for client in clients:
            assert receive(client, 2) == b"a:"
        monkeypatch.setattr(End, "watch", watch)
        for client in clients:
            reset(client)
        until(lambda: b.balancer._tcp.clients == 0, "all are gone")
        until(lambda: b.balancer._tcp._admission.total == 0, "none is counted")
        assert not faults
        assert b.balancer._tcp.counters.ended["fault"] == 1
    until(lambda: open_descriptors() <= before, "no descriptor is left")


def test_first_answers_and_connects_are_told() -> None:
    with TcpMember(echo("a")) as a, balancing() as b:
        b.add("a", tcp_service=a.endpoint)
        with b.connect() as client:
            assert receive(client, 2) == b"a:"
        tcp = b.balancer._tcp
        until(lambda: tcp.counters.connect_s.count == 1, "the connect was counted")
        until(lambda: tcp.pool.states(0.0)[0].latency_s is not None, "the answer was timed")


def test_the_records_tell_of_bytes_and_ends(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    with TcpMember(echo("a")) as a, balancing(settings=replace(SETTINGS, access_log=str(log))) as b:
        b.add("a", tcp_service=a.endpoint)
        with b.connect() as client:
            own = client.getsockname()
            client.sendall(b"x" * 1_000)
            client.shutdown(socket.SHUT_WR)
            assert len(receive_all(client)) == 1_002
        until(lambda: b.balancer._tcp.counters.bytes_from_clients == 1_000, "it is counted")
    (line,) = log.read_text().splitlines()
    for said in (f"client={own[0]}:{own[1]}", "node=a", "end=finished", "1000", "1002"):
        assert said in line


def test_when_it_stops_whoever_stays_too_long_is_let_go_of() -> None:
    with TcpMember(echo("a")) as a, balancing() as b:
        b.add("a", tcp_service=a.endpoint)
        with b.connect() as client:
            assert receive(client, 2) == b"a:"
            b.stop()
            b.stop()  # twice: at once
            with contextlib.suppress(ConnectionResetError):
                assert client.recv(10) == b""
            b.thread.join(10.0)
            assert not b.thread.is_alive()
        assert b.balancer._tcp._admission.total == 0


def test_without_a_descriptor_for_the_member_the_client_is_told_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with TcpMember(echo("a")) as a, balancing() as b:
        b.add("a", tcp_service=a.endpoint)
        tcp = b.balancer._tcp
        real = tcp.enter
        hoard: list[int] = []

        def enter(*given: object, **more: object) -> object:
            with contextlib.suppress(OSError):
                while True:
                    hoard.append(os.open(os.devnull, os.O_RDONLY))
            return real(*given, **more)  # type: ignore[arg-type]

        monkeypatch.setattr(tcp, "enter", enter)
        with few_descriptors(), b.connect() as client:
            told = receive(client, len(TCP.busy))
            monkeypatch.setattr(tcp, "enter", real)
            for fd in hoard:
                os.close(fd)
        assert told == TCP.busy
        until(lambda: tcp.clients == 0, "the client is gone")
        with b.connect() as client:
            assert receive(client, 2) == b"a:"


@contextlib.contextmanager
def few_descriptors() -> Iterator[None]:
    """At most a few more than are open now."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (open_descriptors() + 40, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("name", ["python", "compiled"])
@pytest.mark.parametrize("seed", [1, 2])
def test_in_a_storm_no_byte_is_lost_and_nobody_is_left_behind(name: str, seed: int) -> None:
    before = open_descriptors()
    with way(name):
        assert rage(seed, STORM_CLIENTS) == []
    until(lambda: open_descriptors() <= before, "the descriptors are back")


@pytest.mark.timeout(240)
def test_a_storm_finds_no_fault_of_memory(tmp_path: Path) -> None:
    compiler = shutil.which("gcc")
    if compiler is None:
        pytest.skip("no gcc: nothing to compile a sanitizer in with")
    runtime = subprocess.run(
        [compiler, "-print-file-name=libasan.so"], capture_output=True, text=True, check=True
    ).stdout.strip()
    if not Path(runtime).is_absolute():
        pytest.skip("gcc has no address sanitizer here")
    built = tmp_path / "_fast_path.abi3.so"
    flags = ("-std=gnu11", "-O1", "-g", "-fPIC", "-shared", '-DFINGERPRINT="sanitized"')
    checks = ("-fsanitize=address,undefined", "-fno-sanitize-recover=undefined")
    headers = f"-I{sysconfig.get_path('include')}"
    subprocess.run(
        [compiler, *flags, *checks, "-Wall", "-Wextra", "-Werror", headers, SOURCE, "-o", built],
        check=True,
    )
    storm = [sys.executable, "-m", "tests.support.fast_path", str(built), "3", str(STORM_CLIENTS)]
    watched = {
        "LD_PRELOAD": runtime,
        "ASAN_OPTIONS": "detect_leaks=0",
        "PYTHONMALLOC": "malloc",
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")]),
    }
    ran = subprocess.run(
        storm,
        cwd=ROOT,
        env=os.environ | watched,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "all was well" in ran.stdout


def test_an_address_is_what_the_system_wants(poller: "PairPoller") -> None:
    four = poller.address("127.0.0.1", 4_000)
    assert four[:8] == struct.pack("=H", socket.AF_INET) + struct.pack("!HI", 4_000, 0x7F000001)
    assert poller.address("::1", 4_000)[8:24] == bytes(15) + b"\1"
    for host, port in (("localhost", 1), ("", 1), ("127.0.0.1", 0), ("127.0.0.1", 65_536)):
        with pytest.raises(ValueError, match="is no"):
            poller.address(host, port)


def test_a_wrong_ticket_is_an_error_and_costs_only_its_client(poller: "PairPoller") -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        for wrong in ((b"short", b""), ("no bytes", b""), (b"x" * 16, "text"), 7, ()):
            with socket.create_connection(listening.getsockname()) as client:
                client.settimeout(5.0)
                with pytest.raises((TypeError, ValueError)):
                    poller.accept(
                        listening.fileno(),
                        1,
                        0.0,
                        lambda *_, given=wrong: given,  # type: ignore[arg-type,misc]
                        None,  # type: ignore[arg-type]
                    )
                assert client.recv(1) == b""
        assert poller.count == 0


def test_nobody_at_the_door_is_no_client_and_no_door_an_error(poller: "PairPoller") -> None:
    def place(*_: object) -> None:
        raise AssertionError("nobody came")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        fd = listening.fileno()
        assert poller.accept(fd, 5, 0.0, place, None) == 0  # type: ignore[arg-type]
    with pytest.raises(OSError, match="Bad file descriptor") as told:
        poller.accept(fd, 5, 0.0, place, None)  # type: ignore[arg-type]
    assert told.value.errno == errno.EBADF


def test_what_was_closed_can_be_asked_and_does_nothing(poller: "PairPoller") -> None:
    poller.close()
    poller.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        poller.poll(0.0, 1)
    with pytest.raises(OSError, match="Bad file descriptor"):
        poller.register(0, IN)
    assert poller.news() == ([], [], [], [])


def test_it_is_on_by_default() -> None:
    assert BalancerSettings().fast_path
