"""TCP connections of a node: headers, back-pressure, limits, hostile clients."""

import asyncio
import os
import time
from pathlib import Path
from typing import Any, TypeVar

import pytest

from holdfast.grading.domain.roster import UserId
from holdfast.grading.domain.rules import Rules
from holdfast.grading.domain.verdict import Verdict
from holdfast.grading.entrypoints.node_driver import Driver
from holdfast.grading.entrypoints.node_settings import NodeLimits
from holdfast.grading.entrypoints.node_tcp import TcpLine
from holdfast.grading.store.memory import MemoryStore
from holdfast.grading.wire.course import COURSE, Chat, ErrorReply, Register
from holdfast.platform.balancer.proxy_protocol import encode, encode_local
from tests.support.eventually import eventually
from tests.support.node_clients import TcpClient, node_settings, running_node

T = TypeVar("T")
ANSWER_S = 0.4
BRISK = Rules(time_scale=0.01, answer_s=ANSWER_S, silence_s=0.05, lead_in_s=0.01)
UID = UserId(1234)
HEADER = encode("tcp", ("192.0.2.7", 40_000), ("127.0.0.1", 8080))


async def test_a_header_may_come_in_pieces_or_together_with_bytes(
    ledger: MemoryStore, tmp_path: Path
) -> None:
    async with running_node(ledger, node_settings(tmp_path)) as node:
        whole = HEADER + COURSE.encode(Chat(UID, "hello"))
        for at in (1, 12, 16, len(HEADER), len(HEADER) + 3, len(whole)):
            client = await TcpClient.connect(node, header=whole[:at])
            await client.send(whole[at:])
            assert await client.read() == Chat(UID, "ACK: hello")
            await client.close()


@pytest.mark.parametrize(
    "first",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        encode("udp", ("192.0.2.7", 1), ("127.0.0.1", 8080)),
        encode_local(),
        bytes(100),
    ],
)
async def test_a_connection_without_a_header_is_closed(
    ledger: MemoryStore, tmp_path: Path, first: bytes
) -> None:
    async with running_node(ledger, node_settings(tmp_path)) as node:
        client = await TcpClient.connect(node, header=first)
        assert await client.gone()
        await client.close()


async def test_a_header_that_never_comes_is_not_waited_for(
    ledger: MemoryStore, tmp_path: Path
) -> None:
    settings = node_settings(tmp_path, limits=NodeLimits(header_s=0.05))
    async with running_node(ledger, settings) as node:
        silent = await TcpClient.connect(node, header=b"")
        half = await TcpClient.connect(node, header=HEADER[:14])
        for client in (silent, half):
            assert await client.gone()
            await client.close()


async def test_a_client_that_leaves_before_its_header_leaves_nothing(
    ledger: MemoryStore, tmp_path: Path
) -> None:
    async with running_node(ledger, node_settings(tmp_path)) as node:
        client = await TcpClient.connect(node, header=HEADER[:5])
        client.writer.write_eof()
        assert await client.gone()
        await client.close()


async def test_strangers_are_refused_when_the_balancers_are_known(
    ledger: MemoryStore, tmp_path: Path
) -> None:
    settings = node_settings(tmp_path, balancers=frozenset({"192.0.2.1"}))
    async with running_node(ledger, settings) as node:
        client = await TcpClient.connect(node)
        assert await client.gone()
        await client.close()


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        (NodeLimits(sessions=2), "The server is full"),
        (NodeLimits(sessions_per_source=2), "too many connections from your address"),
    ],
)
async def test_too_many_connections_get_an_error_frame(
    ledger: MemoryStore, tmp_path: Path, limits: NodeLimits, says: str
) -> None:
    async with running_node(ledger, node_settings(tmp_path, limits=limits)) as node:
        clients = [await TcpClient.connect(node, 8080) for _ in range(2)]
        for client in clients:
            await client.send(Chat(UID, "hello"))
            assert await client.read() == Chat(UID, "ACK: hello")
        refused = await TcpClient.connect(node, 8080)
        [told] = await refused.rest()
        assert isinstance(told, ErrorReply)
        assert says in told.text
        await clients[0].close()

        async def admitted() -> bool:
            again = await TcpClient.connect(node, 8080)
            await again.send(Chat(UID, "hello"))
            answer = await again.read()
            await again.close()
            return answer == Chat(UID, "ACK: hello")

        await eventually(admitted)
        for client in (*clients, refused):
            await client.close()


async def test_a_client_that_never_reads_stops_being_read_and_is_dropped(
    ledger: MemoryStore, tmp_path: Path
) -> None:
    settings = node_settings(tmp_path, limits=NodeLimits(slow_reader_s=0.3))
    async with running_node(ledger, settings) as node:
        greedy, other = await TcpClient.connect(node, 8080), await TcpClient.connect(node, 8080)
        chat = COURSE.encode(Chat(UID, "x" * 60_000))

        async def flood() -> None:
            for _ in range(1000):  # 60 MB: far more than any buffer takes
                greedy.writer.write(chat)
                await greedy.writer.drain()

        with pytest.raises(ConnectionError):
            async with asyncio.timeout(20):
                await flood()
        await other.send(Chat(UID, "hello"))
        assert await other.read() == Chat(UID, "ACK: hello")
        await other.close()
        greedy.writer.transport.abort()


async def test_a_slow_reader_gets_everything_in_the_end(
    ledger: MemoryStore, tmp_path: Path
) -> None:
    async with running_node(ledger, node_settings(tmp_path)) as node:
        client = await TcpClient.connect(node, 8080)
        chat = Chat(UID, "x" * 60_000)

        async def write() -> None:
            for _ in range(100):
                await client.send(chat)

        writing = asyncio.create_task(write())
        for _ in range(100):
            assert await client.read() == Chat(UID, f"ACK: {chat.text}")
        await writing
        await client.close()


async def test_a_half_closed_client_still_reads_its_answers(
    ledger: MemoryStore, tmp_path: Path
) -> None:
    async with running_node(ledger, node_settings(tmp_path)) as node:
        client = await TcpClient.connect(node, 8080)
        await client.send(Chat(UID, "hello"), Chat(UID, f"TEST 1 USER ID: {UID}"))
        client.writer.write_eof()
        assert await client.rest() == [
            Chat(UID, "ACK: hello"),
            Chat(UID, "TEST 1 USER ID CORRECTNESS PASSED"),
        ]
        await client.close()


def remembered(monkeypatch: pytest.MonkeyPatch, kind: type[T]) -> list[T]:
    """All of a kind that are made from now on."""
    made: list[T] = []
    honest = kind.__init__

    def begin(one: T, *args: Any) -> None:
        honest(one, *args)
        made.append(one)

    monkeypatch.setattr(kind, "__init__", begin)
    return made


@pytest.mark.parametrize("looks_first", [False, True], ids=["read-first", "deadline-first"])
async def test_who_answered_while_the_node_stood_still_over_the_deadline_passes(
    ledger: MemoryStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, looks_first: bool
) -> None:
    """Whichever of the two the loop comes to first when it goes on."""
    drivers = remembered(monkeypatch, Driver)
    async with running_node(ledger, node_settings(tmp_path), rules=BRISK) as node:
        client = await TcpClient.connect(node)
        trigger = Chat(UID, "TEST 4 HANDLING ERROR MESSAGE")
        await client.send(Register(UID, "localhost", 4444), trigger)
        while not isinstance(asked := await client.read(), Chat):
            assert asked is not None
        os.write(client.writer.get_extra_info("socket").fileno(), COURSE.encode(asked))
        time.sleep(ANSWER_S + 0.1)
        if looks_first:
            [driver] = drivers
            driver._wake()

        async def is_judged() -> bool:
            [attempt] = await ledger.attempts(UID, 1)
            return attempt.verdict is not None

        await eventually(is_judged)
        [attempt] = await ledger.attempts(UID, 1)
        assert attempt.verdict is Verdict.PASS, attempt.reason
        await client.close()


async def test_the_last_look_before_a_deadline_takes_nothing_while_reading_is_paused(
    ledger: MemoryStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = remembered(monkeypatch, TcpLine)
    async with running_node(ledger, node_settings(tmp_path)) as node:
        client = await TcpClient.connect(node, 8080)
        await client.send(Chat(UID, "first"))
        assert await client.read() == Chat(UID, "ACK: first")
        [line] = lines
        line.pause(True)
        await client.send(Chat(UID, "second"))
        line.catch_up()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await client.reader.read(1)
        line.pause(False)
        line.catch_up()
        assert await client.read() == Chat(UID, "ACK: second")
        client.writer.write_eof()
        line.catch_up()  # the end is left to the transport
        assert await client.rest() == []
        line.catch_up()  # and nothing is there to be read any more
        await client.close()
