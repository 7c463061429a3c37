"""Checks recorded while their attempt goes on: kept until the node's next beat takes them.

So a page can tick them off while a long test runs, at the price of one statement a second for the
whole node. Nothing depends on it: what counts comes with the attempt's end.
"""

from collections.abc import Sequence
from dataclasses import replace

from holdfast.grading.domain.attempt import AttemptId, Progress
from holdfast.grading.domain.verdict import Check

MAX_TAKEN = 100
"""Attempts of one beat; the others come with the next one."""
MAX_CHECKS = 20
"""Checks of one attempt that are told on the way: more than any test has."""
MAX_HINT_CHARS = 200
"""Of a hint, on the way. So a beat stays below 600 kB, whatever is sent: it keeps attempts open."""


class TickedChecks:
    """What running attempts of this node have recorded, and which of it was not told yet."""

    __slots__ = ("_checks", "_untold")

    def __init__(self) -> None:
        self._checks: dict[AttemptId, tuple[Check, ...]] = {}
        self._untold: dict[AttemptId, None] = {}

    def note(self, attempt: AttemptId, checks: Sequence[Check]) -> None:
        """These checks were recorded now."""
        if checks:
            short = (replace(check, hint=check.hint[:MAX_HINT_CHARS]) for check in checks)
            self._checks[attempt] = (*self._checks.get(attempt, ()), *short)[:MAX_CHECKS]
            self._untold[attempt] = None

    def forget(self, attempt: AttemptId) -> None:
        """The attempt has ended; harmless twice."""
        self._checks.pop(attempt, None)
        self._untold.pop(attempt, None)

    def take(self, limit: int = MAX_TAKEN) -> tuple[Progress, ...]:
        """What is untold, the oldest first, at most `limit` attempts; it counts as told then."""
        taken = list(self._untold)[:limit]
        for attempt in taken:
            del self._untold[attempt]
        return tuple(Progress(attempt, self._checks[attempt]) for attempt in taken)
