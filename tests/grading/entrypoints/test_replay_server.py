"""The server's side of a recorded attempt on a real loopback port."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from holdfast.errors import Mistake
from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.recorded_side import Hear, Say, server_side
from holdfast.grading.domain.scenarios import CATALOGUE
from holdfast.grading.domain.transcript import Transcript
from holdfast.grading.entrypoints.replay_server import HOST, Play, serve
from holdfast.grading.wire.course import COURSE, Chat, Register, Registered
from tests.support.eventually import eventually
from tests.support.seeded_class import echo, play

WITHIN_S = 20.0
REGISTER = COURSE.encode(Register(77, "localhost", 1))
REGISTERED = COURSE.encode(Registered())


@dataclass
class Running:
    """A replay that is served."""

    play: Play
    port: int
    said: list[str]
    task: "asyncio.Task[None]"


def recorded(test: str) -> Transcript:
    return play(CATALOGUE[TestId(test)], 1000, echo).transcript


@asynccontextmanager
async def replaying(test: str, *, patience_s: float = WITHIN_S) -> AsyncIterator[Running]:
    transcript, said = recorded(test), []
    steps = server_side(transcript)
    is_udp = CATALOGUE[TestId(test)].transport == "udp"
    played = Play(transcript, steps, is_udp, 1000.0, True, said.append, patience_s)
    bound: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(serve(played, 0, bound.set_result))
    async with asyncio.timeout(WITHIN_S):
        yield Running(played, await bound, said, task)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_a_program_hears_what_was_said_byte_for_byte() -> None:
    async with replaying("2024-a1-t2") as running:
        reader, writer = await asyncio.open_connection(HOST, running.port)
        writer.write(REGISTER)
        assert await reader.readexactly(len(REGISTERED)) == REGISTERED
        writer.write(bytes.fromhex(running.play.transcript.trigger))
        for step in running.play.steps:
            match step:
                case Say(raw=raw):
                    assert await reader.readexactly(len(raw)) == raw
                case Hear(raw=raw):
                    writer.write(raw)
        await running.task
        assert running.said[-1] == "the conversation is over"
        assert any(line.endswith("as in the attempt") for line in running.said)
        assert not any("not as" in line for line in running.said)
        writer.close()


async def test_what_the_program_says_otherwise_is_shown_in_bytes() -> None:
    async with replaying("2024-a1-t2") as running:
        reader, writer = await asyncio.open_connection(HOST, running.port)
        writer.write(COURSE.encode(Chat(5, "hm")))
        writer.write(COURSE.encode(Chat(5, "TEST 2 OUT OF BAND PROTOCOL MESSAGE")))
        [first, second] = [step.raw for step in running.play.steps if isinstance(step, Say)][:2]
        await reader.readexactly(len(first) + len(second))
        writer.write(REGISTER)
        assert await reader.readexactly(len(REGISTERED)) == REGISTERED
        writer.write(COURSE.encode(Chat(5, "something else")))
        await running.task
        told = "\n".join(running.said)
        assert "not what started the test, ignored" in told
        assert "not as in the attempt" in told
        assert "now      " in told
        writer.close()


async def test_a_program_that_says_nothing_is_told_what_was_said() -> None:
    async with replaying("2024-a1-t2", patience_s=0.05) as running:
        _, writer = await asyncio.open_connection(HOST, running.port)
        writer.write(bytes.fromhex(running.play.transcript.trigger))
        await running.task
        assert any("nothing came; in the attempt came Chat" in line for line in running.said)
        writer.close()


async def test_a_program_that_leaves_is_no_end() -> None:
    async with replaying("2024-a1-t2") as running:
        _, writer = await asyncio.open_connection(HOST, running.port)
        writer.close()
        await eventually(lambda: "the program has closed its connection" in running.said)
        assert not running.task.done()


class Datagrams(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.came: asyncio.Queue[bytes] = asyncio.Queue()

    def datagram_received(self, data: bytes, _: object) -> None:
        self.came.put_nowait(data)


async def test_a_udp_test_has_its_registration_on_tcp_at_the_same_number() -> None:
    async with replaying("2025-5_1") as running:
        reader, writer = await asyncio.open_connection(HOST, running.port)
        writer.write(REGISTER)
        assert await reader.readexactly(len(REGISTERED)) == REGISTERED
        transport, program = await asyncio.get_running_loop().create_datagram_endpoint(
            Datagrams, remote_addr=(HOST, running.port)
        )
        transport.sendto(bytes.fromhex(running.play.transcript.trigger))
        for step in running.play.steps:
            match step:
                case Say(raw=raw):
                    assert await program.came.get() == raw
                case Hear(raw=raw):
                    transport.sendto(raw)
        await running.task
        transport.close()
        writer.close()


async def test_a_taken_port_is_one_sentence() -> None:
    async with replaying("2024-a1-t2") as running:
        with pytest.raises(Mistake, match=f"Port {running.port} cannot be listened on"):
            await serve(running.play, running.port)
