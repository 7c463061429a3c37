"""PURE. The table of `holdfast fleet`: a line for each node, the worst news first to be seen.

Names and versions come from nodes and are shown as they are: the heartbeats' format allows only
plain characters in them.
"""

from collections.abc import Mapping, Sequence

from holdfast.platform.balancer.fleet_view import TAKES_CLIENTS, FleetState, NodeRow

HEADINGS = (
    "NODE",
    "STATE",
    "SERVICES",
    "CLIENTS",
    "LOAD",
    "LAG",
    "WEIGHT",
    "ERRORS",
    "BEAT",
    "VERSION",
)
NUMBERS = frozenset({"CLIENTS", "LOAD", "LAG", "WEIGHT", "ERRORS", "BEAT"})


def table(states: Mapping[str, FleetState | str]) -> list[str]:
    """Lines for one or more balancers, by their names; a text stands for one that told nothing."""
    lines: list[str] = []
    for name, state in states.items():
        if isinstance(state, str):
            lines += [f"balancer {name}: {state}", ""]
            continue
        lines.append(_headline(name, state))
        lines += _grid([HEADINGS, *(_cells(node) for node in state.nodes)])
        lines += [f"nobody takes new clients of {service}" for service in state.unserved]
        lines += [f"panic: all members of {service} are used" for service in state.balancer.panic]
        lines.append("")
    return lines[:-1]


def _headline(name: str, state: FleetState) -> str:
    own = state.balancer
    refused = sum(sum(row.refused.values()) for row in state.listeners)
    rejected = sum(own.beats_rejected.values())
    words = [
        f"balancer {name}",
        f"up {duration(own.uptime_s)}",
        f"{own.clients} connections",
        f"{own.flows} flows",
        f"{refused} refused",
        f"{rejected} beats rejected",
    ]
    if own.stopping:
        words.append("STOPPING")
    return ", ".join(words)


def _cells(node: NodeRow) -> tuple[str, ...]:
    fit = sum(row.standing == TAKES_CLIENTS for row in node.services)
    weights = sorted({row.weight for row in node.services})
    shares = [row.share for row in node.services if row.share < 1]
    state = node.standing + (f" {min(shares):.0%}" if shares else "")
    load = f"{node.running}/{node.capacity}" if node.capacity else str(node.running)
    return (
        node.node,
        state,
        f"{fit}/{len(node.services)}",
        str(node.clients),
        load,
        duration(node.loop_lag_s),
        ",".join(f"{weight:g}" for weight in weights),
        str(node.errors),
        duration(node.beat_age_s),
        node.version or "-",
    )


def _grid(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if heading in NUMBERS else cell.ljust(width)
            for cell, width, heading in zip(row, widths, HEADINGS, strict=True)
        ]
        lines.append("  ".join(cells).rstrip())
    return lines


def duration(seconds: float) -> str:
    """A time for people: 12ms, 1.5s, 3m, 5h, 2d."""
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f}ms"
    for limit, size, unit in ((90, 1, "s"), (5_400, 60, "m"), (172_800, 3_600, "h")):
        if seconds < limit:
            return f"{seconds / size:.1f}{unit}" if unit == "s" else f"{seconds / size:.0f}{unit}"
    return f"{seconds / 86_400:.0f}d"
