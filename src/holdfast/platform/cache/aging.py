"""PURE. When may an answer from yesterday still be given? By what is *known* of its age.

An answer was read while the leader's version was `version`. It is known to be right as long as a
look at the leader confirms that version; from the first moment that no look confirms, it ages. So a
thing that does not change is never read again, and a thing that cannot be confirmed (the leader is
away) is never given when it is older than its bound. Clocks are monotonic seconds.
"""

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class Bounds:
    """`fresh_s`: an answer is given as it is; then, up to `stale_s`, it is given and read anew
    behind the scenes; older ones are never given."""

    fresh_s: float
    stale_s: float

    def __post_init__(self) -> None:
        if not 0 <= self.fresh_s <= self.stale_s:
            raise ValueError("0 <= fresh_s <= stale_s")


@dataclass(frozen=True, slots=True)
class Stamp:
    """The leader had this `version` when it was last looked at, at `seen_at`."""

    version: int
    seen_at: float


UNSTAMPED = Stamp(0, float("-inf"))
"""Nobody has looked at the leader: answers age from the moment they were asked for."""


class Age(Enum):
    """What an answer is good for."""

    FRESH = "give it"
    STALE = "give it, and read it anew"
    TOO_OLD = "read it first"


def valid_until(version: int, read_at: float, stamp: Stamp) -> float:
    """The last moment at which an answer, read under `version` from `read_at` on, was right for
    all that is known."""
    return max(read_at, stamp.seen_at) if version == stamp.version else read_at


def judge(valid_at: float, *, outdated: bool, now: float, bounds: Bounds) -> Age:
    """The age of an answer that was right at `valid_at`; `outdated`: a newer version is known."""
    age_s = now - valid_at
    if age_s > bounds.stale_s:
        return Age.TOO_OLD
    return Age.STALE if outdated or age_s > bounds.fresh_s else Age.FRESH
