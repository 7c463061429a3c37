"""A TCP connection whose session can move to another member when its own dies.

For services that declare themselves replayable. What the client sends is kept in a journal, the
member answers in records (see `handover_wire`), and only a member that said its proper end has
ended: whatever else befalls it, the client's connection stays, another member is dialled, gets the
journal, and goes on where the client's bytes stopped. A spoilt journal, too many moves or a member
that refuses end it as a connection of any other service ends.
"""

import socket
import time
from collections.abc import Callable
from secrets import token_bytes
from typing import TYPE_CHECKING

from holdfast.platform.balancer.admission import Refusal
from holdfast.platform.balancer.connection import MEMBER_LOST, Connection, End
from holdfast.platform.balancer.handover_wire import (
    HandoverError,
    Kind,
    RecordReader,
    Tag,
    encode_resume,
)
from holdfast.platform.balancer.journal import Journal
from holdfast.platform.balancer.pool import Target
from holdfast.platform.membership.detector import LEFT, Change, Gone
from holdfast.platform.runtime.logs import Log

if TYPE_CHECKING:
    from holdfast.platform.balancer.tcp_relay import Door, TcpRelay

MAX_MOVES = 16
"""A session that has lost so many members is probably what kills them."""

_log = Log("balancer")


def strands(change: Change) -> bool:
    """Whether sessions may be stranded now, or find a new place. Who left has ended its own."""
    if isinstance(change, Gone):
        return change.why != LEFT
    return change.before is None or change.before.incarnation != change.member.incarnation


class ReplayableConnection(Connection):
    """A client from its acceptance to its end, whoever serves it meanwhile."""

    __slots__ = ("_ended_well", "_journal", "_moved_from", "_moves", "_opening", "_reader", "_tag")

    client: "_JournalledEnd"

    def __init__(
        self, relay: "TcpRelay", door: "Door", sock: socket.socket, client_key: str
    ) -> None:
        super().__init__(relay, door, sock, client_key)
        self.client = _JournalledEnd(self, sock)
        self._journal = Journal(relay.budget)
        self._tag = Tag(token_bytes(16), time.time())
        self._reader = RecordReader()
        self._ended_well = False
        self._moves = 0
        self._moved_from = ""

    def open_with(self, header: Callable[..., bytes]) -> None:
        self._opening = header
        self.opening = header(self._tag.encoded())

    @property
    def is_moving(self) -> bool:
        return self._moves > 0

    def join(self, sock: socket.socket, target: Target) -> None:
        """A member was reached: a new one gets the journal first."""
        if self._moves:
            age_s = self.relay.loop.now - self.opened_at
            resume = self._journal.resume(age_s, self._moves, self._moved_from)
            self.carried = encode_resume(resume)
            _log.info(
                "session_moved",
                session=self._tag.id.hex(),
                moved_from=self._moved_from,
                to=target.node,
                bytes=len(self.carried),
            )
        elif self.carried:
            self.heard(self.carried)
        spoke_at = self.client.spoke_at
        super().join(sock, target)
        self.client.spoke_at = spoke_at

    def flushed(self, end: End) -> None:
        super().flushed(end)
        if self._moves and end is self.member and self.client.eof:
            end.finish()

    def heard(self, data: bytes) -> None:
        """The client said this."""
        self._journal.heard(self.relay.loop.now - self.opened_at, data)

    def take(self, data: bytes) -> bytes:
        """What a member's bytes hold for the client; may end the connection."""
        try:
            records = self._reader.feed(data)
        except HandoverError as error:
            _log.warning("member_garbled", why=error)
            self._journal.spoil()
            self._go_on()
            return b""
        if self._reader.is_plain:
            self._journal.spoil()
        said = []
        for kind, payload in records:
            if kind is Kind.DATA:
                self._journal.told(payload)
                said.append(payload)
            elif kind is Kind.NOTE:
                self._journal.noted(payload)
            elif kind is Kind.END:
                self._ended_well = True
            elif kind is Kind.REFUSED:
                _log.warning(
                    "handover_refused",
                    session=self._tag.id.hex(),
                    why=payload.decode(errors="replace"),
                )
                self._journal.spoil()
                self._go_on()
                return b""
        return b"".join(said)

    def strand(self) -> None:
        """The fleet has lost this connection's member: move, if there is somewhere to go."""
        target = self.target
        if target is None or self._journal.is_spoilt or self.relay.pool.knows(target):
            return
        service, now = self.door.listener.service, self.relay.loop.now
        if self.relay.pool.pick(service, now, (target.node,), self.client_key) is not None:
            self._go_on()

    def ended(self, end: End) -> None:
        if end is self.member and not self._is_done:
            self._go_on()
        else:
            super().ended(end)

    def reset(self, end: End) -> None:
        if end is self.member and not self._is_done:
            self._go_on()
        else:
            super().reset(end)

    def undelivered(self, end: End, data: bytes) -> None:
        if end is self.client and not self._journal.is_spoilt:
            self.unwritable(end.other)  # its last words are still to be read; `data` is kept
        else:
            super().undelivered(end, data)

    @property
    def _is_done(self) -> bool:
        """Whether the end of the member is an end in order, or one as of any connection."""
        return self._ended_well or self._reader.is_plain is True

    def _go_on(self) -> None:
        """The member died in the middle: find another one for the rest."""
        if self.over or self.member is None or self.target is None:
            return
        if self._journal.is_spoilt or self._moves >= MAX_MOVES:
            if self.client.pending is None and not self.client.mute:
                self.refuse(Refusal.LOST)
            else:
                self.close(MEMBER_LOST)
            return
        self._moves += 1
        self._moved_from = self.target.node
        self.tried = (self.target.node,)
        self._drop_member()
        if self.client.watched:
            self._unwatch(self.client)
        self._reader = RecordReader()
        resumed = Tag(self._tag.id, self._tag.opened_at, resumes=True)
        self.opening = self._opening(resumed.encoded())
        self.relay.move(self)

    def _leave(self, how: str) -> None:
        self._journal.spoil()
        super()._leave(how)


class _JournalledEnd(End):
    """The client's side: like any, but what it says is kept."""

    __slots__ = ()

    connection: ReplayableConnection

    def on_event(self, mask: int) -> None:
        data = self._taken(mask)
        if data:
            self.connection.heard(data)
            self._pass_on(data)


class _RecordEnd(End):
    """The member's side: records, of which the client gets what is for it."""

    __slots__ = ()

    connection: ReplayableConnection

    def on_event(self, mask: int) -> None:
        data = self._taken(mask)
        said = self.connection.take(data) if data else b""
        if said:
            self._pass_on(said)


_JournalledEnd.member_end = _RecordEnd
