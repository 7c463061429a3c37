"""TCP connections of a node: headers, back-pressure, limits, hostile clients."""

import asyncio
from pathlib import Path

import pytest

from holdfast.grading.domain.roster import UserId
from holdfast.grading.entrypoints.node_settings import NodeLimits
from holdfast.grading.store.memory import MemoryStore
from holdfast.grading.wire.course import COURSE, Chat, ErrorReply
from holdfast.platform.balancer.proxy_protocol import encode, encode_local
from tests.support.eventually import eventually
from tests.support.node_clients import TcpClient, node_settings, running_node

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
