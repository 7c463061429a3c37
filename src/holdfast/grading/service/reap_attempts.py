"""Reap attempts: close what lost nodes left open, but never because *we* were deaf.

A node that is silent is lost only if somebody was there to hear it. So a reaper that has just
started, was suspended, or could not reach the database first listens for as long as a node may be
silent. Several reapers on one store do no harm: what each closes is provisional and closed once.
"""

from collections.abc import Callable

from holdfast.errors import DefiniteError, IndefiniteError
from holdfast.grading.service.ports import Upkeep
from holdfast.platform.runtime.logs import Log

PRUNE_EVERY_S = 600.0
"""Old incidents and answers are few in ten minutes, and ten minutes more of them do not matter."""
CLEAR_EVERY_S = 10.0
"""Rows of conversations that are over: thousands at most, in so long."""
_log = Log("reaper")


class Reaper:
    """Call `round` every second or so. `monotonic`: seconds; `silence_s`: when a node is lost."""

    def __init__(self, upkeep: Upkeep, silence_s: float, monotonic: Callable[[], float]) -> None:
        self._upkeep = upkeep
        self._silence_s = silence_s
        self._monotonic = monotonic
        self._listening_since: float | None = None
        self._last_round = monotonic()
        self._pruned_at = monotonic()
        self._cleared_at = monotonic()

    async def round(self) -> int:
        """Reap once if it may; how many attempts were closed. Never raises for the store's sake."""
        now = self._monotonic()
        if now - self._last_round > self._silence_s / 2:
            self._listening_since = None
        self._last_round = now
        try:
            closed = await self._reap(now)
            await self._prune(now)
        except (DefiniteError, IndefiniteError, TimeoutError) as error:
            self._listening_since = None
            _log.warning("upkeep_failed", why=str(error))
            return 0
        # The store may have been slow: that time was spent listening, not away.
        self._last_round = self._monotonic()
        return closed

    async def _reap(self, now: float) -> int:
        if self._listening_since is None:
            await self._upkeep.ping()
            self._listening_since = now
        if now - self._listening_since < self._silence_s:
            await self._upkeep.ping()
            return 0
        closed = await self._upkeep.reap(self._silence_s)
        if closed:
            _log.warning("attempts_reaped", count=closed, silence_s=self._silence_s)
        return closed

    async def _prune(self, now: float) -> None:
        if now - self._cleared_at >= CLEAR_EVERY_S:
            await self._upkeep.clear_rows()
            self._cleared_at = now
        if now - self._pruned_at >= PRUNE_EVERY_S:
            await self._upkeep.prune()
            self._pruned_at = now
