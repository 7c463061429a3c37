"""The audit over HTTP: whether what was sold, taken and paid adds up, at one moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from msgspec import Struct

from holdfast.flights.entrypoints.http.operation import Call, Operation, elsewhere
from holdfast.flights.service.audit import MEANINGS, audit
from holdfast.flights.service.ports.audits import Assertion, Auditor

ANSWER_S = 60.0
"""It reads every live order and counter."""


class AssertionShape(Struct, frozen=True):
    """One assertion: what it means, how much was looked at, how much is wrong, some of that."""

    name: str
    meaning: str
    checked: int
    wrong: int
    examples: list[str]

    @classmethod
    def of(cls, one: Assertion) -> "AssertionShape":
        return cls(one.name, MEANINGS[one.name], one.checked, one.wrong, list(one.examples))


class AuditShape(Struct, frozen=True):
    """All assertions at the moment `at`; `ok` when nothing is wrong."""

    ok: bool
    at: datetime
    assertions: list[AssertionShape]


AUDIT = Operation(
    "GET",
    "/api/flights/audit",
    "Check that no seat and no money was lost",
    elsewhere,
    AuditShape,
    scope="operate",
    envelope=False,
    dialect="native",
    answer_s=ANSWER_S,
    tag="audit",
)
DECLARED = (AUDIT,)


@dataclass(frozen=True, slots=True)
class Auditing:
    """The handler."""

    auditor: Auditor

    async def audit(self, _: Call) -> AuditShape:
        """The report."""
        report = await audit(self.auditor)
        shapes = [AssertionShape.of(one) for one in report.assertions]
        return AuditShape(report.is_green, report.at, shapes)

    def operations(self) -> Sequence[Operation]:
        """Its declaration, served."""
        return (AUDIT.by(self.audit),)
