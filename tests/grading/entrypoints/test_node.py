"""A node over real sockets: what its clients see, and how it stops."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from holdfast.errors import IndefiniteError, Mistake
from holdfast.grading.domain.attempt import ClosedAttempt, TestId
from holdfast.grading.domain.roster import UserId
from holdfast.grading.domain.rules import Rules
from holdfast.grading.domain.scenarios import CATALOGUE
from holdfast.grading.domain.verdict import Verdict
from holdfast.grading.entrypoints.node import Surroundings, run_node
from holdfast.grading.entrypoints.node_settings import NodeLimits
from holdfast.grading.store.memory import MemoryStore
from holdfast.grading.wire.course import Chat, Register, Registered
from holdfast.platform.runtime.lifecycle import Stop
from tests.support.eventually import eventually
from tests.support.node_clients import (
    FakeBeacon,
    TcpClient,
    UdpClient,
    node_settings,
    running_node,
)

UID = UserId(1234)
HELLO = Register(UID, "localhost", 4444)
KNOWN_ID = Chat(UID, "TEST 1 USER ID CORRECTNESS")
RULES = Rules(time_scale=0.01)


async def closed_attempts(ledger: MemoryStore) -> list[Verdict]:
    return [each.verdict for each in await ledger.attempts(UID, 10) if each.verdict is not None]


async def test_a_tcp_client_registers_and_passes_a_test(ledger, tmp_path: Path) -> None:
    async with running_node(ledger, node_settings(tmp_path)) as node:
        client = await TcpClient.connect(node)
        await client.send(HELLO, KNOWN_ID)
        assert await client.read() == Registered()
        await client.close()
        await eventually(lambda: closed_attempts(ledger))
        assert await closed_attempts(ledger) == [Verdict.PASS]
        [attempt] = await ledger.attempts(UID, 10)
        assert (attempt.source.host, attempt.node) == ("192.0.2.7", "n1")


async def test_a_udp_flow_is_answered_with_its_own_header(ledger, tmp_path: Path) -> None:
    async with running_node(ledger, node_settings(tmp_path)) as node:
        tcp, udp = await TcpClient.connect(node), await UdpClient.connect(node)
        await tcp.send(HELLO)
        assert await tcp.read() == Registered()
        udp.send(Chat(UID, "TEST 3_2 ECHO MESSAGE FROM USER"), 5252)
        source, destination, chat = await udp.read()
        assert (source, destination) == (("192.0.2.7", 50_000), ("127.0.0.1", 5252))
        assert chat.text.startswith("Timestamp: ")
        udp.send(chat, 5252)
        await eventually(lambda: closed_attempts(ledger))
        assert await closed_attempts(ledger) == [Verdict.PASS]
        udp.close()
        await tcp.close()


async def test_the_port_offset_is_taken_off_what_clients_used(ledger, tmp_path: Path) -> None:
    async with running_node(ledger, node_settings(tmp_path, port_offset=10_000)) as node:
        client = await TcpClient.connect(node, 18_080)
        await client.send(Chat(UID, "hello"))
        assert await client.read() == Chat(UID, "ACK: hello")
        await client.close()


async def test_services_and_load_are_told_to_the_beacon(ledger, tmp_path: Path) -> None:
    async with running_node(ledger, node_settings(tmp_path)) as node:
        assert set(node.services) == {"grading-node-tcp", "grading-node-udp"}
        assert node.load[0].running == 0
        assert node.load[0].capacity > 0
    assert node.beacon.draining
    assert node.beacon.stopped


async def test_a_stopping_node_closes_and_records_what_still_runs(ledger, tmp_path: Path) -> None:
    async with running_node(ledger, node_settings(tmp_path), rules=Rules()) as node:
        client = await TcpClient.connect(node)
        await client.send(HELLO, Chat(UID, "TEST 4_1 RENEW LEASE"))
        assert await client.read() == Registered()
        await eventually(lambda: ledger.attempts(UID, 10))
        await node.end()
        assert await closed_attempts(ledger) == [Verdict.INFRASTRUCTURE]
        [attempt] = await ledger.attempts(UID, 10)
        assert "stopped before it could decide" in attempt.reason
        [told] = await client.rest()
        assert "stopped before it could decide" in told.text
        await client.close()


async def test_a_draining_node_lets_short_tests_end(ledger, tmp_path: Path) -> None:
    async with running_node(ledger, node_settings(tmp_path, drain_s=8.0)) as node:
        client = await TcpClient.connect(node)
        await client.send(Chat(UID, "TEST 2 OUT OF BAND PROTOCOL MESSAGE"))
        await eventually(lambda: ledger.attempts(UID, 10))
        node.stop.set()
        await client.reader.readexactly(4)  # the bare string: it still plays
        async with asyncio.timeout(10):
            data = b""
            while b"\0\0\0\4" not in data:
                data += await client.reader.read(4096)
        await client.send(data[data.index(b"\0\0\0\4") :])
        await node.task
        assert await closed_attempts(ledger) == [Verdict.PASS]
        await client.close()


async def test_the_node_beats_to_the_store_and_survives_that_it_is_away(tmp_path: Path) -> None:
    class Away(MemoryStore):
        beats = 0

        async def beat(self, beat) -> None:
            Away.beats += 1
            raise [IndefiniteError("away"), RuntimeError("a bug"), TimeoutError()][Away.beats % 3]

    ledger = Away(lambda: datetime.now(UTC))
    async with running_node(ledger, node_settings(tmp_path, beat_interval_s=0.01)) as node:
        await eventually(lambda: Away.beats > 5)
        assert not node.task.done()


@pytest.mark.parametrize("answers", [0, 1])
async def test_a_store_that_was_there_is_missed_and_one_that_only_starts_is_not(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, answers: int
) -> None:
    class Away(MemoryStore):
        beats = 0

        async def beat(self, beat) -> None:
            self.beats += 1
            if self.beats > answers:
                raise IndefiniteError("away")

    ledger = Away(lambda: datetime.now(UTC))
    async with running_node(ledger, node_settings(tmp_path, beat_interval_s=0.01)):
        await eventually(lambda: ledger.beats > answers + 3)
        assert caplog.text.count("ledger_away") == answers


async def test_checks_of_a_test_that_goes_on_come_with_a_beat(ledger, tmp_path: Path) -> None:
    async def ticked() -> list[str]:
        return [check.name for one in await ledger.attempts(UID, 10) for check in one.checks]

    settings = node_settings(tmp_path, beat_interval_s=0.05)
    async with running_node(ledger, settings, rules=Rules()) as node:
        client = await TcpClient.connect(node)
        await client.send(HELLO, Chat(UID, "TEST 4_1 RENEW LEASE"))
        await eventually(ticked)
        assert await ticked() == ["active lease"]
        assert await closed_attempts(ledger) == []
        await client.close()


async def test_practice_mode_reaches_a_running_node_with_its_beat(ledger, tmp_path: Path) -> None:
    async def practised() -> list[bool]:
        return [one.is_practice for one in await ledger.attempts(UID, 10)]

    settings = node_settings(tmp_path, beat_interval_s=0.01)
    async with running_node(ledger, settings, rules=Rules()) as node:
        beats = ledger.beats
        ledger.practice_since = datetime.now(UTC)
        await eventually(lambda: len(set(ledger.beats.values()) - set(beats.values())) > 0)
        client = await TcpClient.connect(node)
        await client.send(Chat(UID, "TEST 1 USER ID CORRECTNESS"))
        await eventually(practised)
        assert await practised() == [True]
        await client.close()


async def test_a_taken_port_is_one_sentence_that_names_it(ledger, tmp_path: Path) -> None:
    async with running_node(ledger, node_settings(tmp_path)) as node:
        for transport, port in (("tcp", node.tcp[1]), ("udp", node.udp[1])):
            settings = node_settings(tmp_path, **{f"{transport}_port": port})
            with pytest.raises(Mistake, match=f"{transport.upper()} 127.0.0.1:{port}: "):
                async with running_node(ledger, settings):
                    pass


async def test_the_seed_secret_is_made_once(ledger, tmp_path: Path) -> None:
    settings = node_settings(tmp_path, seed_secret_file=tmp_path / "fresh.key")
    async with running_node(ledger, settings):
        secret = settings.seed_secret_file.read_bytes()
    async with running_node(ledger, settings):
        assert settings.seed_secret_file.read_bytes() == secret
    assert len(secret.strip()) >= 32


async def test_a_scenario_that_computes_without_end_is_stopped(ledger, tmp_path: Path) -> None:
    async def looping(ctx, peer) -> None:
        while True:
            pass

    looping_test = replace(CATALOGUE[TestId("2024-a1-t1")], play=looping)
    catalogue = {**CATALOGUE, looping_test.id: looping_test}
    limits = NodeLimits(step_cpu_s=0.05)
    settings = node_settings(tmp_path, limits=limits)
    async with running_node(ledger, settings, catalogue=catalogue) as node:
        client, other = await TcpClient.connect(node), await TcpClient.connect(node, 8080)
        await client.send(KNOWN_ID)
        await eventually(lambda: closed_attempts(ledger))
        assert await closed_attempts(ledger) == [Verdict.INFRASTRUCTURE]
        await other.send(Chat(UID, "still there?"))
        assert await other.read() == Chat(UID, "ACK: still there?")
        await other.close()
        await client.close()


def test_a_node_runs_in_the_main_thread_only(ledger, tmp_path: Path) -> None:
    async def start_beacon(services, load) -> FakeBeacon:
        return FakeBeacon()

    around = Surroundings(ledger, start_beacon, CATALOGUE, RULES)

    async def main() -> None:
        await run_node(node_settings(tmp_path), around, Stop())

    with ThreadPoolExecutor(1) as pool, pytest.raises(RuntimeError, match="main thread only"):
        pool.submit(asyncio.run, main()).result()


async def test_a_store_that_never_answers_does_not_keep_the_node_from_stopping(
    ledger: MemoryStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def hang(closed: ClosedAttempt) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(ledger, "close_attempt", hang)
    settings = node_settings(tmp_path, drain_s=0.05, farewell_s=0.05)
    async with running_node(ledger, settings) as node:
        client = await TcpClient.connect(node)
        await client.send(KNOWN_ID)
        await eventually(lambda: ledger.attempts(UID, 10))
        await node.end()
        assert "attempts_unrecorded" in caplog.text
        await client.close()
