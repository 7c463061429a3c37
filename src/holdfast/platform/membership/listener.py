"""The balancer's ear: takes heartbeats off a socket, and nothing else gets through.

Everything that is not a fresh, signed beat of our fleet is counted by its reason and forgotten; a
flood of it costs a bounded share of each round. Who listens decides when: `drain` never waits.
"""

import socket
from collections import Counter
from collections.abc import Callable, Sequence

from holdfast.platform.membership.detector import Change, Detector
from holdfast.platform.membership.wire import MAX_DATAGRAM_BYTES, Keyring, Rejection, decode
from holdfast.platform.runtime.logs import Log

DATAGRAMS_PER_ROUND = 256
"""Heartbeats of a large fleet, or a slice of a flood: about a millisecond."""
WARN_EVERY_S = 60.0
"""A reason for rejections is logged at most so often."""

_log = Log("membership")


class BeatListener:
    """Feeds a detector from a bound, non-blocking UDP socket: `drain` when it is readable and
    before each `tick`."""

    def __init__(self, sock: socket.socket, keyring: Keyring, detector: Detector) -> None:
        self.socket = sock
        self.detector = detector
        self.accepted = 0
        self.rejected: Counter[str] = Counter()
        self._keyring = keyring
        self._warned_at: dict[str, float] = {}
        self._is_behind = False
        self.heard: Callable[[bytes], None] | None = None
        """Called with each accepted datagram: somebody else wants to hear them, too."""

    def rekey(self, keyring: Keyring) -> None:
        """Believe these keys from now on: the key file was read again."""
        self._keyring = keyring

    def tick(self, now: float) -> tuple[Change, ...]:
        """What silence up to `now` means, knowing whether a flood may have drowned beats."""
        deaf, self._is_behind = self._is_behind, False
        return self.detector.tick(now, deaf=deaf)

    def drain(self, now: float, wall: float) -> list[Change]:
        """Take what has arrived, a bounded number, and tell what changed."""
        changes: list[Change] = []
        for _ in range(DATAGRAMS_PER_ROUND):
            try:
                datagram, source = self.socket.recvfrom(MAX_DATAGRAM_BYTES + 1)
            except BlockingIOError:
                break
            except OSError:
                continue  # an old error of the socket, such as an unreachable sender
            changes.extend(self.take(datagram, source, now, wall))
        else:
            self._is_behind = True  # more waits, and where it had no room it was dropped
        return changes

    def take(self, datagram: bytes, source: object, now: float, wall: float) -> Sequence[Change]:
        """Take one datagram, however it came, and tell what changed."""
        verdict = self._judge(datagram, now, wall)
        if isinstance(verdict, Rejection):
            self._reject(verdict.reason, source, now)
            return ()
        self.accepted += 1
        if self.heard is not None:
            self.heard(datagram)
        return verdict

    def _judge(self, datagram: bytes, now: float, wall: float) -> tuple[Change, ...] | Rejection:
        beat = decode(datagram, self._keyring)
        if isinstance(beat, Rejection):
            return beat
        return self.detector.receive(beat, now, wall)

    def _reject(self, reason: str, source: object, now: float) -> None:
        self.rejected[reason] += 1
        if now - self._warned_at.get(reason, -WARN_EVERY_S) >= WARN_EVERY_S:
            self._warned_at[reason] = now
            _log.warning("heartbeats_rejected", why=reason, example_source=source)
