"""What this machine's kernel says about itself: forwarding, and the table of connections.

Reads a few files of /proc, each small and quick; what is not there is unknown, never an error.
"""

from dataclasses import dataclass
from pathlib import Path

from holdfast.platform.balancer.kernel_choice import Machine

PROC = Path("/proc")
_FORWARD_4, _FORWARD_6 = "sys/net/ipv4/ip_forward", "sys/net/ipv6/conf/all/forwarding"
_COUNT, _LIMIT = "sys/net/netfilter/nf_conntrack_count", "sys/net/netfilter/nf_conntrack_max"
_STATISTICS = "net/stat/nf_conntrack"
_LOST = ("insert_failed", "drop")


@dataclass(frozen=True, slots=True)
class Tracking:
    """The kernel's table of connections: entries, places, and packets of new connections that were
    lost since the machine started, because there was no place or no free port for them."""

    entries: int
    places: int
    lost: int


def machine(proc: Path = PROC) -> Machine:
    """Whether this network namespace forwards packets."""
    return Machine(_number(proc / _FORWARD_4) == 1, _number(proc / _FORWARD_6) == 1)


def tracking(proc: Path = PROC) -> Tracking | None:
    """The table's state; None where it is not there."""
    entries, places = _number(proc / _COUNT), _number(proc / _LIMIT)
    if entries is None or places is None:
        return None
    return Tracking(entries, places, _lost(proc / _STATISTICS))


def _lost(file: Path) -> int:
    """The sum over all processors; the file has a line of names, then a line for each of them."""
    try:
        names, *rows = file.read_text(encoding="ascii").splitlines()
        columns = [index for index, name in enumerate(names.split()) if name in _LOST]
        return sum(int(row.split()[column], 16) for row in rows for column in columns)
    except (OSError, ValueError, IndexError):
        return 0


def _number(file: Path) -> int | None:
    try:
        return int(file.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
