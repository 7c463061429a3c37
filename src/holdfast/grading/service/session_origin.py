"""What a session takes from its node besides events: ids, dice, the date, and what is allowed.

No I/O. All of it is either derived from the session's secret or written down as it is decided, so
that another node can play the session again and come to the same bytes. `NodeOrigin` is for a
session that cannot move: everything is as the node has it.
"""

import hmac
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Protocol

from holdfast.grading.domain.roster import UserId
from holdfast.grading.service.session_place import Place


class Diverged(Exception):
    """Played again, the session does something else than it did on its first node."""


class Origin(Protocol):
    """`now` is the session's time in seconds."""

    @property
    def secret(self) -> bytes:
        """Seeds the dice."""

    def new_id(self) -> str:
        """32 fresh hex digits."""

    def wall(self, now: float) -> datetime:
        """The moment in UTC."""

    def may_explain(self, now: float) -> bool:
        """Whether the node can afford an analysis of what the peer sent."""

    def admits(self, uid: UserId) -> bool:
        """Whether one more attempt of this student may begin."""

    def is_draining(self) -> bool:
        """Whether no new attempts begin."""

    def is_practice(self) -> bool:
        """Whether the attempt that begins is practice."""


class NodeOrigin:
    """Everything as the node has it."""

    __slots__ = ("_place",)

    def __init__(self, place: Place) -> None:
        self._place = place

    @property
    def secret(self) -> bytes:
        """See `Origin`."""
        return self._place.secret

    def new_id(self) -> str:
        """See `Origin`."""
        return self._place.new_id()

    def wall(self, now: float) -> datetime:
        """See `Origin`."""
        return self._place.wall(now)

    def may_explain(self, now: float) -> bool:
        """See `Origin`."""
        return self._place.allowance.take(now)

    def admits(self, uid: UserId) -> bool:
        """See `Origin`."""
        return self._place.census.admits(uid)

    def is_draining(self) -> bool:
        """See `Origin`."""
        return self._place.draining

    def is_practice(self) -> bool:
        """See `Origin`."""
        return self._place.is_practice


class RecordedOrigin:
    """For a session that can move. Its time counts from its opening.

    `node_zero` is the node's time at the opening: the allowance counts in the node's time.
    """

    __slots__ = ("_made", "_opened_at", "_place", "_recorded", "_taken", "node_zero", "secret")

    def __init__(
        self, place: Place, secret: bytes, opened_at: float, node_zero: float = 0.0
    ) -> None:
        self._place = place
        self.secret = secret
        self._opened_at = datetime.fromtimestamp(opened_at, UTC)
        self.node_zero = node_zero
        self._made = 0
        self._taken: list[bool] = []
        self._recorded: deque[bool] | None = None

    def new_id(self) -> str:
        """See `Origin`."""
        self._made += 1
        return hmac.digest(self.secret, f"id {self._made}".encode(), sha256)[:16].hex()

    def wall(self, now: float) -> datetime:
        """See `Origin`."""
        return self._opened_at + timedelta(seconds=now)

    def may_explain(self, now: float) -> bool:
        """See `Origin`."""
        if self._recorded is None:
            return self._live(self._place.allowance.take(now + self.node_zero))
        return self._again()

    def admits(self, uid: UserId) -> bool:
        """See `Origin`."""
        if self._recorded is None:
            return self._live(self._place.census.admits(uid))
        return self._again()

    def is_draining(self) -> bool:
        """See `Origin`."""
        if self._recorded is None:
            return self._live(self._place.draining)
        return self._again()

    def is_practice(self) -> bool:
        """See `Origin`."""
        if self._recorded is None:
            return self._live(self._place.is_practice)
        return self._again()

    def take_decisions(self) -> list[bool]:
        """What was decided since the last time, to be written down."""
        taken, self._taken = self._taken, []
        return taken

    def play_again(self, decisions: Sequence[bool]) -> None:
        """Decide the next event as it was decided before."""
        self._recorded = deque(decisions)

    def go_live(self) -> None:
        """What was written down is played: decide anew from now on."""
        self._recorded = None

    def _live(self, decision: bool) -> bool:
        self._taken.append(decision)
        return decision

    def _again(self) -> bool:
        if not self._recorded:
            raise Diverged("it asks what it did not ask before")
        return self._recorded.popleft()


def fresh_secret(place: Place) -> bytes:
    """A new session's own secret."""
    return hmac.digest(place.secret, place.new_id().encode(), sha256)
