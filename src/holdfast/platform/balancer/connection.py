"""One relayed TCP connection: a client, a member, and the bytes between them.

Each `End` reads what its peer sent and writes it to the other end at once. What the other end does
not take stays with it as `pending` (at most one read), and until it is gone nothing more is read,
the end of the stream neither: that is the whole back-pressure, and why an end or a reset always
comes after the last byte. End of file is passed on as a half-close. Until a byte was
exchanged a connection can move to another member unnoticed; after that, a member that dies without
having answered is told to the client as such. Nobody is accepted and closed with nothing.
"""

import os
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, Protocol

from holdfast.platform.balancer import sockets
from holdfast.platform.balancer.admission import Refusal
from holdfast.platform.balancer.outliers import Trouble
from holdfast.platform.balancer.poller import IN, OUT
from holdfast.platform.balancer.pool import Target

if TYPE_CHECKING:
    from holdfast.platform.balancer.tcp_relay import Door, TcpRelay

FINISHED, IDLE, STOPPED, FAULT = "finished", "idle", "stopped", "fault"
CLIENT_LOST, MEMBER_LOST = "client-lost", "member-lost"
"""How a connection ends that is not refused. `*-lost`: reset, or unreachable, by that side."""
FIRST_READ_BYTES = 479
"""Small messages are read into what Python allocates without asking the system's allocator."""
READ_BYTES = 81_920
"""The largest read, and so the most that is ever buffered in one direction of a connection. There
are programs that parse what one read returned: what is written at once must be passed on at once,
and 64 kB is the largest that one segment carries."""
NEVER = -1
PROMPT_S = 1.0
"""A member that leaves a client who never spoke has failed it if it does so at once; later, it may
just have lost patience."""

_read, _write = os.read, os.write


class Cancellable(Protocol):
    """Something under way that may be called off."""

    def cancel(self) -> None: ...


class End:
    """One of the two sockets of a connection."""

    __slots__ = (
        "connection",
        "eof",
        "fd",
        "loop",
        "mask",
        "mute",
        "other",
        "other_fd",
        "pending",
        "plain",
        "read_bytes",
        "sock",
        "spoke_at",
        "watched",
    )

    member_end: ClassVar[type["End"]]
    """What the member of such a client is."""
    other: "End"
    other_fd: int

    def __init__(self, connection: "Connection", sock: socket.socket) -> None:
        self.connection = connection
        self.loop = connection.relay.loop
        self.sock = sock
        self.fd = sock.fileno()
        self.pending: memoryview | None = None
        """Bytes for this end's peer that its socket did not take yet."""
        self.eof = False
        """The peer will send nothing more."""
        self.mute = False
        """The peer cannot be written to any more; it may still have sent something."""
        self.spoke_at = 0.0
        self.read_bytes = FIRST_READ_BYTES
        self.mask = IN
        """What the socket is watched for."""
        self.plain = IN
        """The event that just means bytes to read; an impossible one while they must wait."""
        self.watched = False

    def watch(self) -> None:
        """Begin to listen to the socket."""
        self.watched = True
        self.loop.watch(self.fd, self.mask, self)

    def on_event(self, mask: int) -> None:
        """Read once and hand it on. This is the balancer's busiest function: all that is not the
        plain arrival of bytes is dealt with elsewhere."""
        if (
            mask != self.plain
            and (mask & OUT or not self.mask & IN)  # else it has hung up: read to the end
            and not self._is_readable(mask)
        ):
            return
        try:
            data = _read(self.fd, self.read_bytes)
        except BlockingIOError:
            return
        except OSError:
            self.connection.reset(self)
            return
        if not data:
            self.connection.ended(self)
            return
        if len(data) == self.read_bytes:
            data = self._with_the_rest(data)
        try:
            sent = _write(self.other_fd, data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self.connection.undelivered(self, data)
            return
        self.spoke_at = self.loop.now
        if sent != len(data):
            self.keep(memoryview(data)[sent:])

    def on_fault(self) -> None:
        self.connection.close(FAULT)

    def keep(self, data: memoryview) -> None:
        """The other side does not take these bytes just now: nothing more is read until it has."""
        self.other.pending = data
        self.other.want()
        self.want()

    def finish(self) -> None:
        """Tell the peer that nothing more comes; it may still speak."""
        try:
            self.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self.mute = True  # it was reset meanwhile; what it sent before is still read

    def last_word(self) -> bool:
        """Say what closing alone would not; whether that is sent. Plain streams have no such."""
        return True

    def take_leave(self, door: "Door", why: Refusal) -> None:
        """Be turned away, with a word about why."""
        self.connection.relay.say_farewell(door, self.sock, why)

    def want(self) -> None:
        """Listen for exactly what can be dealt with now."""
        mask = OUT if self.pending is not None else 0
        if not self.eof and self.other.pending is None and not self.other.mute:
            mask |= IN
        self.plain = IN if mask == IN else NEVER
        if not self.watched:
            if mask:
                self.mask = mask
                self.watch()
        elif mask != self.mask:
            self.mask = mask
            self.loop.change(self.fd, mask)

    def _taken(self, mask: int) -> bytes:
        """What `on_event` reads, for ends that do more with it than pass it on; empty: nothing to
        do, or it was dealt with. `on_event` itself has it written out."""
        if mask != self.plain and not self._is_readable(mask):
            return b""
        try:
            data = _read(self.fd, self.read_bytes)
        except BlockingIOError:
            return b""
        except OSError:
            self.connection.reset(self)
            return b""
        if not data:
            self.connection.ended(self)
            return b""
        return self._with_the_rest(data) if len(data) == self.read_bytes else data

    def _pass_on(self, data: bytes) -> None:
        """Write to the other end, for ends that do more with `data` than `on_event` does here."""
        try:
            sent = _write(self.other_fd, data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self.connection.undelivered(self, data)
            return
        self.spoke_at = self.loop.now
        if sent != len(data):
            self.keep(memoryview(data)[sent:])

    def _with_the_rest(self, data: bytes) -> bytes:
        """A small read was full: take what else is there, and read more at once in future."""
        self.read_bytes = READ_BYTES
        if len(data) == READ_BYTES:
            return data
        try:
            return data + _read(self.fd, READ_BYTES - len(data))
        except OSError:  # nothing more for now, or an error that the next event tells again
            return data

    def _is_readable(self, mask: int) -> bool:
        """Deal with all that an event tells besides bytes to read."""
        if mask & OUT:
            self._flush()
            if not self.watched:  # that was the last thing to do
                return False
        if mask & ~OUT and not self.mask & IN:
            self._hung_up()
        return bool(mask & ~OUT and self.watched and self.mask & IN)

    def _hung_up(self) -> None:
        """In error or hung up while nothing is read from it. A level-triggered poller would tell us
        for ever: if its last bytes are still to be read, stop listening until they can be."""
        if self.eof:
            self.connection.reset(self)
        elif not self.mask:
            self.watched = False
            self.loop.unwatch(self.fd)

    def _flush(self) -> None:
        if self.pending is None:
            return
        try:
            sent = _write(self.fd, self.pending)
        except BlockingIOError:
            return
        except OSError:
            self.connection.unwritable(self)
            return
        if sent < len(self.pending):
            self.pending = self.pending[sent:]
            return
        self.pending = None
        self.connection.flushed(self)


End.member_end = End


class FirstWord:
    """Watches a member's end in its stead until its first byte, to tell how long that took: so the
    measure costs once per connection and nothing per message. The byte was due when the client had
    last spoken, or from the beginning."""

    __slots__ = ("_end",)

    def __init__(self, end: End) -> None:
        self._end = end

    def on_event(self, mask: int) -> None:
        end = self._end
        end.on_event(mask)
        if end.spoke_at:
            loop = end.loop
            loop.hand_over(end.fd, end)
            connection = end.connection
            target, relay = connection.target, connection.relay
            if target is not None:
                due_at = max(connection.joined_at, connection.client.spoke_at)
                relay.pool.answered(target, loop.now - due_at, loop.now)

    def on_fault(self) -> None:
        self._end.on_fault()


class Connection:
    """A client from its acceptance to its end. Made by the relay, which then places it."""

    __slots__ = (
        "carried",
        "client",
        "client_key",
        "door",
        "give_up_at",
        "joined_at",
        "lasting",
        "member",
        "opened_at",
        "opening",
        "over",
        "relay",
        "target",
        "tried",
        "waits_for",
    )

    def __init__(
        self, relay: "TcpRelay", door: "Door", sock: socket.socket, client_key: str
    ) -> None:
        self.relay = relay
        self.door = door
        self.client_key = client_key
        self.client = End(self, sock)
        self.member: End | None = None
        self.target: Target | None = None
        self.opening = b""
        """What a member is told before the client's first byte."""
        self.joined_at = 0.0
        """When the present member was reached."""
        self.opened_at = relay.loop.now
        self.lasting = False
        """Whether its member is asked for signs of life."""
        self.carried = b""
        """The client's first bytes, when no member has got any of them yet."""
        self.tried: tuple[str, ...] = ()
        """Nodes that this client was not, or is no longer, served by."""
        self.give_up_at = 0.0
        """When a client without a member is refused."""
        self.waits_for: Cancellable | None = None
        """What will happen next to a client without a member: a connect, the end of its wait."""
        self.over = False

    def open_with(self, header: Callable[..., bytes]) -> None:
        """Remember how members are told who the client is: a PROXY header, with extensions."""
        self.opening = header()

    @property
    def is_moving(self) -> bool:
        """Whether a session goes with the client to the next member."""
        return False

    def strand(self) -> None:
        """The fleet may not know the member any more. It may still answer: nothing changes."""

    def join(self, sock: socket.socket, target: Target) -> None:
        """A member was reached: relay from now on."""
        client, loop = self.client, self.relay.loop
        member = self._pair(sock, target)
        self.joined_at = loop.now
        self.lasting = False
        target.in_flight += 1
        if self.carried:
            member.pending, self.carried = memoryview(self.carried), b""
            member.mask, member.plain = IN | OUT, NEVER
            client.spoke_at = loop.now
        member.watched = True
        loop.watch(member.fd, member.mask, FirstWord(member))
        client.want()

    def resume(
        self,
        sock: socket.socket,
        target: Target,
        client: tuple[bool, float],
        member: tuple[bool, float],
    ) -> None:
        """Go on with what was relayed elsewhere until now, and is counted as in flight already. Of
        either side: whether it has ended its stream, and when it last spoke (0: never)."""
        own = self._pair(sock, target)
        for end, (eof, spoke_at) in ((self.client, client), (own, member)):
            end.eof, end.spoke_at = eof, spoke_at
            if eof:
                end.mask, end.plain = 0, NEVER
            end.watch()
        if not own.spoke_at:
            self.relay.loop.hand_over(own.fd, FirstWord(own))

    def last(self) -> None:
        """It has been there for a while: a member whose machine is gone shall be noticed."""
        if self.member is not None and not self.lasting:
            self.lasting = True
            sockets.keep_alive(self.member.sock)

    def ended(self, end: End) -> None:
        """End of file from one side."""
        if end.mute:  # it took nothing more before, and now it says nothing more
            self.close(self._lost(end))
        elif end is self.member and self._unanswered(end) and not self.client.eof:
            self._member_lost(Trouble.SILENT)
        elif end.other.eof and end.other.last_word() and end.pending is None:
            self.close()
        else:
            if not end.other.eof:
                end.other.finish()
            end.eof = True
            if not self.over:
                end.want()

    def reset(self, end: End) -> None:
        """One side is dead, and all it ever sent is delivered."""
        if end is self.member and self._unanswered(end):
            self._member_lost(Trouble.RESET)
        else:
            self.close(self._lost(end))

    def undelivered(self, end: End, data: bytes) -> None:
        """What one side said could not be written to the other side."""
        other = end.other
        if other is self.member and self._unanswered(other) and not end.spoke_at:
            self.carried = data
            self._member_lost(Trouble.RESET)
        else:
            self.unwritable(other)

    def unwritable(self, end: End) -> None:
        """One side takes no more bytes: it is dead, but what it sent before may still be unread."""
        if end.eof:
            self.close(self._lost(end))
            return
        end.mute, end.pending = True, None
        end.want()
        end.other.want()

    def flushed(self, end: End) -> None:
        """All that was pending for this side is delivered: the other side is read again."""
        if end.eof and end.other.eof:  # a last word was all that there was still to say
            self.close()
            return
        end.want()
        end.other.want()

    def active_at(self) -> float:
        """When something last came, from either side."""
        latest = max(self.opened_at, self.client.spoke_at)
        return max(latest, self.member.spoke_at) if self.member is not None else latest

    def close(self, how: str = FINISHED) -> None:
        """The end: both sockets are closed and nothing is remembered. `how` is for the records."""
        if not self.over:
            self._leave(how)
            self.relay.loop.close(self.client.sock)
            del self.client.connection

    def refuse(self, why: Refusal) -> None:
        """The end, with a word to the client about why there is nothing for it."""
        if not self.over:
            self._leave(why.name.lower())
            self._unwatch(self.client)
            self.client.take_leave(self.door, why)
            del self.client.connection

    def _pair(self, sock: socket.socket, target: Target) -> End:
        """The two ends know each other from now on."""
        client = self.client
        member = client.member_end(self, sock)
        client.other, member.other = member, client
        client.other_fd, member.other_fd = member.fd, client.fd
        self.member, self.target, self.waits_for = member, target, None
        return member

    def _lost(self, end: End) -> str:
        return CLIENT_LOST if end is self.client else MEMBER_LOST

    def _leave(self, how: str) -> None:
        self.over = True
        self.relay.record(self, how)
        if self.waits_for is not None:
            self.waits_for.cancel()
            self.waits_for = None
        self._drop_member()
        self.client.watched = False
        self.relay.forget(self)

    def _unanswered(self, member: End) -> bool:
        """Whether a member's end leaves a client with nothing. A member may well finish in silence
        after its client has, but never by a reset."""
        return not member.spoke_at and not self.client.mute

    def _member_lost(self, trouble: Trouble) -> None:
        """The member's side is over although it never said a byte, and the client still listens."""
        prompt = self.relay.loop.now - self.joined_at <= PROMPT_S
        if self.target is not None and (self.client.spoke_at or prompt or trouble is Trouble.RESET):
            self.relay.member_failed(self.target, trouble)
        if self.client.spoke_at or self.client.eof:
            self.refuse(Refusal.LOST)
            return
        self._drop_member()
        self._unwatch(self.client)
        self.relay.move(self)

    def _drop_member(self) -> None:
        if self.member is None or self.target is None:
            return
        self.member.watched = False
        self.target.in_flight -= 1
        self.relay.loop.close(self.member.sock)
        # No reference goes round in a circle any more: memory is free at once.
        del self.client.other, self.member.other, self.member.connection
        self.member = self.target = None

    def _unwatch(self, end: End) -> None:
        end.watched = False
        self.relay.loop.unwatch(end.fd)
