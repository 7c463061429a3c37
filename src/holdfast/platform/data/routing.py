"""PURE. Which server answers which statement, from what was last seen of each of them.

A *look* at a server tells whether it takes writes, its timeline (grows with each promotion) and its
position in the log (bytes: what a leader has written, what a replica has replayed). The leader is
the one that takes writes on the highest timeline ever seen, so an old leader that does not know of
its end is never written to. How fresh a replica is follows from the leader's positions of earlier
looks: who has replayed what the leader had at 12:00:00 is at least as fresh as that moment.
Clocks are monotonic seconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TypeAlias

MARKS_KEPT = 64
"""Positions of the leader that are remembered: at two looks a second, half a minute."""


@dataclass(frozen=True, slots=True)
class Facts:
    """One look: `at` is when it began. `position` in bytes of the write-ahead log."""

    at: float
    is_leader: bool
    timeline: int
    position: int


@dataclass(frozen=True, slots=True)
class Server:
    """What is known of one server. `facts` None: not seen, or not since it failed. `fresh_at`: it
    shows everything that was committed by then (None: unknown)."""

    facts: Facts | None = None
    fresh_at: float | None = None


@dataclass(frozen=True, slots=True)
class View:
    """All servers by name; the highest `timeline` seen; `marks`: where the leader was, and when."""

    servers: Mapping[str, Server] = field(default_factory=lambda: MappingProxyType({}))
    timeline: int = 0
    marks: tuple[tuple[float, int], ...] = ()

    @staticmethod
    def of(*names: str) -> "View":
        """Servers of which nothing is known yet."""
        return View(MappingProxyType({name: Server() for name in names}))


@dataclass(frozen=True, slots=True)
class Write:
    """The statement changes something, or must see everything: only the leader will do."""


@dataclass(frozen=True, slots=True)
class Read:
    """A replica will do, if it has replayed `after` (a position; 0: any) and shows all that was
    committed up to `max_age_s` ago (None: however old it is)."""

    after: int = 0
    max_age_s: float | None = None


Need: TypeAlias = Write | Read


def looked(view: View, name: str, facts: Facts) -> View:
    """The view after a look at a server. A look that began before the last one changes nothing."""
    known = view.servers[name]
    if known.facts is not None and facts.at < known.facts.at:
        return view
    timeline = max(view.timeline, facts.timeline if facts.is_leader else 0)
    marks = view.marks
    if facts.is_leader and facts.timeline >= timeline:
        marks = (*marks, (facts.at, facts.position))[-MARKS_KEPT:]
    fresh_at = _fresh_at(marks, facts, known.fresh_at)
    servers = {**view.servers, name: Server(facts, fresh_at)}
    return View(MappingProxyType(servers), timeline, marks)


def failed(view: View, name: str) -> View:
    """The view after a server did not answer: it is not used until it was looked at again."""
    servers = {**view.servers, name: replace(view.servers[name], facts=None)}
    return replace(view, servers=MappingProxyType(servers))


def leader_of(view: View) -> str | None:
    """The server to write to, None while there is none."""
    for name, server in view.servers.items():
        facts = server.facts
        if facts is not None and facts.is_leader and facts.timeline >= view.timeline:
            return name
    return None


def route(view: View, need: Need, now: float, turn: int = 0) -> tuple[str, ...]:
    """Servers that can answer, best first; () while there is none. `turn` rotates the replicas."""
    leader = leader_of(view)
    last = () if leader is None else (leader,)
    if isinstance(need, Write):
        return last
    good = [name for name, server in view.servers.items() if _can_read(server, need, now)]
    start = turn % len(good) if good else 0
    return (*good[start:], *good[:start], *last)


def _can_read(server: Server, need: Read, now: float) -> bool:
    facts = server.facts
    if facts is None or facts.is_leader or facts.position < need.after:
        return False
    if need.max_age_s is None:
        return True
    return server.fresh_at is not None and now - server.fresh_at <= need.max_age_s


def _fresh_at(
    marks: tuple[tuple[float, int], ...], facts: Facts, before: float | None
) -> float | None:
    """A replica never goes back, so what was known stays true; a leader is fresh when seen."""
    if facts.is_leader:
        return facts.at
    reached = [at for at, position in marks if position <= facts.position and at <= facts.at]
    times = [at for at in (*reached[-1:], before) if at is not None]
    return max(times, default=None)
