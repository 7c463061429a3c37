"""UDP flows of a node: one session for each client and port, bounded, forged addresses or not."""

import asyncio
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.roster import UserId
from holdfast.grading.domain.rules import Rules
from holdfast.grading.domain.scenario import Context, Peer, Scenario, Trigger
from holdfast.grading.domain.templates import like
from holdfast.grading.domain.verdict import CheckSpec
from holdfast.grading.entrypoints.node_driver import House
from holdfast.grading.entrypoints.node_settings import NodeLimits
from holdfast.grading.entrypoints.node_socket import NodeSocket, _has_stamps
from holdfast.grading.entrypoints.node_udp import (
    DATAGRAMS_IN_TIME,
    DATAGRAMS_PER_ROUND,
    UdpLines,
)
from holdfast.grading.service.session_place import Place
from holdfast.grading.store.memory import MemoryStore
from holdfast.grading.wire.course import COURSE, Chat, ErrorReply, Register, Registered
from holdfast.platform.balancer.proxy_protocol import TRACE_TLV, encode, encode_local
from tests.support.eventually import eventually
from tests.support.node_clients import (
    RunningNode,
    TcpClient,
    UdpClient,
    node_settings,
    running_node,
)

UID = UserId(1234)
LOST_TEST = Chat(UID, "TEST 5_1 LOST MESSAGE HANDLING")
ELSEWHERE = Chat(UID, "TEST 5_2 BUFFERED MESSAGING WHILE OFFLINE")


async def test_each_client_and_port_is_a_flow_of_its_own(
    ledger: MemoryStore, tmp_path: Path
) -> None:
    async with running_node(ledger, node_settings(tmp_path)) as node:
        udp = await UdpClient.connect(node)
        udp.send(ELSEWHERE, 5005, source=("192.0.2.7", 1))
        udp.send(ELSEWHERE, 5005, source=("192.0.2.8", 1))
        udp.send(ELSEWHERE, 2002, source=("192.0.2.7", 1))
        answers = [await udp.read() for _ in range(3)]
        assert {(source, destination[1]) for source, destination, _ in answers} == {
            (("192.0.2.7", 1), 5005),
            (("192.0.2.8", 1), 5005),
            (("192.0.2.7", 1), 2002),
        }
        assert all(isinstance(message, ErrorReply) for *_, message in answers)
        udp.close()


async def test_answers_go_to_the_balancer_that_spoke_last(
    ledger: MemoryStore, tmp_path: Path
) -> None:
    async with running_node(ledger, node_settings(tmp_path)) as node:
        first, second = await UdpClient.connect(node), await UdpClient.connect(node)
        for balancer in (first, second):
            balancer.send(Register(UID, "x", 1), 5005)
            assert isinstance((await balancer.read())[2], Registered | ErrorReply)
        first.close()
        second.close()


async def test_an_answer_carries_the_header_of_the_last_datagram_byte_by_byte(
    ledger: MemoryStore, tmp_path: Path
) -> None:
    async with running_node(ledger, node_settings(tmp_path)) as node:
        udp = await UdpClient.connect(node)
        raw = COURSE.encode(ELSEWHERE)
        for trace in (b"\x01" * 16, b"\x02" * 16):  # the balancer had forgotten the flow between
            header = encode("udp", ("192.0.2.7", 1), ("127.0.0.1", 5005), ((TRACE_TLV, trace),))
            udp.send_raw(header + raw)
            assert (await udp.read_raw()).startswith(header)
        udp.close()


async def test_a_session_is_logged_with_its_trace_id(
    ledger: MemoryStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="holdfast")
    async with running_node(ledger, node_settings(tmp_path)) as node:
        udp = await UdpClient.connect(node)
        header = encode("udp", ("192.0.2.7", 1), ("127.0.0.1", 5005), ((TRACE_TLV, b"\xab" * 16),))
        udp.send_raw(header + COURSE.encode(ELSEWHERE))
        await udp.read()
        udp.close()
    (record,) = [record for record in caplog.records if record.msg == "session"]
    assert vars(record)["values"]["trace"] == "ab" * 16


async def test_datagrams_that_are_not_a_balancers_are_ignored(
    ledger: MemoryStore, tmp_path: Path
) -> None:
    async with running_node(ledger, node_settings(tmp_path)) as node:
        udp = await UdpClient.connect(node)
        tcp_header = encode("tcp", ("192.0.2.7", 1), ("127.0.0.1", 5005))
        for hostile in (b"", b"hello", bytes(1500), encode_local(), tcp_header):
            udp.send_raw(hostile)
        await still_answers(udp)


async def test_strangers_are_ignored_when_the_balancers_are_known(
    ledger: MemoryStore, tmp_path: Path
) -> None:
    settings = node_settings(tmp_path, balancers=frozenset({"127.0.0.1"}))
    async with running_node(ledger, settings) as node:
        await still_answers(await UdpClient.connect(node))
    settings = replace(settings, balancers=frozenset({"192.0.2.1"}))
    async with running_node(ledger, settings) as node:
        udp = await UdpClient.connect(node)
        udp.send(ELSEWHERE)
        tcp = await TcpClient.connect(node)  # a way there and back: the datagram was seen before
        assert await tcp.gone()
        assert udp.unread == 0
        await tcp.close()
        udp.close()


async def still_answers(udp: UdpClient) -> None:
    udp.send(ELSEWHERE)
    assert "runs on UDP port 7007" in (await udp.read())[2].text
    udp.close()


async def begin_test(node: RunningNode, ledger: MemoryStore) -> UdpClient:
    udp = await UdpClient.connect(node)
    udp.send(LOST_TEST)
    await udp.read()
    await eventually(lambda: ledger.attempts(UID, 1))
    return udp


async def test_new_flows_push_out_silent_ones_but_never_a_running_test(
    ledger: MemoryStore, tmp_path: Path
) -> None:
    settings = node_settings(tmp_path, limits=NodeLimits(flows=4))
    async with running_node(ledger, settings) as node:
        udp = await begin_test(node, ledger)
        forger = await UdpClient.connect(node)
        for number in range(1, 200):
            forger.send(ELSEWHERE, source=(f"192.0.2.{number}", 1))
            await forger.read()
        for _ in range(8):
            await udp.read()  # the test still plays
        udp.close()
        forger.close()


async def test_when_all_flows_run_tests_new_ones_are_lost(
    ledger: MemoryStore, tmp_path: Path
) -> None:
    settings = node_settings(tmp_path, limits=NodeLimits(flows=1))
    async with running_node(ledger, settings) as node:
        udp = await begin_test(node, ledger)
        other = await UdpClient.connect(node)
        other.send(ELSEWHERE, source=("192.0.2.9", 1))
        await udp.read()
        assert other.unread == 0
        udp.close()
        other.close()


async def test_one_address_has_only_so_many_flows(ledger: MemoryStore, tmp_path: Path) -> None:
    settings = node_settings(tmp_path, limits=NodeLimits(flows_per_source=2))
    async with running_node(ledger, settings) as node:
        udp = await UdpClient.connect(node)
        for port in (1, 2, 3):
            udp.send(ELSEWHERE, source=("192.0.2.7", port))
        udp.send(ELSEWHERE, source=("192.0.2.8", 4))
        sources = [(await udp.read())[0][1] for _ in range(3)]
        assert sources == [1, 2, 4]
        udp.close()


async def test_a_client_that_is_gone_disturbs_nobody(ledger: MemoryStore, tmp_path: Path) -> None:
    async with running_node(ledger, node_settings(tmp_path)) as node:
        udp = await begin_test(node, ledger)
        udp.close()  # from now on the node's datagrams bounce
        await still_answers(await UdpClient.connect(node))


# Time


@dataclass(eq=False)
class LateLoop:
    """The running loop, but time passes and timers ring when a test wants it."""

    real: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)
    passed_s: float = 0.0
    timers: list[tuple[float, Callable[[], None]]] = field(default_factory=list)
    watched: set[str] = field(default_factory=set)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    def time(self) -> float:
        return self.real.time() + self.passed_s

    def wall(self) -> float:
        return time.time() + self.passed_s

    def call_at(self, when: float, call: Callable[[], None]) -> asyncio.Handle:
        handle = asyncio.Handle(lambda: None, (), self.real)
        self.timers.append((when, lambda: None if handle.cancelled() else call()))
        return handle

    def ring(self) -> None:
        """What is due, before anything is read: so uvloop begins each round."""
        due = [timer for timer in self.timers if timer[0] <= self.time()]
        self.timers = [timer for timer in self.timers if timer not in due]
        for _, call in due:
            call()

    def add_reader(self, *_: object) -> None:
        self.watched.add("reader")

    def remove_reader(self, *_: object) -> None:
        self.watched.discard("reader")

    def add_writer(self, *_: object) -> None:
        self.watched.add("writer")

    def remove_writer(self, *_: object) -> None:
        self.watched.discard("writer")


def bound() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setblocking(False)
    made.bind(("127.0.0.1", 0))
    return made


def late_house(ledger: MemoryStore, loop: LateLoop, catalogue: Mapping[TestId, Scenario]) -> House:
    place = Place(
        node="n1",
        incarnation="1" * 32,
        catalogue=catalogue,
        rules=Rules(),
        secret=b"secret",
        new_id=lambda: "0" * 32,
        wall=lambda _: datetime.now(UTC),
    )
    return House(place, ledger, NodeLimits(), cast(asyncio.AbstractEventLoop, loop))


WITHIN_S = 9.0
HERE = like(Chat, text="here")


async def hears_in_time(ctx: Context, client: Peer) -> None:
    """A deadline, and a judgement by the time of arrival."""
    await client.send(Chat(ctx.uid, "ready"))
    began_at = ctx.now
    chat = await client.until(HERE, within=WITHIN_S, check="heard")
    ctx.require("in time", ctx.came_at(chat) - began_at < WITHIN_S)


SCENARIO = Scenario(
    id=TestId("in-time"),
    title="In time",
    year=2026,
    assignment=1,
    transport="udp",
    ports=(5005,),
    trigger=Trigger("GO"),
    checks=(CheckSpec("heard", "the chat is heard"), CheckSpec("in time", "it came in time")),
    play=hears_in_time,
)


async def test_a_datagram_that_came_in_time_passes_although_the_node_was_busy_past_the_deadline(
    ledger: MemoryStore, tmp_path: Path
) -> None:
    loop = LateLoop()
    house = late_house(ledger, loop, {SCENARIO.id: SCENARIO})
    with bound() as ours, bound() as client:
        sock = NodeSocket(ours, monotonic=loop.time, wall=loop.wall)
        if not _has_stamps(ours):
            pytest.skip("this system has no time of arrival for datagrams")
        lines = UdpLines(house, node_settings(tmp_path), sock)
        header = encode("udp", ("192.0.2.7", 1), ("127.0.0.1", 5005))
        client.sendto(header + COURSE.encode(Chat(UID, "GO")), lines.address)

        def is_ready() -> bool:
            lines.read()
            with suppress(BlockingIOError):
                return client.recv(65_535).endswith(b"ready")
            return False

        await eventually(is_ready)
        client.sendto(header + COURSE.encode(Chat(UID, "here")), lines.address)
        loop.passed_s += WITHIN_S + 1.0
        loop.ring()

        async def is_judged() -> bool:
            return bool([a for a in await ledger.attempts(UID, 1) if a.verdict is not None])

        await eventually(is_judged)
        [attempt] = await ledger.attempts(UID, 1)
        assert (str(attempt.verdict), attempt.reason) == ("pass", "Every check passed.")
        for driver in tuple(house.drivers):
            driver.drop()
        lines.close()


@dataclass
class FakeSocket:
    """Gives what it is told to give, and takes only so much."""

    socket: socket.socket
    incoming: list[tuple[bytes, tuple[str, int], float] | OSError] = field(default_factory=list)
    is_full: bool = False
    sent: list[bytes] = field(default_factory=list)

    def receive(self) -> tuple[bytes, tuple[str, int], float] | None:
        found = self.incoming.pop(0) if self.incoming else None
        if isinstance(found, OSError):
            raise found
        return found

    def send(self, datagram: bytes, _: object) -> bool:
        self.sent.append(datagram)
        return not self.is_full

    def send_rest(self) -> bool:
        return not self.is_full


async def test_a_socket_that_is_full_is_waited_for_and_one_that_is_closed_takes_nothing(
    ledger: MemoryStore, tmp_path: Path
) -> None:
    loop = LateLoop()
    with bound() as ours:
        sock = FakeSocket(ours, is_full=True)
        house = late_house(ledger, loop, {})
        lines = UdpLines(house, node_settings(tmp_path), cast(NodeSocket, sock))
        lines.send(b"x", ("127.0.0.1", 9))
        assert loop.watched == {"reader", "writer"}
        lines._send_rest()
        assert loop.watched == {"reader", "writer"}
        sock.is_full = False
        lines._send_rest()
        assert loop.watched == {"reader"}
        lines.close()
        lines.close()
        assert loop.watched == set()
        lines.send(b"y", ("127.0.0.1", 9))
        sock.incoming.append((b"", ("127.0.0.1", 9), 0.0))
        lines.read()
        assert (sock.sent, len(sock.incoming)) == ([b"x"], 1)


async def test_a_round_of_reading_is_bounded_and_goes_on_behind_an_error(
    ledger: MemoryStore, tmp_path: Path
) -> None:
    with bound() as ours:
        stray = (b"", ("127.0.0.1", 9), 0.0)
        sock = FakeSocket(ours, [ConnectionRefusedError(), *[stray] * DATAGRAMS_IN_TIME])
        house = late_house(ledger, LateLoop(), {})
        lines = UdpLines(house, node_settings(tmp_path), cast(NodeSocket, sock))
        lines.read()
        assert len(sock.incoming) == 1 + DATAGRAMS_IN_TIME - DATAGRAMS_PER_ROUND
        lines.read(DATAGRAMS_IN_TIME)
        assert sock.incoming == []
        lines.close()


async def test_a_datagram_that_we_fail_at_is_logged_and_keeps_nobody_from_the_next(
    ledger: MemoryStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with bound() as ours:
        sock = FakeSocket(ours, [(b"", ("127.0.0.1", 9), 0.0)] * 2)
        lines = UdpLines(
            late_house(ledger, LateLoop(), {}), node_settings(tmp_path), cast(NodeSocket, sock)
        )

        def fail(_: bytes) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr("holdfast.grading.entrypoints.node_udp.parse", fail)
        lines.read()
        assert sock.incoming == []
        assert [record.msg for record in caplog.records] == ["datagram_failed"] * 2
        lines.close()
