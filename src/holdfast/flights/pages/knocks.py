"""The law of knocks: nobody tries doors for long; who tries too often waits, and is told how long.

PURE. Tries are counted by key (an address, a booking reference) in windows. Only so many keys are
remembered; the one that was touched longest ago is forgotten first, so that a flood of made-up keys
costs memory to nobody. Each process counts for itself.
"""

from dataclasses import dataclass, field

MAX_KEYS = 20_000
"""About 3 MB. More addresses than that within one window are a flood, which the gateway sees."""


@dataclass(slots=True)
class Knocks:
    """At most `limit` tries of a key in `window_s` seconds."""

    limit: int
    window_s: float
    most_keys: int = MAX_KEYS
    _seen: dict[str, tuple[float, int]] = field(default_factory=dict)

    def wait_s(self, key: str, now_s: float) -> float:
        """Count a try at `now_s` (monotonic); 0.0 when it may go on, else the seconds to wait."""
        began, tries = self._seen.pop(key, (now_s, 0))
        if now_s - began >= self.window_s:
            began, tries = now_s, 0
        if len(self._seen) >= self.most_keys:
            del self._seen[next(iter(self._seen))]
        self._seen[key] = (began, tries + 1)
        return 0.0 if tries < self.limit else self.window_s - (now_s - began)
