"""Verdicts and checks: what an attempt came to, and why.

PURE. Within one attempt a verdict only worsens: pass < fail < inconclusive < infrastructure.
Only pass and fail affect standings; the other two give a free retry.
"""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What an attempt came to, in the order in which it may worsen."""

    PASS = "pass"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    INFRASTRUCTURE = "infrastructure"

    @property
    def counts(self) -> bool:
        """True if the verdict may change standings."""
        return self in (Verdict.PASS, Verdict.FAIL)


_ORDER = tuple(Verdict)


def worst(*verdicts: Verdict) -> Verdict:
    """The worst of the verdicts; pass when there are none."""
    return max(verdicts, key=_ORDER.index, default=Verdict.PASS)


class CheckState(StrEnum):
    """How one check of an attempt ended. A check that was never reached has not failed."""

    PASS = "pass"
    FAIL = "fail"
    NOT_REACHED = "not reached"


@dataclass(frozen=True, slots=True)
class CheckSpec:
    """A check that a scenario promises: its name, what it means for a reader, and its points."""

    name: str
    title: str
    points: int = 1


@dataclass(frozen=True, slots=True)
class Check:
    """One check of one attempt. `hint` tells the student what was wrong, empty when it passed."""

    name: str
    state: CheckState
    points: int
    hint: str = ""
