"""The law of rates: so many requests of one token in each window, in this process.

PURE. All windows begin at the same moments, so what is remembered is bounded by one window's
callers and forgotten at its end; beyond `max_keys` callers, strangers share one count.
"""

from dataclasses import dataclass
from math import floor

MAX_KEYS = 50_000
"""Callers counted apart in one window: some MB."""
_STRANGERS = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a request finds: whether it may go on, how many more may, until when (seconds of the
    epoch)."""

    allowed: bool
    limit: int
    remaining: int
    reset_at: int


class RateLimit:
    """Counts requests by key in windows of `window_s` seconds, at most `limit` of each key."""

    __slots__ = ("_counts", "_limit", "_max_keys", "_window", "_window_s")

    def __init__(self, limit: int, window_s: int, max_keys: int = MAX_KEYS) -> None:
        self._limit = limit
        self._window_s = window_s
        self._max_keys = max_keys
        self._window = 0
        self._counts: dict[str, int] = {}

    def take(self, key: str, now: float) -> Taken:
        """Count one request of `key` at `now` (seconds of the epoch)."""
        window = floor(now / self._window_s)
        if window != self._window:  # also when the clock was set back: a new count is kinder
            self._window = window
            self._counts.clear()
        counts = self._counts
        if key not in counts and len(counts) >= self._max_keys:
            key = _STRANGERS
        count = counts.get(key, 0) + 1
        allowed = count <= self._limit
        if allowed:
            counts[key] = count
        remaining = max(0, self._limit - count)
        return Taken(allowed, self._limit, remaining, (window + 1) * self._window_s)

    def seen(self, key: str, now: float) -> Taken:
        """How it stands with `key` at `now`, without counting a request."""
        window = floor(now / self._window_s)
        count = self._counts.get(key, 0) if window == self._window else 0
        remaining = max(0, self._limit - count)
        return Taken(remaining > 0, self._limit, remaining, (window + 1) * self._window_s)
