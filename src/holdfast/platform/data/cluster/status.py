"""PURE. The state of a cluster: what Patroni answers, as values, as a table, as a verdict.

Healthy: a leader, and every other member a synchronous replica on the leader's timeline.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_RUNNING = frozenset({"running", "streaming"})
_LEADER = frozenset({"leader", "standby_leader"})
_SYNCHRONOUS = frozenset({"sync_standby", "quorum_standby"})
_COLUMNS = ("member", "address", "role", "state", "timeline", "lag")
GONE = "not answering"


@dataclass(frozen=True, slots=True)
class MemberStatus:
    """One member as its cluster sees it. `lag` in bytes behind the leader, None when unknown."""

    name: str
    address: str
    role: str
    state: str
    timeline: int | None
    lag: int | None

    @property
    def is_leader(self) -> bool:
        return self.role in _LEADER

    @property
    def is_synchronous(self) -> bool:
        return self.role in _SYNCHRONOUS

    @property
    def is_running(self) -> bool:
        return self.state in _RUNNING


@dataclass(frozen=True, slots=True)
class ClusterStatus:
    """All members that are known; `paused`: Patroni was told to leave everything as it is."""

    members: tuple[MemberStatus, ...]
    paused: bool = False

    @property
    def leader(self) -> MemberStatus | None:
        """The member that takes writes."""
        return next((one for one in self.members if one.is_leader and one.is_running), None)

    @property
    def has_synchronous(self) -> bool:
        """Whether an acknowledged commit is on a second machine."""
        return any(one.is_synchronous and one.is_running for one in self.members)

    def complaint(self, expected: Sequence[str]) -> str | None:
        """What is wrong, in one sentence; None for a healthy cluster of the `expected` members."""
        leader = self.leader
        if leader is None:
            return "There is no leader: nothing can be written."
        if not self.has_synchronous:
            return "There is no synchronous replica."
        if self.paused:
            return "The cluster is paused: a dead leader is not replaced."
        known = {one.name: one for one in self.members}
        for name in expected:
            one = known.get(name)
            if one is None or not one.is_running:
                return f"{name} is {one.state if one else GONE}."
            if one.timeline != leader.timeline:
                return f"{name} is not on the leader's timeline."
            if one is not leader and not one.is_synchronous:
                return f"{name} does not confirm commits yet."
        return None


def read_status(said: Any) -> ClusterStatus | None:
    """What `GET /cluster` answered; None when it is not understood."""
    match said:
        case {"members": list(members)}:
            read = [_member(one) for one in members if isinstance(one, Mapping)]
            return ClusterStatus(tuple(read), paused=bool(said.get("pause")))
        case _:
            return None


def freshest(seen: Iterable[ClusterStatus]) -> ClusterStatus | None:
    """Of what several members say, that with the leader on the highest timeline: a member that was
    cut off still believes in the old one."""

    def timeline(status: ClusterStatus) -> int:
        return -1 if status.leader is None else status.leader.timeline or 0

    return max(seen, key=timeline, default=None)


def completed(status: ClusterStatus, expected: Mapping[str, str]) -> ClusterStatus:
    """The status with a line for each expected member (name: address) that nobody has seen."""
    known = {one.name for one in status.members}
    missing = [
        MemberStatus(name, address, "", GONE, None, None)
        for name, address in expected.items()
        if name not in known
    ]
    together = sorted((*status.members, *missing), key=lambda one: one.name)
    return ClusterStatus(tuple(together), status.paused)


def table(status: ClusterStatus) -> list[str]:
    """Lines for people, the columns aligned."""
    rows = [_COLUMNS, *(_row(one) for one in status.members)]
    widths = [max(len(row[n]) for row in rows) for n in range(len(_COLUMNS))]
    return ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in rows]  # fmt: skip


def _row(one: MemberStatus) -> tuple[str, ...]:
    role = one.role.replace("_", " ")
    timeline = "" if one.timeline is None else str(one.timeline)
    lag = "" if one.is_leader else "unknown" if one.lag is None else _size(one.lag)
    return (one.name, one.address, role, one.state, timeline, lag)


def _size(count: int) -> str:
    if count < 1024:
        return f"{count} B"
    if count < 1024 * 1024:
        return f"{count / 1024:.0f} kB"
    return f"{count / 1024 / 1024:.1f} MB"


def _member(said: Mapping[str, Any]) -> MemberStatus:
    timeline, lag = said.get("timeline"), said.get("lag")
    return MemberStatus(
        name=str(said.get("name", "")),
        address=f"{said.get('host', '')}:{said.get('port', '')}",
        role=str(said.get("role", "")),
        state=str(said.get("state", "")),
        timeline=timeline if isinstance(timeline, int) else None,
        lag=lag if isinstance(lag, int) else None,
    )
