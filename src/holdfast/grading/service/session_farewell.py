"""The last word of a test over UDP: it may have been lost, so it can be said again.

No I/O. A client that missed the verdict goes on sending; that is the sign. It is said again once a
second at most, a few times, and never because the client echoed it.
"""

REPEAT_S = 1.0
REPEATS = 5
"""Five in a row are not lost on a network that works; more would feed a client that loops."""
MEMORY_S = 30.0
"""What comes later is about something else."""


class LastWord:
    """Mutable; one for each UDP flow."""

    __slots__ = ("_left", "_raw", "_said_at", "_since")

    def __init__(self) -> None:
        self._raw = b""
        self._since = 0.0
        self._said_at = 0.0
        self._left = 0

    def keep(self, raw: bytes, now: float) -> None:
        """This was just said."""
        self._raw = raw
        self._since = self._said_at = now
        self._left = REPEATS

    def forget(self) -> None:
        """Another test has begun: the old verdict would mislead."""
        self._left = 0

    def again(self, heard: bytes, now: float) -> bytes:
        """What to say because `heard` came after the end; empty for nothing."""
        is_due = now - self._said_at >= REPEAT_S and now - self._since <= MEMORY_S
        if self._left == 0 or not is_due or heard == self._raw:
            return b""
        self._said_at = now
        self._left -= 1
        return self._raw
