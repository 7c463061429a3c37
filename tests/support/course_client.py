"""A student's program in its plainest form: blocking sockets, frames of the course protocol.

Knows nothing of scenarios or engines, so that tests of whole fleets stand on their own feet. Every
read has a deadline; the source address can be any of this machine's 127.x.y.z.
"""

import socket
import time
from collections.abc import Callable

from holdfast.grading.wire.connection import Frame
from holdfast.grading.wire.course import COURSE, Chat, ErrorReply, Register, Registered
from holdfast.grading.wire.message import Message
from tests.support.fleet import Fleet

WITHIN_S = 10.0
"""No read waits longer, unless the test says so."""
SEED_TEST = "seed-user-id"
SEED_PREFIX = "TEST 1 USER ID: "
HOLDS_LEASE = "TEST 3_1 SEND MESSAGE WHILE HAVING AN ACTIVE LEASE"
RENEWS_LEASE = "TEST 4_1 RENEW LEASE"
SPECIAL = "TEST 4_2 LISTEN TO INCOMING MESSAGES AND ECHO SPECIAL MESSAGE"
SPECIAL_MARK = "SPECIAL MESSAGE TEST 4_2"
TIMESTAMP = "TEST 3_2 ECHO MESSAGE FROM USER"
KNOWN_ID = "TEST 1 USER ID CORRECTNESS"
TOO_LONG = "TEST 3 EXCEEDING MAX MESSAGE LENGTH"


class Silence(AssertionError):
    """Nothing came in time."""


class TcpStudent:
    """One TCP connection to a public port; use as a context manager."""

    def __init__(
        self, fleet: Fleet, port: int, *, source: str = "127.0.0.1", within_s: float = WITHIN_S
    ) -> None:
        self.sock = socket.create_connection(
            ("127.0.0.1", fleet.port(port)), timeout=within_s, source_address=(source, 0)
        )
        self.address: str = "{}:{}".format(*self.sock.getsockname())
        self._stream = COURSE.stream()
        self._frames: list[Message] = []

    def __enter__(self) -> "TcpStudent":
        return self

    def __exit__(self, *_: object) -> None:
        self.sock.close()

    def send(self, *messages: Message | bytes) -> "TcpStudent":
        """All of it in one segment."""
        self.sock.sendall(b"".join(map(_raw, messages)))
        return self

    def read(self, within_s: float = WITHIN_S) -> Message | None:
        """The next frame, None at the end of the stream; `Silence` when nothing comes."""
        deadline = time.monotonic() + within_s
        while not self._frames:
            self.sock.settimeout(max(0.001, deadline - time.monotonic()))
            try:
                data = self.sock.recv(65_536)
            except TimeoutError:
                raise Silence(f"nothing came within {within_s} s") from None
            except ConnectionResetError:
                return None
            if not data:
                return None
            for item in self._stream.feed(data):
                assert isinstance(item, Frame), item
                self._frames.append(item.message)
        return self._frames.pop(0)

    def until(
        self, wanted: Callable[[Message], bool], within_s: float = WITHIN_S, what: str = "it"
    ) -> Message:
        """The next frame that is wanted; others are skipped."""
        deadline = time.monotonic() + within_s
        seen: list[Message] = []
        while (message := self.read(max(0.001, deadline - time.monotonic()))) is not None:
            if wanted(message):
                return message
            seen.append(message)
        raise AssertionError(f"the connection ended before {what}; it said {seen}")

    def rest(self, within_s: float = WITHIN_S) -> list[Message]:
        """All frames up to the end of the stream, which must come in time."""
        found = []
        deadline = time.monotonic() + within_s
        while (message := self.read(max(0.001, deadline - time.monotonic()))) is not None:
            found.append(message)
        return found


class UdpStudent:
    """One UDP socket that talks to one public port; use as a context manager."""

    def __init__(self, fleet: Fleet, port: int, *, source: str = "127.0.0.1") -> None:
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind((source, 0))
        self.sock.connect(("127.0.0.1", fleet.port(port)))
        self.address: str = "{}:{}".format(*self.sock.getsockname())

    def __enter__(self) -> "UdpStudent":
        return self

    def __exit__(self, *_: object) -> None:
        self.sock.close()

    def send(self, message: Message | bytes) -> "UdpStudent":
        """One datagram."""
        self.sock.send(_raw(message))
        return self

    def ask(
        self, message: Message, wanted: Callable[[Message], bool], within_s: float = WITHIN_S
    ) -> Message:
        """Say it again every second until the wanted answer comes: datagrams get lost."""
        deadline = time.monotonic() + within_s
        while True:
            self.send(message)
            try:
                return self.until(wanted, within_s=1.0)
            except Silence:
                if time.monotonic() >= deadline:
                    raise

    def read(self, within_s: float = WITHIN_S) -> Message:
        """The next datagram's frame; `Silence` when none comes."""
        self.sock.settimeout(within_s)
        try:
            item = COURSE.decode_datagram(self.sock.recv(65_536))
        except TimeoutError:
            raise Silence(f"nothing came within {within_s} s") from None
        assert isinstance(item, Frame), item
        return item.message

    def until(
        self, wanted: Callable[[Message], bool], within_s: float = WITHIN_S, what: str = "it"
    ) -> Message:
        """The next frame that is wanted; others are skipped."""
        deadline = time.monotonic() + within_s
        while True:
            message = self.read(max(0.001, deadline - time.monotonic()))
            if wanted(message):
                return message


def registers(uid: int, host: str = "localhost", port: int = 4444) -> Register:
    """A register request; host and port are junk, as students send them."""
    return Register(uid, host, port)


def is_registered(message: Message) -> bool:
    return isinstance(message, Registered)


def is_error(message: Message) -> bool:
    return isinstance(message, ErrorReply)


def says(words: str) -> Callable[[Message], bool]:
    """Whether a chat or an error has these words in its text."""

    def wanted(message: Message) -> bool:
        return isinstance(message, Chat | ErrorReply) and words in message.text

    return wanted


def seed_attempt(
    fleet: Fleet, uid: int, *, right: bool = True, source: str = "127.0.0.1"
) -> Message:
    """Play the seed's test once on a connection of its own; the server's last word."""
    with TcpStudent(fleet, 8080, source=source) as student:
        student.send(Chat(uid, f"{SEED_PREFIX}{uid if right else uid + 1}"))
        answer = student.read()
        assert answer is not None, "the connection was closed without an answer"
        return answer


def passes(fleet: Fleet, uid: int, *, source: str = "127.0.0.1") -> None:
    """A well-behaved client passes the seed's test."""
    answer = seed_attempt(fleet, uid, source=source)
    assert answer == Chat(uid, "TEST 1 USER ID CORRECTNESS PASSED"), answer


def _raw(message: Message | bytes) -> bytes:
    return message if isinstance(message, bytes) else COURSE.encode(message)
