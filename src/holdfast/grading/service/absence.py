"""The law of absence: who starts before another does not call it missing.

PURE. All processes of a fleet start together, and those that need a database come last. So one that
was never met is missed only after `FIRST_MEETING_S`; one that was met is missed at once. An absence
is news once, and so is its end. `now` and `since` are monotonic seconds.
"""

from dataclasses import dataclass

FIRST_MEETING_S = 45.0
"""From our start to the other's first answer: 3 s on a quiet machine, 30 s where ten processes want
each processor. What is still away then is not just starting."""


@dataclass(slots=True)
class Absence:
    """What is known of the other. `since`: when we began; `is_known`: whether it ever was there."""

    since: float
    patience_s: float = FIRST_MEETING_S
    is_known: bool = False
    _is_told: bool = False

    def missed(self, now: float) -> bool:
        """It did not answer; whether that has to be told."""
        if self._is_told or not (self.is_known or now - self.since >= self.patience_s):
            return False
        self._is_told = True
        return True

    def met(self) -> bool:
        """It answered; whether it was told to be away."""
        self.is_known = True
        was_told, self._is_told = self._is_told, False
        return was_told
