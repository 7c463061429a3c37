"""PURE. Members that take clients and fail them: who is ejected, and for how long.

A member that accepts and then resets, or ends without a byte, passes every probe and beats on. Only
its clients' fate tells, so enough failures in a row eject it. Each ejection is twice as long as the
one before; calm times let that grow back. Any answer ends a row. Failed connects are not counted
here: they take a member out at once (`pool`).
"""

from dataclasses import dataclass, field
from enum import Enum

MOST_DOUBLINGS = 16


class Trouble(Enum):
    """What went wrong with a client's connection to a member, in words for logs and metrics."""

    UNREACHED = "connect-failed"
    SILENT = "ended-without-a-byte"
    RESET = "reset-before-an-answer"


@dataclass(frozen=True, slots=True)
class OutlierSettings:
    """`errors` in a row eject for `eject_s`, each further time for twice as long up to
    `longest_eject_s`; `calm_s` without an ejection takes one doubling back. At most `share` of a
    service's members are ejected at once, never the only one. `errors` 0: nobody ever."""

    errors: int = 5
    eject_s: float = 5.0
    longest_eject_s: float = 60.0
    calm_s: float = 60.0
    share: float = 0.5

    def room(self, members: int, ejected: int) -> bool:
        """Whether one more of so many members may be ejected."""
        return ejected + 1 <= int(self.share * members) and members > 1


@dataclass(slots=True)
class Record:
    """How a member has treated its clients. `ejected_until`: None while it is not ejected."""

    counts: dict[Trouble, int] = field(default_factory=dict)
    ejections: int = 0
    in_row: int = 0
    ejected_until: float | None = None
    _doublings: int = 0
    _calm_since: float = 0.0

    def count(self, trouble: Trouble) -> None:
        """Note it for metrics, without consequences."""
        self.counts[trouble] = self.counts.get(trouble, 0) + 1

    def blame(self, trouble: Trouble, settings: OutlierSettings) -> bool:
        """A client was failed; True when that makes enough in a row to eject."""
        self.count(trouble)
        self.in_row += 1
        return bool(settings.errors) and self.in_row >= settings.errors

    def eject(self, now: float, settings: OutlierSettings) -> None:
        """Out, for longer than the last time unless that is long ago."""
        calm = int((now - self._calm_since) / settings.calm_s) if self.ejections else 0
        self._doublings = max(0, self._doublings - calm)
        out_s = min(settings.eject_s * 2.0**self._doublings, settings.longest_eject_s)
        self._doublings = min(self._doublings + 1, MOST_DOUBLINGS)
        self.ejected_until = self._calm_since = now + out_s
        self.ejections += 1
        self.in_row = 0

    def release_if_due(self, now: float) -> None:
        """Back, when the time is over."""
        if self.ejected_until is not None and now >= self.ejected_until:
            self.ejected_until = None
