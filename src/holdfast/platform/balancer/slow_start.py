"""PURE. Slow start: a new or returning member gets a growing share of its clients.

Its caches are cold and its estimates unknown, and for a policy that looks at load it is the
emptiest of all. So of the clients a policy would give it, only a share is let through, growing
evenly from `FIRST_SHARE` to all; the others go to the policy's next choice. Shares are relative to
the warmest member's: a fleet that starts together is not held back.
"""

from dataclasses import dataclass

FIRST_SHARE = 0.1
"""Enough to find out early whether it works at all."""


@dataclass(slots=True)
class Ramp:
    """One member's way up. Without `began` it is warm."""

    began: float | None = None
    _credit: float = 0.5

    def begin(self, now: float) -> None:
        """Cold from now on."""
        self.began, self._credit = now, 0.5

    def skip(self) -> None:
        """Warm at once."""
        self.began = None

    def share(self, now: float, within_s: float) -> float:
        """The share at this moment, from `FIRST_SHARE` to 1, when the way takes `within_s`."""
        if self.began is None:
            return 1.0
        gone_s = now - self.began
        if gone_s >= within_s:
            self.began = None
            return 1.0
        return FIRST_SHARE + (1.0 - FIRST_SHARE) * max(0.0, gone_s) / within_s

    def admits(self, share: float) -> bool:
        """Whether one more client is let through; over many, `share` of them are."""
        self._credit += share
        if self._credit < 1.0:
            return False
        self._credit -= 1.0
        return True
