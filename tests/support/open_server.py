"""The course's ports on this machine, without balancer, processes and database.

Real sockets, real sessions, the memory store, and the one page of the results API that a student's
command reads. All in the test's own event loop.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count

from holdfast.errors import DefiniteError, IndefiniteError
from holdfast.grading.domain.roster import Source, User, UserId
from holdfast.grading.domain.rules import Rules
from holdfast.grading.domain.scenarios import CATALOGUE
from holdfast.grading.entrypoints.results_api.shapes import AttemptShape
from holdfast.grading.entrypoints.student_driver import Target
from holdfast.grading.service.course_policy import CoursePolicy
from holdfast.grading.service.ledger_calls import perform
from holdfast.grading.service.session import Session
from holdfast.grading.service.session_exchange import (
    Answer,
    Ask,
    AskOutcome,
    BytesIn,
    CloseTransport,
    DatagramIn,
    Eof,
    Gone,
    SendBytes,
    SessionEvent,
    Tick,
)
from holdfast.grading.service.session_place import Channel, Place
from holdfast.grading.store.memory import MemoryStore
from tests.support.fleet import HTTP_PORTS, TCP_PORTS, UDP_PORTS, free_offset
from tests.support.virtual import QUICK, UID

HOST = "127.0.0.1"
USERS = 50


@dataclass(eq=False)
class Hosted:
    """One session and the way back to its client."""

    session: Session
    send: "asyncio.WriteTransport | tuple[asyncio.DatagramTransport, tuple[str, int]]"
    timer: asyncio.TimerHandle | None = None


@dataclass
class OpenServer:
    """Where it is, and what it has stored."""

    target: Target
    rules: Rules
    store: MemoryStore
    place: Place
    results_url: str = ""
    flows: dict[tuple[int, tuple[str, int]], Hosted] = field(default_factory=dict)
    hosted: set[Hosted] = field(default_factory=set)
    asking: "set[asyncio.Task[None]]" = field(default_factory=set)

    def host(self, transport: str, port: int, source: tuple[str, int]) -> Session:
        """A session for a client that came to this public port."""
        kind = "udp" if transport == "udp" else "tcp"
        channel = Channel(kind, Source(*source[:2]), port)  # type: ignore[arg-type]
        return Session(self.place, channel, asyncio.get_running_loop().time())

    def tell(self, hosted: Hosted, event: SessionEvent) -> None:
        """Let a session know, and do what it says."""
        loop = asyncio.get_running_loop()
        self.hosted.add(hosted)
        for command in hosted.session.receive(event, loop.time()):
            match command:
                case SendBytes(raw=raw):
                    self._send(hosted, raw)
                case CloseTransport():
                    if isinstance(hosted.send, asyncio.WriteTransport):
                        hosted.send.close()
                    loop.call_soon(self.tell, hosted, Gone())
                case Ask():
                    work = loop.create_task(self._ask(hosted, command))
                    self.asking.add(work)
                    work.add_done_callback(self.asking.discard)
                case _:
                    pass
        if hosted.timer is not None:
            hosted.timer.cancel()
        due_at = hosted.session.next_deadline()
        if due_at is not None:
            hosted.timer = loop.call_at(due_at, self.tell, hosted, Tick())

    def _send(self, hosted: Hosted, raw: bytes) -> None:
        if isinstance(hosted.send, tuple):
            transport, address = hosted.send
            transport.sendto(raw, address)
        elif not hosted.send.is_closing():
            hosted.send.write(raw)

    async def _ask(self, hosted: Hosted, ask: Ask) -> None:
        outcome: AskOutcome
        try:
            outcome = await perform(self.store, ask.call)
        except (DefiniteError, IndefiniteError) as error:
            outcome = error
        self.tell(hosted, Answer(ask.id, outcome))

    def datagram(
        self, port: int, transport: asyncio.DatagramTransport, raw: bytes, source: tuple[str, int]
    ) -> None:
        """A datagram came to this public port."""
        hosted = self.flows.get((port, source))
        if hosted is None:
            hosted = Hosted(self.host("udp", port, source), (transport, source))
            self.flows[port, source] = hosted
        self.tell(hosted, DatagramIn(raw))

    async def serve_tcp(
        self, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """One TCP connection, until the client has no more to say."""
        hosted = Hosted(self.host("tcp", port, writer.get_extra_info("peername")), writer.transport)
        with suppress(OSError):
            while data := await reader.read(4096):
                self.tell(hosted, BytesIn(data))
        self.tell(hosted, Eof())

    async def serve_results(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """`GET /api/grading/students/{uid}/attempts`."""
        with suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            uid = int(head.split("/students/")[1].split("/")[0])
            attempts = [
                {
                    "id": shape.id,
                    "test": shape.test,
                    "verdict": shape.verdict,
                    "checks": [
                        {"name": check.name, "verdict": check.verdict, "hint": check.hint}
                        for check in shape.checks
                    ],
                    "reason": shape.reason,
                    "started_at": shape.started_at.isoformat(),
                    "node": shape.node,
                }
                for shape in map(AttemptShape.of, await self.store.attempts(uid, 100))
            ]
            body = json.dumps({"attempts": attempts}).encode()
            writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\n")
            writer.write(b"content-length: %d\r\n\r\n" % len(body) + body)
            await writer.drain()
        writer.close()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, server: OpenServer, port: int) -> None:
        self._server = server
        self._port = port
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # it is one, by what it does

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        assert self._transport is not None
        self._server.datagram(self._port, self._transport, data, addr)


@asynccontextmanager
async def open_server(rules: Rules = QUICK) -> AsyncIterator[OpenServer]:
    """All ports of the course, at a free offset."""
    offset = free_offset()
    store = MemoryStore(
        lambda: datetime.now(UTC), CoursePolicy.of(rules, course="course", identity="open")
    )
    await store.import_roster([User(UserId(UID + n), f"student {n}") for n in range(USERS)])
    ids = count(1)
    place = Place(
        node="node",
        incarnation="one",
        catalogue=CATALOGUE,
        rules=rules,
        secret=b"secret",
        new_id=lambda: f"{next(ids):032x}",
        wall=lambda _: datetime.now(UTC),
    )
    server = OpenServer(Target(HOST, offset), rules, store, place)
    loop = asyncio.get_running_loop()
    tcp = [
        await asyncio.start_server(
            lambda r, w, port=port: server.serve_tcp(port, r, w), HOST, port + offset
        )
        for port in TCP_PORTS
        if port not in HTTP_PORTS
    ]
    udp = [
        await loop.create_datagram_endpoint(
            lambda port=port: _Datagrams(server, port), local_addr=(HOST, port + offset)
        )
        for port in UDP_PORTS
        if port != 8081
    ]
    http = await asyncio.start_server(server.serve_results, HOST, 0)
    server.results_url = f"http://{HOST}:{http.sockets[0].getsockname()[1]}"
    try:
        yield server
    finally:
        for hosted in server.hosted:
            if hosted.timer is not None:
                hosted.timer.cancel()
            if isinstance(hosted.send, asyncio.WriteTransport):
                hosted.send.abort()
        for transport, _ in udp:
            transport.close()
        for listener in (*tcp, http):
            listener.close()
        await asyncio.sleep(0)
