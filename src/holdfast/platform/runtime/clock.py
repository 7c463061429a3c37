"""The law of time: code that needs it is given a `Clock`; nobody else asks the system.

Wall time names moments for people and other machines (always UTC); monotonic time measures.
Pure shelves take neither: they get `now` as an argument.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """The two times of a process."""

    def wall(self) -> datetime:
        """The moment, in UTC, aware. May jump when the system's clock is set."""

    def monotonic(self) -> float:
        """Seconds that never run backwards; only differences mean something."""


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The machine's own clock."""

    def wall(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()
