"""UDP flows of a node: one session for each client and port, bounded, forged addresses or not."""

from dataclasses import replace
from pathlib import Path

import pytest

from holdfast.grading.domain.roster import UserId
from holdfast.grading.entrypoints.node_settings import NodeLimits
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
