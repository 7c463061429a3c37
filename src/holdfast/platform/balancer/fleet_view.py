"""PURE. A fleet's state as one balancer sees it: what `/fleet` sends and `holdfast fleet` reads.

Both sides use these types. A balancer may be newer or older than whoever asks: unknown fields are
ignored, and every field has a default. Times are ages and durations, so no clocks are compared.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

STANDINGS = ("in-rotation", "suspect", "ejected", "unreachable", "draining")
"""What a member of a service can be to new clients, the best first."""
TAKES_CLIENTS = STANDINGS[0]


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """A node's place in one service. `standing`: one of `STANDINGS`; `share`: of slow start, 1 when
    warm; `clients`: connections and flows of ours on it; `errors`: by kind, since it came."""

    service: str = ""
    address: str = ""
    standing: str = ""
    weight: float = 1.0
    share: float = 1.0
    clients: int = 0
    latency_s: float | None = None
    errors: Mapping[str, int] = field(default_factory=dict)
    ejections: int = 0


@dataclass(frozen=True, slots=True)
class NodeRow:
    """A node. `running`, `capacity`, `loop_lag_s` and `cpu` are its own words, in its last beat."""

    node: str = ""
    version: str = ""
    incarnation: int = 0
    draining: bool = False
    suspect: bool = False
    beat_age_s: float = 0.0
    running: int = 0
    capacity: int = 0
    loop_lag_s: float = 0.0
    cpu: float = 0.0
    services: tuple[ServiceRow, ...] = ()

    @property
    def clients(self) -> int:
        """Our connections and flows on it, of all services."""
        return sum(row.clients for row in self.services)

    @property
    def errors(self) -> int:
        """Everything that went wrong with it, of all kinds and services."""
        return sum(sum(row.errors.values()) for row in self.services)

    @property
    def standing(self) -> str:
        """The worst of its services' standings."""
        ranks = {standing: rank for rank, standing in enumerate(STANDINGS)}
        standings = [row.standing for row in self.services]
        return max(standings, key=lambda word: ranks.get(word, len(ranks)), default="idle")


@dataclass(frozen=True, slots=True)
class ListenerRow:
    """A public port: its TCP connections now, since the start, and refused by reason."""

    name: str = ""
    transport: str = ""
    address: str = ""
    service: str = ""
    open: int = 0
    accepted: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BalancerRow:
    """The balancer itself. `fast`: how many of its clients are on the fast path, None without one;
    `panic`: services whose members are nearly all unfit, so that the unfit are used too."""

    version: str = ""
    pid: int = 0
    uptime_s: float = 0.0
    stopping: bool = False
    clients: int = 0
    fast: int | None = None
    flows: int = 0
    beats: int = 0
    beats_rejected: Mapping[str, int] = field(default_factory=dict)
    panic: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KernelRow:
    """The kernel path. `path`: who carries the listeners that qualify, empty where the relay is to
    carry all; `accepted`: clients let in since the start, by listener that qualifies; `tracked`,
    `places`, `lost`: the kernel's table of connections, and first packets it lost."""

    path: str = ""
    carried: tuple[str, ...] = ()
    accepted: Mapping[str, int] = field(default_factory=dict)
    tracked: int = 0
    places: int = 0
    lost: int = 0


@dataclass(frozen=True, slots=True)
class FleetState:
    """Everything. `services`: of the listeners, those without a single member included."""

    balancer: BalancerRow = field(default_factory=BalancerRow)
    services: tuple[str, ...] = ()
    listeners: tuple[ListenerRow, ...] = ()
    nodes: tuple[NodeRow, ...] = ()
    kernel: KernelRow = field(default_factory=KernelRow)

    def standings(self, service: str) -> dict[str, int]:
        """How many members a service has of each standing."""
        found = dict.fromkeys(STANDINGS, 0)
        for node in self.nodes:
            for row in node.services:
                if row.service == service:
                    found[row.standing] = found.get(row.standing, 0) + 1
        return found

    @property
    def unserved(self) -> list[str]:
        """Services for which nobody takes new clients in good order."""
        return [name for name in self.services if not self.standings(name)[TAKES_CLIENTS]]
