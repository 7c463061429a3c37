"""Who may be graded: students with the 4-digit ids that the course protocol carries.

PURE. An id outside 0..9999 cannot be a user: clients throw on one, so none may enter a frame.
"""

from dataclasses import dataclass
from typing import NewType

UserId = NewType("UserId", int)
"""A student's id on the wire, 0..9999."""

MAX_USER_ID = 9999
FIRST_SHOWN = MAX_USER_ID + 1
"""Where ids are secrets (`pins`), the numbers that stand for them begin above all ids, so that one
is never taken for the other."""
MAX_SHOWN = 2 * FIRST_SHOWN - 1
MAX_NAME_CHARS = 200


@dataclass(frozen=True, slots=True)
class User:
    """One student of the course's roster."""

    uid: UserId
    name: str


@dataclass(frozen=True, slots=True)
class Source:
    """Where a connection or a datagram came from: the client's own address, not the balancer's."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Known:
    """The id belongs to a student, and this source may act for them."""

    user: User


@dataclass(frozen=True, slots=True)
class UnknownUser:
    """Nobody on the roster has this id."""

    uid: int


@dataclass(frozen=True, slots=True)
class NotClaimed:
    """The course wants ids claimed, and this source holds no claim on the id."""

    uid: UserId


Identification = Known | UnknownUser | NotClaimed
