"""How a use case keeps its answer with its effect: the caller says how the answer follows.

What is told must be known before the transaction, since key and answer are stored in it; so times
and ids are drawn before, and `tell` makes the answer from what will have been done.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from holdfast.flights.domain.ids import make_id
from holdfast.flights.service.ports.access import Once, StoredAnswer
from holdfast.flights.service.ports.bookings import Answering

T = TypeVar("T")
ID_BYTES = 16
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Of booking references: 32 signs that nobody mistakes for each other."""
_REFERENCE_LENGTH = 6


@dataclass(frozen=True)  # no slots: `Telling[Order](...)` of a frozen slotted class fails in typing
class Telling(Generic[T]):
    """A call's key, and the answer to what it will have done."""

    once: Once
    tell: Callable[[T], StoredAnswer]

    def of(self, done: T) -> Answering:
        """Key and answer, for the store."""
        return Answering(self.once, self.tell(done))


@dataclass(frozen=True, slots=True)
class Draw:
    """What a use case draws: the time, and so many random bytes."""

    now: Callable[[], datetime]
    random: Callable[[int], bytes]

    def id(self, prefix: str) -> str:
        """A new id."""
        return make_id(prefix, self.random(ID_BYTES))

    def reference(self) -> str:
        """A booking reference: not unique by itself, unlikely to be guessed."""
        return "".join(_LETTERS[byte % len(_LETTERS)] for byte in self.random(_REFERENCE_LENGTH))


def told(telling: "Telling[T] | None", done: T) -> Answering | None:
    """Key and answer; None for a call without a key."""
    return None if telling is None else telling.of(done)
