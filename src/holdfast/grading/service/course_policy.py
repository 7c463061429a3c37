"""What a store must know of its course: whose it is, who may act for a student, how leases run.

Both stores decide by it alone, so that a node never decides about identity or leases.
"""

from dataclasses import dataclass
from typing import Literal

from holdfast.grading.domain.rules import PRACTICE_SCALE, Rules

IdentityMode = Literal["open", "claimed", "pin"]
"""`open`: an id is enough. `claimed`: only from addresses that the student has claimed it from.
`pin`: an id is enough, for it is a secret, and nobody else is shown it."""


@dataclass(frozen=True, slots=True)
class CoursePolicy:
    """The part of a course's rules that the store enforces. Times in seconds, already scaled."""

    course: str = "course"
    identity: IdentityMode = "open"
    lease_s: float = 300.0
    renew_min_s: float = 120.0
    practice_factor: float = PRACTICE_SCALE
    """Both are so much shorter in practice mode."""

    @classmethod
    def of(cls, rules: Rules, *, course: str, identity: IdentityMode) -> "CoursePolicy":
        """The policy that follows from the rules, practice factor applied."""
        factor = rules.in_practice.time_scale / rules.time_scale
        return cls(course, identity, rules.lease_scaled_s, rules.renew_min_scaled_s, factor)

    def at(self, is_practice: bool) -> tuple[float, float]:
        """Length of a lease and minimum distance of renewals, in practice mode or out of it."""
        factor = self.practice_factor if is_practice else 1.0
        return self.lease_s * factor, self.renew_min_s * factor


MAX_CLAIMS_PER_STUDENT = 8
"""Addresses that may act for one student at once: home, campus, a phone, some spare."""
ANSWER_MEMORY_S = 3600.0
"""How long the answer to a registration is remembered for its retry: far beyond any deadline."""
MAX_INCIDENTS = 20_000
"""Incidents kept for a course, the newest: at one or two kB each, some ten megabytes."""
NODE_MEMORY_S = 86_400.0
"""How long a silent incarnation is remembered: its attempts are long closed by then."""
LOST_ROWS_S = 86_400.0
"""How long the rows of an attempt are kept whose node was lost: there is no transcript of it."""
LEASES_FROM_LIMIT = 100
"""Leases of one address that are listed: a lecture hall behind one address."""

REAPED_REASON = (
    "The server that ran this attempt stopped before it could decide. "
    "The attempt does not count: please try again."
)
"""What a student reads on an attempt whose node was lost."""
