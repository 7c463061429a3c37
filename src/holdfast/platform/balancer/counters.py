"""What the balancer counts. Plain numbers, raised where it happens, told by the state line."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from holdfast.platform.balancer.admission import Refusal
from holdfast.platform.runtime.metrics import Histogram


@dataclass(slots=True)
class Counters:
    """Since the start. `refused` by reason; `dropped` datagrams by reason; `ended` connections by
    how they ended. Bytes are those of connections that are over, as the kernel counts them; asking
    it costs two system calls a connection, so it is done only once somebody wants to know."""

    accepted: int = 0
    refused: Counter[Refusal] = field(default_factory=Counter)
    connects_failed: int = 0
    spoilt: int = 0
    """Clients that a member took and left with nothing."""
    moved: int = 0
    idle_closed: int = 0
    datagrams_in: int = 0
    datagrams_out: int = 0
    flows_moved: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    bytes_wanted: bool = False
    bytes_from_clients: int = 0
    bytes_from_members: int = 0
    connect_s: Histogram = field(default_factory=Histogram)
    loop_lag_s: Histogram = field(default_factory=Histogram)

    def told(self) -> dict[str, object]:
        """The values of the state line, by name."""
        return {
            "accepted": self.accepted,
            "refused": tally({why.name.lower(): count for why, count in self.refused.items()}),
            "moved": self.moved,
            "connects_failed": self.connects_failed,
            "spoilt": self.spoilt,
            "idle_closed": self.idle_closed,
            "datagrams_in": self.datagrams_in,
            "datagrams_out": self.datagrams_out,
            "dropped": tally(self.dropped),
            "flows_moved": self.flows_moved,
        }


def tally(counts: Mapping[str, int]) -> str:
    """Counts by reason in one word, such as `forged:3,late:1`; `none` without any."""
    return ",".join(f"{why.replace(' ', '-')}:{count}" for why, count in counts.items()) or "none"
