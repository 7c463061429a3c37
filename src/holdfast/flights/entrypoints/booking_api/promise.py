"""The price promise over HTTP: what it cost to sell at prices that the airlines had raised."""

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec import Struct

from holdfast.flights.domain.money import amount_text
from holdfast.flights.entrypoints.http.operation import Call, Operation, elsewhere
from holdfast.flights.service.ports.promise_costs import PromiseCost, PromiseCosts


class PromiseCostShape(Struct, frozen=True):
    """What an airline's prices cost, and what they may cost (null: no limit), as decimal texts."""

    airline: str
    currency: str
    spent: str
    budget: str | None

    @classmethod
    def of(cls, one: PromiseCost) -> "PromiseCostShape":
        budget = None if one.budget is None else amount_text(one.budget, one.currency)
        return cls(one.airline, one.currency, amount_text(one.spent, one.currency), budget)


class PromiseShape(Struct, frozen=True):
    """All of them, by airline and currency."""

    costs: list[PromiseCostShape]


PROMISE = Operation(
    "GET",
    "/api/flights/promise",
    "What it cost to honour prices",
    elsewhere,
    PromiseShape,
    scope="operate",
    envelope=False,
    dialect="native",
    tag="prices",
)
DECLARED = (PROMISE,)


@dataclass(frozen=True, slots=True)
class Promise:
    """The handler."""

    counted: PromiseCosts

    async def costs(self, _: Call) -> PromiseShape:
        """What was counted."""
        return PromiseShape([PromiseCostShape.of(one) for one in await self.counted.costs()])

    def operations(self) -> Sequence[Operation]:
        """Its declaration, served."""
        return (PROMISE.by(self.costs),)
