"""Play a session again from its journal, up to where its first node was lost.

No I/O, as fast as the machine can. What comes out is compared with what the client already has and
otherwise thrown away; what the client does not have yet, the questions without an answer, and the
bytes that nobody has looked at are handed to whoever goes on. `Diverged` when this is impossible.
"""

import zlib
from collections import deque
from dataclasses import dataclass, field

import msgspec

from holdfast.errors import HoldfastError
from holdfast.grading.service.ledger_calls import split_answers
from holdfast.grading.service.session import Session
from holdfast.grading.service.session_exchange import (
    Abandon,
    Answer,
    Ask,
    BytesIn,
    CloseTransport,
    Command,
    DatagramIn,
    Eof,
    Gone,
    Moved,
    PauseReading,
    ResumeReading,
    SendBytes,
    SessionEvent,
    Tick,
)
from holdfast.grading.service.session_log import Began, Entry, LogError, read
from holdfast.grading.service.session_origin import Diverged, RecordedOrigin, fresh_secret
from holdfast.grading.service.session_place import Channel, Place
from holdfast.platform.balancer.handover_wire import Resume, Tag
from holdfast.platform.balancer.journal import Delivered

TimedBytes = tuple[float, bytes]


@dataclass(slots=True)
class Resumed:
    """A session as its last node left it. `at`: its time then, in seconds since its opening.

    `is_new`: no node had noted anything. `unsent`, `asks` and `unheard` are what is left to do.
    """

    session: Session
    origin: RecordedOrigin
    at: float = 0.0
    is_new: bool = False
    is_closed: bool = False
    is_paused: bool = False
    unsent: list[bytes] = field(default_factory=list)
    asks: dict[int, Ask] = field(default_factory=dict)
    unheard: list[TimedBytes] = field(default_factory=list)


def resume_session(place: Place, channel: Channel, tag: Tag, resume: Resume) -> Resumed:
    """The session that this journal tells. `Diverged` when it cannot be had."""
    try:
        notes = [read(note) for note in resume.notes]
    except LogError as error:
        raise Diverged(str(error)) from None
    if notes and not isinstance(notes[0], Began):
        raise Diverged("the log does not begin with its beginning")
    first = notes[0] if notes else Began(fresh_secret(place), tag.opened_at)
    assert isinstance(first, Began)
    origin = RecordedOrigin(place, first.secret, first.opened_at)
    resumed = Resumed(Session(place, channel, 0.0, origin), origin, is_new=not notes)
    player = _Player(resumed, channel.transport == "tcp", resume)
    try:
        for note in notes[1:]:
            player.play(note)
        player.finish()
    except Diverged:
        _put_away(resumed)
        raise
    except (HoldfastError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        _put_away(resumed)
        raise Diverged(f"the log cannot be read: {error}") from None
    origin.go_live()
    return resumed


def _put_away(resumed: Resumed) -> None:
    """Nobody will go on: end what it began here, and record nothing."""
    resumed.origin.go_live()
    resumed.session.receive(Abandon("It could not go on at another server."), resumed.at)


class _Player:
    """Feeds one log to one session."""

    def __init__(self, resumed: Resumed, is_stream: bool, resume: Resume) -> None:
        self._resumed = resumed
        self._is_stream = is_stream
        self._delivered = Delivered(resume)
        self._pieces = deque(resume.pieces)

    def play(self, note: object) -> None:
        """The next event, and what came of it."""
        resumed = self._resumed
        if not isinstance(note, Entry):
            raise Diverged("the log begins twice")
        if note.at < resumed.at:
            raise Diverged(f"the log goes back from {resumed.at} s to {note.at} s ({note.kind})")
        resumed.at = note.at
        resumed.origin.play_again(note.decided)
        for command in resumed.session.receive(self._event(note), note.at):
            self._perform(command)

    def finish(self) -> None:
        """The log is at its end: what the client has must have come out."""
        if not self._delivered.agrees:
            raise Diverged("it says something else than it said before")
        self._resumed.unheard = list(self._pieces)

    def _event(self, note: Entry) -> SessionEvent:
        match note.kind:
            case "b":
                return BytesIn(self._bytes(note.size))
            case "d":
                return DatagramIn(self._datagram(note.mark), note.waited)
            case "a":
                self._resumed.asks.pop(note.mark, None)
                return Answer(note.mark, split_answers(note.body, 1)[0])
            case "m":
                return msgspec.msgpack.decode(note.body, type=Moved)
            case "x":
                return Abandon(note.body.decode())
            case "e":
                return Eof()
            case "g":
                return Gone()
            case "t":
                return Tick()

    def _bytes(self, size: int) -> bytes:
        taken = bytearray()
        while len(taken) < size:
            if not self._pieces:
                raise Diverged("the journal has fewer bytes than the log")
            at, data = self._pieces.popleft()
            missing = size - len(taken)
            taken += data[:missing]
            if len(data) > missing:
                self._pieces.appendleft((at, data[missing:]))
        return bytes(taken)

    def _datagram(self, mark: int) -> bytes:
        while self._pieces:
            _, data = self._pieces.popleft()
            if zlib.crc32(data) == mark:
                return data  # those before it were lost on the way
        raise Diverged("the journal lacks a datagram of the log")

    def _perform(self, command: Command) -> None:
        resumed = self._resumed
        match command:
            case SendBytes(raw=raw):
                self._say(raw)
            case Ask():
                resumed.asks[command.id] = command
            case CloseTransport():
                resumed.is_closed = True
            case PauseReading() | ResumeReading():
                resumed.is_paused = isinstance(command, PauseReading)

    def _say(self, raw: bytes) -> None:
        if not self._is_stream:
            if self._delivered.is_news(raw):
                self._resumed.unsent.append(raw)
            return
        rest = self._delivered.rest_of(raw)
        if rest:
            self._resumed.unsent.append(rest)
