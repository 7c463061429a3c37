"""PURE. What a run says of itself: what was asked, how it was answered, and what it cost.

Measured and extrapolated numbers never share a line. Extrapolating is one multiplication: processor
time a request, times the requests of the whole crowd. It knows nothing of what breaks first beyond.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from holdfast.platform.load.tally import Cost, Programs, Round, Tally

SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
NEAREST = 4
"""Limits that are told."""
Quantile = Callable[[float], float | None]


@dataclass(frozen=True, slots=True)
class IdleSeen:
    """Idle connections: wanted, to which ports; the round that opened them and the one that asked
    each again; by how many bytes each kind of process grew while they were opened."""

    wanted: int = 0
    ports: tuple[int, ...] = ()
    opened: Round = field(default_factory=Round)
    again: Round = field(default_factory=Round)
    grown: Mapping[str, float] = field(default_factory=dict)

    @property
    def lost(self) -> int:
        """Those that were not had, did not stay, or did not answer again."""
        return self.wanted - self.again.answered

    @property
    def bytes_each(self) -> dict[str, int]:
        """By kind, for each connection that was held."""
        held = max(self.opened.answered, 1)
        return {kind: int(grown / held) for kind, grown in sorted(self.grown.items())}


@dataclass(frozen=True, slots=True)
class Run:
    """One run. `users` are meant, `driven` were really played."""

    users: int
    driven: int
    think_s: float
    seconds: float
    cores: int
    tally: Tally
    cost: Cost
    idle: IdleSeen
    programs: Programs = field(default_factory=Programs)
    machine_bytes: int = 0


def nearest(run: Run) -> list[tuple[str, float]]:
    """What came nearest to its limit, first the nearest, each with its share of it."""
    used = run.cost.cpu_s
    found = {
        "processors of the machine": (sum(used.values()) + run.cost.own_cpu_s)
        / (run.seconds * run.cores),
        **{
            f"one processor for {name}": spent / run.seconds
            for name, spent in used.items()
            if name not in run.cost.many
        },
        **{f"descriptors of {name}": has / most for name, (has, most) in run.cost.files.items()},
    }
    if run.machine_bytes:
        found["memory of the machine"] = sum(run.cost.memory.values()) / run.machine_bytes
    return sorted(found.items(), key=lambda item: -item[1])[:NEAREST]


def as_json(run: Run) -> dict[str, object]:
    """For programs: times in ms, rates in requests a second, memory in bytes."""
    tally, answered = run.tally, max(run.tally.answered + run.tally.dropped, 1)
    fleet_cpu_s = sum(run.cost.cpu_s.values())
    return {
        "users": run.users,
        "driven": run.driven,
        "driven_share": run.driven / run.users,
        "think_s": run.think_s,
        "seconds": round(run.seconds, 2),
        "offered_per_s": round(run.driven / run.think_s, 1),
        "answered_per_s": round(tally.answered / run.seconds, 1),
        "asked": dict(tally.asked),
        "not_modified": tally.not_modified,
        "error_rate": round(tally.failures / answered, 6),
        "errors": {f"{name} {why}": count for (name, why), count in tally.failed.items()}
        | ({"dropped": tally.dropped} if tally.dropped else {}),
        "since_due_ms": _quantiles(tally.since_due.quantile_s),
        "since_sent_ms": _quantiles(tally.since_sent.quantile_s),
        "idle": _idle(run.idle),
        "attempts": _programs(run.programs),
        "nearest_limits": {what: round(share, 3) for what, share in nearest(run)},
        "fleet_cpu_cores": round(fleet_cpu_s / run.seconds, 3),
        "generator_cpu_cores": round(run.cost.own_cpu_s / run.seconds, 3),
        "cpu_cores": {
            name: round(used / run.seconds, 3) for name, used in sorted(run.cost.cpu_s.items())
        },
        "memory_bytes": {name: int(held) for name, held in sorted(run.cost.memory.items())},
        "extrapolated": _extrapolated(run, fleet_cpu_s),
    }


def as_lines(run: Run) -> list[str]:
    """For people."""
    said = as_json(run)
    due, sent = _words(run.tally.since_due.quantile_s), _words(run.tally.since_sent.quantile_s)
    lines = [
        f"driven       {run.driven} of {run.users} users ({run.driven / run.users:.1%}), think time"
        f" {run.think_s:g} s, {run.seconds:.1f} s",
        f"offered      {said['offered_per_s']} requests/s, answered {said['answered_per_s']}",
        f"errors       {run.tally.failures} ({said['error_rate']:.2%}) {said['errors'] or ''}",
        f"since due    {due}",
        f"since sent   {sent}   (without waiting for a connection)",
    ]
    lines += _idle_lines(run.idle)
    if run.programs.begun:
        lines.append(_programs_line(run.programs))
    lines.append(
        f"processor    fleet {said['fleet_cpu_cores']} cores, generator"
        f" {said['generator_cpu_cores']}, of {run.cores}"
    )
    for name, held in sorted(run.cost.memory.items()):
        used = run.cost.cpu_s.get(name, 0.0) / run.seconds
        lines.append(f"  {name:<20} {used:6.2f} cores {held / (1 << 20):8.1f} MB")
    told = ", ".join(f"{what} {share:.0%}" for what, share in nearest(run))
    lines.append(f"nearest      {told}")
    if run.driven < run.users:
        lines.append(f"extrapolated {_guess(run, sum(run.cost.cpu_s.values()))}")
    return lines


def _idle(idle: IdleSeen) -> dict[str, object]:
    return {
        "wanted": idle.wanted,
        "ports": list(idle.ports),
        "held": idle.opened.answered,
        "refused": dict(idle.opened.failed),
        "open_at_end": idle.again.open_ones,
        "asked_again": idle.again.asked,
        "answered_again": idle.again.answered,
        "failed_again": dict(idle.again.failed),
        "error_rate": round(idle.lost / idle.wanted, 6) if idle.wanted else 0.0,
        "opening_ms": _quantiles(idle.opened.times.quantile_s),
        "again_ms": _quantiles(idle.again.times.quantile_s),
        "bytes_each": idle.bytes_each,
    }


def _idle_lines(idle: IdleSeen) -> list[str]:
    if not idle.wanted:
        return []
    opened, again = idle.opened, idle.again
    each = ", ".join(f"{kind} {held / 1024:.1f}" for kind, held in idle.bytes_each.items())
    return [
        f"idle         {opened.answered} of {idle.wanted} held {_why(opened)}, {again.open_ones}"
        f" open at the end, all asked again, {again.answered} answered {_why(again)}",
        f"  opening    {_words(opened.times.quantile_s)}",
        f"  again      {_words(again.times.quantile_s)}",
        f"  memory     KiB for each: {each or 'unknown'}",
    ]


def _programs(seen: Programs) -> dict[str, object]:
    told: dict[str, object] = {what: seen.became(what) for what in ("right", "wrong", "lost")}
    bad = {f"{name} {what}": n for (name, what), n in seen.ended.items() if what != "right" and n}
    return {"begun": seen.begun, **told, "bad": bad, "ms": _quantiles(seen.times.quantile_s)}


def _programs_line(seen: Programs) -> str:
    told = _programs(seen)
    return (
        f"attempts     {seen.begun}: {told['right']} right, {told['wrong']} wrong,"
        f" {told['lost']} lost {told['bad'] or ''}  {_words(seen.times.quantile_s)}"
    )


def _why(seen: Round) -> str:
    return str(dict(seen.failed)) if seen.failed else "(no failure)"


def _extrapolated(run: Run, fleet_cpu_s: float) -> dict[str, object]:
    if run.driven >= run.users or not run.tally.answered:
        return {}
    rate = run.users / run.think_s
    asked = run.tally.answered + run.idle.again.answered
    return {
        "requests_per_s": round(rate, 1),
        "fleet_cpu_cores": round(fleet_cpu_s / asked * rate, 2),
        "how": "processor seconds a request as measured, times the requests of all users",
    }


def _guess(run: Run, fleet_cpu_s: float) -> str:
    guess = _extrapolated(run, fleet_cpu_s)
    if not guess:
        return "nothing, for nothing was answered"
    return (
        f"all {run.users} users would ask {guess['requests_per_s']} requests/s and take"
        f" {guess['fleet_cpu_cores']} cores of the fleet; this was not driven"
    )


def _quantiles(of: Quantile) -> dict[str, float | None]:
    return {name: _ms(of(share)) for name, share in SHARES.items()}


def _words(of: Quantile) -> str:
    return ", ".join(
        f"{name} {'-' if value is None else f'{value:.1f} ms'}"
        for name, value in _quantiles(of).items()
    )


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 2)
