"""The law of auditing prices over HTTP: no published price rose sooner than was promised."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from msgspec import Struct

from holdfast.flights.domain.delivery import is_airline
from holdfast.flights.domain.price_rule import RULE, PriceRule
from holdfast.flights.entrypoints.http.faults import invalid_field
from holdfast.flights.entrypoints.http.operation import Call, Operation, elsewhere
from holdfast.flights.entrypoints.http.parameters import text
from holdfast.flights.service.ports.price_log import PriceLog, Rise

ANSWER_S = 60.0
"""It reads the whole log."""


class RiseShape(Struct, frozen=True):
    """A price that rose `gap_s` seconds after its last change; totals in minor units."""

    airline: str
    what: str
    at: datetime
    before: int
    after: int
    gap_s: float

    @classmethod
    def of(cls, one: Rise) -> "RiseShape":
        at = datetime.fromtimestamp(one.at, UTC)
        return cls(one.airline, one.what, at, one.before, one.after, one.gap_s)


class PriceAuditShape(Struct, frozen=True):
    """`ok`: no price rose within `dwell_s` seconds after its last change; else the first ones."""

    ok: bool
    dwell_s: float
    rises: list[RiseShape]


PRICE_AUDIT = Operation(
    "GET",
    "/api/flights/prices/audit",
    "Check that no price rose sooner than promised",
    elsewhere,
    PriceAuditShape,
    parameters=(text("airline", 3, "Only of this airline."),),
    scope="operate",
    envelope=False,
    dialect="native",
    answer_s=ANSWER_S,
    tag="prices",
)
DECLARED = (PRICE_AUDIT,)


@dataclass(frozen=True, slots=True)
class PriceAuditing:
    """The handler."""

    log: PriceLog
    rule: PriceRule = RULE

    async def audit(self, call: Call) -> PriceAuditShape:
        """What the log says."""
        airline = call.text("airline") or ""
        if airline and not is_airline(airline):
            raise invalid_field("airline", "It must be an airline's code such as BA.")
        rises = await self.log.rises_too_soon(airline, self.rule)
        return PriceAuditShape(not rises, self.rule.dwell_s, [RiseShape.of(one) for one in rises])

    def operations(self) -> Sequence[Operation]:
        """Its declaration, served."""
        return (PRICE_AUDIT.by(self.audit),)
