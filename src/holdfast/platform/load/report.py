"""PURE. What a run says of itself: what was asked, how it was answered, and what it cost.

Measured and extrapolated numbers never share a line. Extrapolating is one multiplication: processor
time a request, times the requests of the whole crowd. It knows nothing of what breaks first beyond.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

from holdfast.platform.load.tally import Cost, Tally

SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
Quantile = Callable[[float], float | None]


@dataclass(frozen=True, slots=True)
class IdleSeen:
    """Idle connections: wanted, held, still open at the end; asked again and answered."""

    wanted: int = 0
    held: int = 0
    open_at_end: int = 0
    asked_again: int = 0
    answered_again: int = 0
    refused: Mapping[str, int] | None = None


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
        "idle": asdict(run.idle),
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
    if run.idle.wanted:
        idle = run.idle
        lines.append(
            f"idle         {idle.held} of {idle.wanted} held, {idle.open_at_end} open at the end,"
            f" {idle.answered_again} of {idle.asked_again} answered again {idle.refused or ''}"
        )
    lines.append(
        f"processor    fleet {said['fleet_cpu_cores']} cores, generator"
        f" {said['generator_cpu_cores']}, of {run.cores}"
    )
    for name, held in sorted(run.cost.memory.items()):
        used = run.cost.cpu_s.get(name, 0.0) / run.seconds
        lines.append(f"  {name:<20} {used:6.2f} cores {held / (1 << 20):8.1f} MB")
    if run.driven < run.users:
        lines.append(f"extrapolated {_guess(run, sum(run.cost.cpu_s.values()))}")
    return lines


def _extrapolated(run: Run, fleet_cpu_s: float) -> dict[str, object]:
    if run.driven >= run.users or not run.tally.answered:
        return {}
    rate = run.users / run.think_s
    return {
        "requests_per_s": round(rate, 1),
        "fleet_cpu_cores": round(fleet_cpu_s / run.tally.answered * rate, 2),
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
