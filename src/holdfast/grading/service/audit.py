"""Audit: whether what was graded still adds up: the port of the auditor, and its report for people.

An assertion that does not hold is a defect of ours or a damaged database; no student can cause one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

MAX_EXAMPLES = 5
"""Examples of what is wrong that an assertion names."""
STUCK_S = 60.0
"""An attempt may be open so long without a living node; the reaper comes after some seconds."""

MEANINGS = {
    "best_results_are_attempts": "each best result is what its attempt says",
    "best_results_are_best": "what was passed counts, and nothing beats a best result",
    "open_attempts_have_a_node": "each attempt that runs is played by a node that lives",
    "closed_attempts_are_whole": "each verdict of a node has its checks or its reason, in order",
    "leases_were_granted": "each lease is what its registration was answered",
}


@dataclass(frozen=True, slots=True)
class Assertion:
    """`checked` things were looked at, `wrong` of them are not so; some of those as examples."""

    name: str
    checked: int
    wrong: int
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AuditReport:
    """All assertions at one moment of the database."""

    at: datetime
    assertions: tuple[Assertion, ...]

    @property
    def is_green(self) -> bool:
        """Whether nothing is wrong."""
        return not any(one.wrong for one in self.assertions)


class Auditor(Protocol):
    """Reads everything at one moment; changes nothing."""

    async def audit(self, stuck_s: float = STUCK_S) -> AuditReport:
        """All assertions of `MEANINGS`, in that order."""


def lines(report: AuditReport) -> Iterator[str]:
    """A report for a terminal: one line for each assertion, its examples below."""
    for one in report.assertions:
        word = "wrong" if one.wrong else "ok"
        tally = f"{one.wrong} of {one.checked}" if one.wrong else f"{one.checked} checked"
        yield f"{word:<6}{one.name:<28}{tally:<18}{MEANINGS[one.name]}"
        yield from (f"      {example}" for example in one.examples)
