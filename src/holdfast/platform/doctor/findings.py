"""PURE. A finding: what is so, how bad that is, and what to do about it; and how findings are told.

Exit code 1 is for problems only: a warning is for a person to weigh.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum


class Standing(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence of what is so in an `area`, and one of what to do; `todo` is empty when all is
    well."""

    area: str
    standing: Standing
    what: str
    todo: str = ""


def well(area: str, what: str) -> Finding:
    """Nothing to do."""
    return Finding(area, Standing.OK, what)


def doubtful(area: str, what: str, todo: str) -> Finding:
    """It runs, and may not for long."""
    return Finding(area, Standing.WARNING, what, todo)


def wrong(area: str, what: str, todo: str) -> Finding:
    """It will not run, or not keep its promises."""
    return Finding(area, Standing.PROBLEM, what, todo)


def exit_code(findings: Sequence[Finding]) -> int:
    """1 when there is a problem, else 0."""
    return int(any(one.standing is Standing.PROBLEM for one in findings))


def counted(findings: Sequence[Finding]) -> dict[str, int]:
    """How many of each standing."""
    return {
        standing.value: sum(one.standing is standing for one in findings) for standing in Standing
    }


def as_json(findings: Sequence[Finding]) -> dict[str, object]:
    """For programs."""
    return {"counts": counted(findings), "findings": [asdict(one) for one in findings]}


def as_lines(findings: Sequence[Finding]) -> list[str]:
    """For people: a line each, and below it what to do."""
    lines = []
    for one in findings:
        lines.append(f"{one.standing.value:<8} {one.area:<9} {one.what}")
        if one.todo:
            lines.append(f"{'':<18} -> {one.todo}")
    counts = counted(findings)
    lines.append(f"{counts['problem']} problems, {counts['warning']} warnings, {counts['ok']} ok")
    return lines
