"""What honouring prices has cost, by airline and currency, against what it may cost.

The database's function `absorb` counts in the transaction that sells. One counter row for each
airline is enough: most orders cost nothing and do not come here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from holdfast.flights.domain.absorbed import budget_exhausted
from holdfast.flights.service.ports.promise_costs import PromiseCost
from holdfast.flights.store.statements import queries
from holdfast.flights.store.versions import bump
from holdfast.platform.data.database import Calls, Transaction

SQL = queries("fares")


@dataclass(frozen=True, slots=True)
class Budget:
    """`budget` None: no limit. Minor units of `currency`."""

    airline: str
    currency: str
    budget: int | None
    spent: int

    @property
    def is_exhausted(self) -> bool:
        """Whether nothing more may be absorbed."""
        return budget_exhausted(self.budget, self.spent)


async def set_budget(tx: Transaction, airline: str, currency: str, budget: int | None) -> None:
    """Allow so much in all (None: no limit)."""
    await tx.execute(SQL.set_budget, airline, currency, budget)
    await bump(tx, airline, "fares")


async def add_absorbed(tx: Transaction, airline: str, currency: str, minor: int) -> Budget:
    """Count what an order cost; when that uses the budget up, readers of fares are told."""
    row = await tx.fetchrow(SQL.add_absorbed, airline, currency, minor)
    assert row is not None
    return Budget(airline, currency, row["budget"], row["spent"])


async def reset_absorbed(tx: Transaction, airline: str) -> None:
    """Begin to count anew, as with a new month."""
    await tx.execute(SQL.reset_absorbed, airline)
    await bump(tx, airline, "fares")


async def budgets(calls: Calls, airline: str = "") -> list[Budget]:
    """The budgets of one airline, or of all."""
    rows = await calls.fetch(SQL.budgets, airline)
    return [Budget(row["airline"], row["currency"], row["budget"], row["spent"]) for row in rows]


@dataclass(frozen=True, slots=True)
class PostgresPromiseCosts:
    """`PromiseCosts` of the database."""

    calls: Calls

    async def costs(self) -> Sequence[PromiseCost]:
        """See `PromiseCosts.costs`."""
        return [
            PromiseCost(one.airline, one.currency, one.budget, one.spent)
            for one in await budgets(self.calls)
        ]
