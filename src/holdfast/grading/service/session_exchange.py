"""What a session sends and asks: commands in order, frames held back, questions under way.

No I/O. Frames never overtake each other: one that is held back (the register response) holds back
all that follow. Whoever performs the commands answers each `Ask` exactly once.
"""

from collections import deque
from dataclasses import dataclass

from holdfast.errors import DefiniteError, IndefiniteError
from holdfast.grading.domain.scenario import Scenario
from holdfast.grading.service.ledger_calls import Call, Result
from holdfast.grading.wire.connection import Frame

AskOutcome = Result | DefiniteError | IndefiniteError
"""What a call of the ledger returned or raised."""


@dataclass(frozen=True, slots=True)
class BytesIn:
    """A piece of the stream came."""

    data: bytes


@dataclass(frozen=True, slots=True)
class DatagramIn:
    """A datagram came; `waited_s`: so long before it was read."""

    data: bytes
    waited_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Eof:
    """The peer sends no more, but may still read."""


@dataclass(frozen=True, slots=True)
class Gone:
    """The connection is no more: closed, reset or timed out."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an `Ask` came to."""

    ask: int
    outcome: AskOutcome


@dataclass(frozen=True, slots=True)
class Abandon:
    """The node stops: end what still runs, as infrastructure, for this reason."""

    reason: str


@dataclass(frozen=True, slots=True)
class Moved:
    """The session goes on here: its node was lost. `told` says so to readers of the transcript.

    `node` and `incarnation` are who runs its attempts from now on.
    """

    node: str
    incarnation: str
    told: str


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed."""


SessionEvent = BytesIn | DatagramIn | Eof | Gone | Answer | Abandon | Moved | Tick


@dataclass(frozen=True, slots=True)
class SendBytes:
    """Send this frame, in one write (or one datagram)."""

    raw: bytes


@dataclass(frozen=True, slots=True)
class CloseTransport:
    """Close the connection after what was sent before; answer with `Gone`."""


@dataclass(frozen=True, slots=True)
class PauseReading:
    """Take no more bytes from the network for now."""


@dataclass(frozen=True, slots=True)
class ResumeReading:
    """Bytes may come again."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Call the ledger and come back with an `Answer`."""

    id: int
    call: Call


Command = SendBytes | CloseTransport | PauseReading | ResumeReading | Ask


@dataclass(frozen=True, slots=True)
class Registering:
    """A register request waits for its answer; the response is held until `not_before`."""

    frame: Frame
    not_before: float


@dataclass(frozen=True, slots=True)
class Locating:
    """A trigger without an id waits to learn whose leases come from its address."""

    scenario: Scenario
    frame: Frame


@dataclass(frozen=True, slots=True)
class Identifying:
    """A trigger waits to learn who its id is."""

    scenario: Scenario
    frame: Frame


@dataclass(frozen=True, slots=True)
class Opening:
    """The opening of an attempt is being written down."""

    attempt: int


@dataclass(frozen=True, slots=True)
class Closing:
    """The end of an attempt is being written down."""

    attempt: int


@dataclass(frozen=True, slots=True)
class Inquiring:
    """A scenario asked for a lease."""

    attempt: int
    ask: int


@dataclass(frozen=True, slots=True)
class Reporting:
    """An incident is being written down; nobody waits for it."""


Purpose = Registering | Locating | Identifying | Opening | Closing | Inquiring | Reporting


class Exchange:
    """The mutable outgoing side of one session."""

    __slots__ = ("_asks", "_commands", "_held", "_number", "is_open")

    def __init__(self) -> None:
        self._commands: list[Command] = []
        self._held: deque[tuple[float, bytes]] = deque()
        self._asks: dict[int, Purpose] = {}
        self._number = 0
        self.is_open = True

    @property
    def is_waiting(self) -> bool:
        """True while an answer is to come that somebody waits for."""
        return any(not isinstance(purpose, Reporting) for purpose in self._asks.values())

    @property
    def held_until(self) -> float | None:
        """When the next frame that is held back may go."""
        return self._held[0][0] if self._held else None

    def send(self, raw: bytes, now: float, not_before: float = 0.0) -> None:
        """Send a frame, at the earliest then, and after all frames before it."""
        if not self.is_open:
            return
        if self._held or not_before > now:
            self._held.append((not_before, raw))
        else:
            self._commands.append(SendBytes(raw))

    def flush(self, now: float) -> None:
        """Send what has been held back long enough."""
        while self._held and self._held[0][0] <= now:
            self._commands.append(SendBytes(self._held.popleft()[1]))

    def ask(self, call: Call, purpose: Purpose) -> None:
        """Ask the ledger."""
        self._number += 1
        self._asks[self._number] = purpose
        self._commands.append(Ask(self._number, call))

    def answered(self, ask: int) -> Purpose | None:
        """What the answer is for; None if nothing (any more)."""
        return self._asks.pop(ask, None)

    def command(self, command: PauseReading | ResumeReading) -> None:
        """Steer the reading."""
        self._commands.append(command)

    def close(self) -> None:
        """Close the transport behind what was sent; what is still held goes out now."""
        if self.is_open:
            self._commands.extend(SendBytes(raw) for _, raw in self._held)
            self._commands.append(CloseTransport())
        self.cut()

    def cut(self) -> None:
        """The transport is gone: nothing can be sent any more."""
        self._held.clear()
        self.is_open = False

    def take(self) -> list[Command]:
        """The commands since the last time."""
        commands, self._commands = self._commands, []
        return commands
