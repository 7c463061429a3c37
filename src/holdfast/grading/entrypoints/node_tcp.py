"""TCP connections from the balancer: its PROXY header first, then the client's own bytes.

Back-pressure both ways: reading pauses while the session has enough to do or the client leaves our
frames unread. Whoever sends no header in time, or too many connections, is refused; a client gets
an error frame, never silence.
"""

import asyncio
import os
from typing import cast

from holdfast.grading.domain.roster import Source
from holdfast.grading.entrypoints.node_driver import Driver, House
from holdfast.grading.entrypoints.node_moves import Awaited, go_on
from holdfast.grading.entrypoints.node_settings import NodeSettings
from holdfast.grading.service.session_exchange import BytesIn, Eof, Gone
from holdfast.grading.service.session_origin import Diverged
from holdfast.grading.service.session_place import Channel
from holdfast.grading.wire.course import COURSE, ErrorReply
from holdfast.platform.balancer.handover_wire import (
    MAGIC,
    HandoverError,
    Kind,
    data_records,
    encode_record,
    tag_of,
)
from holdfast.platform.balancer.proxy_protocol import (
    Header,
    Local,
    Malformed,
    NeedMore,
    parse,
    trace_of,
)
from holdfast.platform.runtime.logs import Log

FULL = COURSE.encode(ErrorReply("The server is full just now. Please try again in a minute."))
CROWD = COURSE.encode(
    ErrorReply("There are too many connections from your address. Close some of them first.")
)
CATCH_UP_BYTES = 65_536
"""Taken in before a session looks at the time: what a client has under way in a test is less."""
WHY_BYTES = 500
"""Of the reason why a session cannot go on, for the balancer's log."""

_log = Log("node")


class TcpLine(asyncio.Protocol):
    """One connection."""

    __slots__ = (
        "_awaited",
        "_driver",
        "_header",
        "_house",
        "_is_full",
        "_is_paused",
        "_outbox",
        "_settings",
        "_timer",
        "_transport",
    )

    def __init__(self, house: House, settings: NodeSettings) -> None:
        self._house = house
        self._settings = settings
        self._header = b""
        self._driver: Driver | None = None
        self._awaited: Awaited | None = None
        """A moved session whose journal is coming in."""
        self._timer: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport | None = None
        self._is_paused = False
        self._is_full = False
        self._outbox: list[bytes] | None = None
        """Records for a balancer that can move the session; None without such a one."""

    # What the loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        limits = self._house.limits
        self._transport.set_write_buffer_limits(high=limits.write_bytes)
        peer = transport.get_extra_info("peername")
        if self._settings.balancers and peer[0] not in self._settings.balancers:
            _log.warning("stranger_refused", peer=peer[0])
            self._transport.abort()
            return
        self._timer = self._house.loop.call_later(limits.header_s, self._transport.abort)

    def data_received(self, data: bytes) -> None:
        if self._driver is not None:
            self._driver.tell(BytesIn(data))
        elif self._awaited is not None:
            self._await_journal(data)
        elif self._transport is not None and not self._transport.is_closing():
            self._header += data
            self._read_header()

    def eof_received(self) -> bool:
        if self._driver is None:
            return False
        self._driver.tell(Eof())
        return True  # the client may still read: the session closes

    def connection_lost(self, error: Exception | None) -> None:
        self._stop_timer()
        self._transport = None
        if self._driver is not None:
            self._driver.tell(Gone())

    def pause_writing(self) -> None:
        self._is_full = True
        self._steer()
        self._stop_timer()
        self._timer = self._house.loop.call_later(
            self._house.limits.slow_reader_s, self._give_up_on_reader
        )

    def resume_writing(self) -> None:
        self._is_full = False
        self._stop_timer()
        self._steer()

    # What the session wants.

    def send(self, raw: bytes) -> None:
        if self._outbox is not None:
            self._outbox.append(data_records(raw))
        elif self._transport is not None and not self._transport.is_closing():
            self._transport.write(raw)

    def note(self, note: bytes) -> None:
        if self._outbox is not None:
            self._outbox.append(encode_record(Kind.NOTE, note))

    def rest(self) -> None:
        pass  # the client's connection is to be kept all the same

    def catch_up(self) -> None:
        """Tell what the loop has not read yet: a node that stood still over a deadline does not
        know when it came, and the doubt is its own."""
        transport = self._transport
        if transport is None or transport.is_closing() or not transport.is_reading():
            return
        try:
            data = os.read(transport.get_extra_info("socket").fileno(), CATCH_UP_BYTES)
        except OSError:
            return  # there is nothing; what is wrong with the connection, the transport finds
        if data:  # its end is the transport's to tell
            self.data_received(data)

    def flush(self) -> None:
        if self._outbox:
            said = b"".join(self._outbox)
            self._outbox.clear()
            if self._transport is not None and not self._transport.is_closing():
                self._transport.write(said)

    def close(self) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        if self._outbox is not None:
            self._outbox.append(encode_record(Kind.END))
            self.flush()
        self._transport.close()

    def pause(self, paused: bool) -> None:
        self._is_paused = paused
        self._steer()

    def over(self) -> None:
        self.close()

    # Inside.

    def _read_header(self) -> None:
        transport = self._transport
        assert transport is not None
        match parse(self._header):
            case NeedMore():
                return
            case Header(transport="tcp") as header:
                self._stop_timer()
                self._begin(header, transport)
            case Local():
                self._stop_timer()
                transport.close()  # a probe: connecting was all it wanted to see
            case Malformed() | Header() as wrong:
                _log.warning("header_refused", reason=str(wrong))
                transport.abort()

    def _begin(self, header: Header, transport: asyncio.Transport) -> None:
        house = self._house
        host, port = header.source
        channel = Channel(
            "tcp",
            Source(host, port),
            header.destination[1] - self._settings.port_offset,
            trace=trace_of(header.tlvs),
        )
        tag = tag_of(header.tlvs)
        if tag is not None:
            self._outbox = [MAGIC]
        refusal = house.refusal(channel)
        if refusal is not None:
            self.send(FULL if refusal == "full" else CROWD)
            self.close()
            return
        rest = self._header[header.length :]
        self._header = b""
        if tag is not None and tag.resumes:
            self._awaited = Awaited(channel, tag)
            self._timer = house.loop.call_later(house.limits.header_s, transport.abort)
            self._await_journal(rest)
            return
        self._driver = Driver(house, channel, self, tag)
        if rest:
            self._driver.tell(BytesIn(rest))

    def _await_journal(self, data: bytes) -> None:
        """Gather a moved session's journal, then go on with the session."""
        awaited = self._awaited
        assert awaited is not None
        try:
            found = awaited.feed(data)
            if found is None:
                return
            self._stop_timer()
            self._awaited = None
            resume, rest = found
            self._driver = go_on(self._house, awaited, self, resume)
        except (HandoverError, Diverged) as error:
            _log.warning("session_not_resumed", session=awaited.tag.id.hex(), why=error)
            self._refuse_journal(str(error))
            return
        if rest:
            self._driver.tell(BytesIn(rest))

    def _refuse_journal(self, why: str) -> None:
        self._stop_timer()
        self._awaited = None
        self._outbox = [MAGIC, encode_record(Kind.REFUSED, why.encode()[:WHY_BYTES])]
        self.close()

    def _steer(self) -> None:
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        wanted = not (self._is_paused or self._is_full)
        if wanted and not transport.is_reading():
            transport.resume_reading()
        elif not wanted and transport.is_reading():
            transport.pause_reading()

    def _give_up_on_reader(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
