"""The two ends of a relayed connection whose client speaks TLS.

Both behave as plain ends do: one read at a time, nothing more is read while something is pending,
ends and resets after the last byte. Only they know of encryption, so plain connections pay nothing
for it. An end of the stream without TLS's own word for it counts as a reset: it may be an
attacker's, and a member must not take a cut-off request for a whole one.
"""

import os
import socket
from typing import TYPE_CHECKING

from holdfast.platform.balancer.admission import Refusal
from holdfast.platform.balancer.connection import READ_BYTES, Connection, End
from holdfast.platform.balancer.poller import IN
from holdfast.platform.balancer.tls_channel import READ_BYTES as TLS_READ_BYTES
from holdfast.platform.balancer.tls_channel import Over, TlsChannel

if TYPE_CHECKING:
    from holdfast.platform.balancer.tcp_relay import Door

MOST_PENDING_BYTES = 2 * READ_BYTES
"""What a client may leave untaken: one read of the member, encrypted, and TLS's own answers. A
client that makes TLS answer again and again without listening is cut off there."""

_read, _write = os.read, os.write


class TlsMemberEnd(End):
    """The member of a client that speaks TLS: what it says is encrypted on the way."""

    __slots__ = ()

    other: "TlsEnd"

    def on_event(self, mask: int) -> None:
        """Read once, encrypt, hand on."""
        data = self._taken(mask)
        if not data:
            return
        self.other.say(self.other.channel.encrypt(data))
        if self.watched:  # else there was nobody left to say it to
            self.spoke_at = self.loop.now


class TlsEnd(End):
    """A client that speaks TLS, after its handshake."""

    __slots__ = ("channel", "finished", "unread")

    member_end = TlsMemberEnd

    def __init__(self, connection: Connection, sock: socket.socket, channel: TlsChannel) -> None:
        super().__init__(connection, sock)
        self.channel = channel
        self.finished = False
        """We have said that nothing more comes."""
        self.unread = True
        """The channel may hold something that no event will tell."""

    def on_event(self, mask: int) -> None:
        """Read once, decrypt, hand on."""
        if mask != self.plain and not self._is_readable(mask):
            return
        try:
            data = _read(self.fd, TLS_READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            self.connection.reset(self)
            return
        self.channel.put(data)
        self._hand_on()

    def want(self) -> None:
        """Listen for what can be dealt with now, what is in the channel already included."""
        super().want()
        if self.unread and self.mask & IN:
            self.unread = False
            self.loop.call_at(self.loop.now, self._resume)

    def say(self, ciphertext: bytes) -> None:
        """Send it, or keep what is not taken."""
        if not ciphertext or self.mute:
            return
        if self.pending is None:
            try:
                sent = _write(self.fd, ciphertext)
            except BlockingIOError:
                sent = 0
            except OSError:
                self.connection.unwritable(self)
                return
            if sent == len(ciphertext):
                return
            self.pending = memoryview(ciphertext)[sent:]
        elif len(self.pending) + len(ciphertext) <= MOST_PENDING_BYTES:
            self.pending = memoryview(bytes(self.pending) + ciphertext)
        else:
            self.connection.reset(self)
            return
        self.want()
        self.other.want()

    def finish(self) -> None:
        """Say that nothing more comes, and half-close once that is sent."""
        self.last_word()
        if self.pending is None:
            super().finish()

    def last_word(self) -> bool:
        """Say what a mere close would not: that this was all. Whether it is sent."""
        if not self.finished:
            self.finished = True
            self.say(self.channel.finish())
        return self.pending is None or self.mute

    def take_leave(self, door: "Door", why: Refusal) -> None:
        """Be turned away, with a word that only this client can read."""
        self.connection.relay.say_farewell(door, self.sock, why, seal=self._seal)

    def _seal(self, text: bytes) -> bytes:
        rest = bytes(self.pending) if self.pending is not None else b""
        return rest + self.channel.encrypt(text) + self.channel.finish()

    def _flush(self) -> None:
        super()._flush()
        if self.finished and self.pending is None:
            super().finish()

    def _resume(self) -> None:
        if self.watched and self.mask & IN:
            self._hand_on()
        else:
            self.unread = True

    def _hand_on(self) -> None:
        """What is decrypted goes to the member; an end after it waits until all is taken."""
        data, over = self.channel.decrypt()
        self.say(self.channel.take())
        if not self.watched or (data and not self._deliver(data, over)):
            return
        if over is Over.ENDED:
            self.connection.ended(self)
        elif over is Over.BROKEN:
            self.connection.reset(self)

    def _deliver(self, data: bytes, over: Over | None) -> bool:
        """Give it to the member; whether all was taken."""
        try:
            sent = _write(self.other_fd, data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self.connection.undelivered(self, data)
            return False
        self.spoke_at = self.loop.now
        if sent == len(data):
            return True
        self.other.pending = memoryview(data)[sent:]
        self.other.want()
        self.unread = over is not None
        self.want()
        return False
