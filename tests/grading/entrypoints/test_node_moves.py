"""A real node takes over sessions of lost ones: their journals come in by TCP and UDP."""

import asyncio
import socket
from pathlib import Path

import msgspec
import pytest

from holdfast.grading.domain.transcript import EntryKind, decode
from holdfast.grading.service.session_log import Entry, read
from holdfast.grading.store.memory import MemoryStore
from holdfast.grading.wire.course import COURSE, Chat, ErrorReply, Register, Registered
from holdfast.platform.balancer.handover_wire import (
    Kind,
    Record,
    RecordReader,
    Resume,
    Tag,
    decode_answer,
    encode_resume,
    pack_resume,
)
from holdfast.platform.balancer.journal import Journal, JournalBudget
from holdfast.platform.balancer.proxy_protocol import encode
from tests.support.node_clients import WITHIN_S, RunningNode, node_settings, running_node

UID = 1234
SOURCE, PUBLIC = ("192.0.2.7", 40_000), ("127.0.0.1", 4444)
UDP_PUBLIC = ("127.0.0.1", 5005)
TAG = Tag(b"t" * 16, 1_700_000_000.0)
START = COURSE.encode(Register(UID, "h", 1)) + COURSE.encode(
    Chat(UID, "TEST 4 HANDLING ERROR MESSAGE")
)


class Balancer:
    """Keeps a journal of one connection as the balancer does."""

    def __init__(self) -> None:
        self.journal = Journal(JournalBudget(1 << 20, 1 << 20))
        self.told: list[Record] = []
        self.stream = COURSE.stream()
        self.frames: list[object] = []

    async def open(self, node: RunningNode, tag: Tag = TAG, first: bytes = b"") -> None:
        self.records = RecordReader()
        self.reader, self.writer = await asyncio.open_connection(*node.tcp)
        self.writer.write(encode("tcp", SOURCE, PUBLIC, (tag.encoded(),)) + first)

    def send(self, raw: bytes, at: float = 0.0) -> None:
        self.journal.heard(at, raw)
        self.writer.write(raw)

    async def read(self) -> list[Record]:
        """The records of the next read; the end of the stream is none at all."""
        async with asyncio.timeout(WITHIN_S):
            data = await self.reader.read(65_536)
        found = self.records.feed(data) if data else []
        for kind, payload in found:
            if kind is Kind.DATA:
                self.journal.told(payload)
                self.frames += [frame.message for frame in self.stream.feed(payload)]
            elif kind is Kind.NOTE:
                self.journal.noted(payload)
        self.told += found
        return found

    async def until_frames(self, count: int) -> None:
        while len(self.frames) < count:
            assert await self.read(), f"ended after {self.frames}"

    async def move(self, node: RunningNode, resume: Resume | None = None) -> None:
        """Leave, and resume at this node."""
        self.writer.transport.abort()
        made = resume or self.journal.resume(1.0, 1, "n1")
        await self.open(node, Tag(TAG.id, TAG.opened_at, resumes=True), encode_resume(made))


async def test_a_session_goes_on_at_another_node_and_says_nothing_twice(
    tmp_path: Path, ledger: MemoryStore
) -> None:
    async with (
        running_node(ledger, node_settings(tmp_path, name="n1")) as first,
        running_node(ledger, node_settings(tmp_path, name="n2")) as second,
    ):
        balancer = Balancer()
        await balancer.open(first)
        balancer.send(START)
        await balancer.until_frames(2)
        assert isinstance(balancer.frames[0], Registered)
        assert isinstance(balancer.frames[1], ErrorReply)
        await balancer.move(second)
        await balancer.until_frames(3)
        chat = balancer.frames[2]
        assert isinstance(chat, Chat)
        balancer.send(COURSE.encode(Chat(UID, chat.text)))
        attempt = await _closed(ledger)
        assert (str(attempt.verdict), attempt.node) == ("pass", "n2")
        record = await ledger.attempt(attempt.id)
        assert record is not None
        [moved] = [
            entry for entry in decode(record.transcript).entries if entry.kind is EntryKind.MOVED
        ]
        assert moved.text.startswith("moved from n1 to n2 at ")
        balancer.writer.close()


async def test_what_the_client_said_while_nobody_served_it_counts(
    tmp_path: Path, ledger: MemoryStore
) -> None:
    async with running_node(ledger, node_settings(tmp_path, name="n2")) as node:
        balancer = Balancer()
        balancer.journal.heard(0.25, START)
        resumed = Tag(TAG.id, TAG.opened_at, resumes=True)
        block = encode_resume(balancer.journal.resume(1.0, 1, "n1"))
        await balancer.open(node, resumed, block[:7])
        balancer.writer.write(block[7:])
        await balancer.until_frames(2)
        assert isinstance(balancer.frames[0], Registered)
        balancer.writer.close()


@pytest.mark.parametrize("wrong", ["digest", "noise", "length", "notes"])
async def test_a_journal_that_cannot_be_is_refused_in_so_many_words(
    tmp_path: Path, ledger: MemoryStore, wrong: str
) -> None:
    async with running_node(ledger, node_settings(tmp_path, name="n2")) as node:
        balancer = Balancer()
        balancer.journal.heard(0.25, START)
        good = balancer.journal.resume(1.0, 1, "n1")
        block = {
            "digest": encode_resume(msgspec.structs.replace(good, delivered=5)),
            "noise": b"\0\0\0\4junk",
            "length": b"\xff" * 8,
            "notes": encode_resume(msgspec.structs.replace(good, notes=(b"junk",))),
        }[wrong]
        await balancer.open(node, Tag(TAG.id, TAG.opened_at, resumes=True), block)
        while await balancer.read():
            pass
        assert [kind for kind, _ in balancer.told] == [Kind.REFUSED, Kind.END]
        assert await ledger.attempts(UID, 10) == ()
        balancer.writer.close()


async def test_a_flow_goes_on_at_another_node_once(tmp_path: Path, ledger: MemoryStore) -> None:
    async with running_node(ledger, node_settings(tmp_path, name="n2")) as node:
        journal = Journal(JournalBudget(1 << 20, 1 << 20))
        journal.heard(0.1, COURSE.encode(Chat(UID, "TEST 1 NOBODY HAS")))
        resume = journal.resume(1.0, 1, "n1")
        packed = pack_resume(resume)
        assert packed is not None
        live = encode("udp", SOURCE, UDP_PUBLIC, (TAG.encoded(),))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as balancer:
            balancer.setblocking(False)
            balancer.connect(node.udp)
            for _ in range(3):
                balancer.send(TAG.resuming(live) + packed)
            loop = asyncio.get_running_loop()
            async with asyncio.timeout(WITHIN_S):
                raw = await loop.sock_recv(balancer, 65_535)
            assert raw.startswith(live)
            answer = decode_answer(raw[len(live) :])
            assert answer is not None
            number, records = answer
            assert number == 0
            assert records[0][0] is Kind.NOTE
            balancer.send(TAG.resuming(live) + b"junk")
            balancer.send(live + COURSE.encode(Chat(UID, "again")))
            notes: list[bytes] = []
            while len(notes) < 3:
                async with asyncio.timeout(WITHIN_S):
                    raw = await loop.sock_recv(balancer, 65_535)
                answer = decode_answer(raw[len(live) :])
                assert answer is not None
                assert answer[0] == number + 1
                number = answer[0]
                notes += [payload for kind, payload in answer[1] if kind is Kind.NOTE]
            heard = read(notes[0])
            assert isinstance(heard, Entry)
            assert heard.kind == "d"
            assert heard.at >= 1.0  # taken in now, so that what it answers has its true time
            assert round(heard.at - heard.waited, 6) == 0.1  # but it came when it came


async def _closed(ledger: MemoryStore):  # type: ignore[no-untyped-def]
    async with asyncio.timeout(WITHIN_S):
        while True:
            for attempt in await ledger.attempts(UID, 10):
                if attempt.verdict is not None:
                    return attempt
            await asyncio.sleep(0.01)
