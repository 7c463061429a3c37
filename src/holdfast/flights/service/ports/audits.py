"""The port of the auditor: whether what was sold, taken and paid still adds up."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

MAX_EXAMPLES = 5
"""Examples of what is wrong that an assertion names."""
SWEEP_BOUND_S = 60.0
"""A hold may be overdue so long before the auditor calls it stuck: a few rounds of the sweeper."""


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

    async def audit(self, sweep_bound_s: float = SWEEP_BOUND_S) -> AuditReport:
        """All six assertions (flights-rules, section 3.1)."""
