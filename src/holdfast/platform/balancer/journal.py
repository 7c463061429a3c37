"""PURE. The journal of a connection or flow: what its client sent and when, what its member noted,
and how much of the answers is on its way to the client.

Bounded twice: each journal, and all of a process together. One that outgrew a bound is *spoilt*: it
keeps nothing any more, and its session cannot move; relaying is not touched.
"""

from dataclasses import dataclass, field
from hashlib import blake2b

from holdfast.platform.balancer.handover_wire import Resume, Tag

ENTRY_BYTES = 120
"""What Python needs for one entry besides its bytes, so that tiny pieces count what they cost."""
DIGEST_BYTES = 16


class JournalBudget:
    """Bytes that all journals of a process may keep, and each of them."""

    __slots__ = ("_left", "each")

    def __init__(self, each: int, total: int) -> None:
        self.each = each
        self._left = total

    def take(self, size: int) -> bool:
        """Reserve so much; False when there is not so much left."""
        if size > self._left:
            return False
        self._left -= size
        return True

    def give_back(self, size: int) -> None:
        """What was taken is free again."""
        self._left += size


class Journal:
    """Mutable; one for each connection or flow."""

    __slots__ = ("_budget", "_digest", "_notes", "_pieces", "_size", "delivered", "is_spoilt")

    def __init__(self, budget: JournalBudget) -> None:
        self._budget = budget
        self._pieces: list[tuple[float, bytes]] = []
        self._notes: list[bytes] = []
        self._digest = blake2b(digest_size=DIGEST_BYTES)
        self._size = 0
        self.delivered = 0
        """Bytes of a stream, datagrams of a flow."""
        self.is_spoilt = False
        """Nothing is kept any more."""

    def heard(self, at: float, data: bytes) -> None:
        """The client sent this, so many seconds after the opening."""
        if self._fits(len(data)):
            self._pieces.append((at, data))

    def noted(self, note: bytes) -> None:
        """The member wants this kept."""
        if self._fits(len(note)):
            self._notes.append(note)

    def told(self, data: bytes) -> None:
        """This part of the stream is on its way to the client."""
        if not self.is_spoilt:
            self._digest.update(data)
            self.delivered += len(data)

    def told_datagram(self, data: bytes) -> None:
        """This datagram is on its way to the client."""
        if not self.is_spoilt:
            self._digest.update(len(data).to_bytes(4, "big") + data)
            self.delivered += 1

    def resume(self, age_s: float, moves: int, moved_from: str) -> Resume:
        """All of it, for the next member."""
        return Resume(
            age_s,
            moves,
            moved_from,
            self.delivered,
            self._digest.digest(),
            tuple(self._pieces),
            tuple(self._notes),
        )

    def spoil(self) -> None:
        """Keep nothing from now on: the session is over, or cannot move."""
        self.is_spoilt = True
        self._pieces.clear()
        self._notes.clear()
        self._budget.give_back(self._size)
        self._size = 0

    def _fits(self, size: int) -> bool:
        if self.is_spoilt:
            return False
        size += ENTRY_BYTES
        if self._size + size > self._budget.each or not self._budget.take(size):
            self.spoil()
            return False
        self._size += size
        return True


@dataclass(slots=True)
class Talk:
    """What is kept of one flow. `expected`: the number of the member's next answer. `moves` counts
    the members that were asked to go on, `deaths` those that were lost while they served it.

    `is_resting`: it may stay with a lost member until its client speaks again. `is_lost`: no member
    serves it; one may have been `asked` so many times, and `held` waits for its answer.
    """

    tag: Tag
    opened_at: float
    journal: Journal
    expected: int = 0
    moves: int = 0
    deaths: int = 0
    moved_from: str = ""
    is_resting: bool = False
    is_lost: bool = False
    lost_at: float = 0.0
    tried: tuple[str, ...] = ()
    asked: int = 0
    asked_at: float = 0.0
    held: list[bytes] = field(default_factory=list)


class Delivered:
    """Takes what a replay says again, and lets through only what was not delivered before."""

    __slots__ = ("_digest", "_left", "_wanted")

    def __init__(self, resume: Resume) -> None:
        self._left = resume.delivered
        self._wanted = resume.digest
        self._digest = blake2b(digest_size=DIGEST_BYTES)

    def rest_of(self, data: bytes) -> bytes:
        """The part of a stream's next bytes that the client does not have."""
        known = data[: self._left]
        self._digest.update(known)
        self._left -= len(known)
        return data[len(known) :]

    def is_news(self, data: bytes) -> bool:
        """Whether the client does not have a flow's next datagram."""
        if not self._left:
            return True
        self._digest.update(len(data).to_bytes(4, "big") + data)
        self._left -= 1
        return False

    @property
    def agrees(self) -> bool:
        """True when everything delivered came again, exactly so."""
        return not self._left and self._digest.digest() == self._wanted
