"""A node as it truly is: it lives or not, hangs or not, and beats by its own clocks."""

from holdfast.platform.membership.wire import Heartbeat, Load

WALL = 1_790_000_000.0
"""True wall clock when a world begins."""
SERVICE = "s"
_LOAD = Load()


class Node:
    """One node over all its lives. `skew_s`: its wall clock minus the true one."""

    def __init__(self, number: int, interval_s: float) -> None:
        self.number, self.name = number, f"n{number}"
        self.interval_s = interval_s
        self.incarnation = 1
        self.sequence = 0
        self.began = 0.0
        self.skew_s = 0.0
        self.is_alive, self.is_hanging = True, False
        self.is_draining, self.has_left = False, False
        self.comes_back = False
        self._services = {SERVICE: ("127.0.0.1", 1000 + 100 * number)}

    @property
    def serves(self) -> bool:
        """Whether a connection to it would work, were there no network."""
        return self.is_alive and not self.is_hanging

    def restart(self, now: float) -> None:
        """Another life, at another address."""
        self.incarnation += 1
        self.sequence = 0
        self.began = now
        self.is_alive, self.is_hanging = True, False
        self.is_draining, self.has_left = False, False
        self._services = {SERVICE: ("127.0.0.1", 1000 + 100 * self.number + self.incarnation)}

    def beat(self, now: float) -> Heartbeat:
        """Its next beat."""
        self.sequence += 1
        return Heartbeat(
            self.name,
            self.incarnation,
            self.sequence,
            WALL + now + self.skew_s,
            now - self.began,
            self.interval_s,
            self._services,
            self.is_draining or self.has_left,
            self.has_left,
            _LOAD,
        )
