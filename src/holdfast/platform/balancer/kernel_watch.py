"""Warns before the kernel's table of connections is full, and when it lost new ones.

Every connection through this machine has an entry there, the relay's two as well. A full table, or
no free port left towards a member when its clients' addresses are hidden, loses first packets: the
client sees a slow connect, and nobody sees why. So it is said here, with what to do about it.
"""

from holdfast.platform.balancer import kernel_facts
from holdfast.platform.balancer.kernel_facts import Tracking
from holdfast.platform.runtime.logs import Log

FULL = 0.8
"""Part of the places from which on it is a warning."""
WARN_EVERY_S = 60.0

_log = Log("balancer")


class Watch:
    """Looks at the table from time to time."""

    def __init__(self) -> None:
        self._lost: int | None = None
        self._warned_at = -WARN_EVERY_S

    def look(self, now: float, tracking: Tracking | None = None) -> None:
        """Warn if there is reason to; at most once in `WARN_EVERY_S`."""
        tracking = tracking or kernel_facts.tracking()
        if tracking is None:
            return
        if self._lost is None:
            self._lost = tracking.lost
        lost = tracking.lost - self._lost
        full = tracking.entries >= FULL * tracking.places
        if not (full or lost) or now - self._warned_at < WARN_EVERY_S:
            return
        self._warned_at, self._lost = now, tracking.lost
        _log.warning(
            "connection_table_full" if full else "new_connections_lost",
            tracked=f"{tracking.entries}/{tracking.places}",
            lost=lost,
            do="raise net.netfilter.nf_conntrack_max"
            if full
            else "give members more ports or addresses, or set balancer.kernel_gateway",
        )
