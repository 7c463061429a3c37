"""`ParkedPrices` on PostgreSQL. A decision and a delivery of the same airline never meet."""

from collections.abc import Sequence
from typing import TypeVar

from holdfast.flights.domain.fare import Price
from holdfast.flights.domain.price_plan import approve
from holdfast.flights.domain.price_rule import PriceRule
from holdfast.flights.service.ports.parked_prices import WaitingPrice
from holdfast.flights.store.fares import FARES, TIERS, lock_fares
from holdfast.flights.store.price_writer import Kind, Moment, write_changes
from holdfast.flights.store.statements import queries
from holdfast.flights.store.versions import bump
from holdfast.platform.data.database import Database, Row, Transaction

SQL = queries("fares")
K = TypeVar("K")


class PostgresParkedPrices:
    """See `ParkedPrices`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def waiting(self, airline: str, after: int, limit: int) -> Sequence[WaitingPrice]:
        """See `ParkedPrices.waiting`."""
        rows = await self._database.fetch(SQL.waiting_prices, airline, after, limit)
        return [
            WaitingPrice(
                id=row["id"],
                airline=row["airline"],
                what=row["what"],
                currency=row["currency"],
                accepted=Price(row["s_total"], row["s_tax"]),
                asked=Price(row["total"], row["tax"]),
                sequence=row["sequence"],
                parked_at=row["parked_at"],
                is_on_sale=row["is_on_sale"],
            )
            for row in rows
        ]

    async def approve(self, id: int, now: float, rule: PriceRule) -> bool:  # noqa: A002
        """See `ParkedPrices.approve`."""

        async def work(tx: Transaction) -> bool:
            found = await tx.fetchrow(SQL.parked_price, id)
            if found is None:
                return False
            airline = found["airline"]
            await lock_fares(tx, airline)
            is_fare = found["fare_id"] is not None
            row = await tx.fetchrow(SQL.parked_fare if is_fare else SQL.parked_tier, id)
            if row is None:  # a delivery overtook it meanwhile
                return False
            moment = Moment(airline, row["s_seq"], now, rule)
            if is_fare:
                await _approve(tx, FARES, row, moment)
            else:
                await _approve(tx, TIERS, row, moment)
            await bump(tx, airline, "fares")
            return True

        return await self._database.transact(work)

    async def refuse(self, id: int, now: float, by: str) -> bool:  # noqa: A002
        """See `ParkedPrices.refuse`."""
        return bool(await self._database.execute(SQL.refuse_price, id, by, now))


async def _approve(tx: Transaction, kind: Kind[K], row: Row, moment: Moment) -> None:
    held, words = kind.held_of(row), kind.words_of(row)
    change = approve(held, moment.now, moment.rule)
    await write_changes(
        tx,
        kind,
        [change],
        moment,
        words=lambda _: words,
        before={held.id: held},
        unpark=[held.id],
    )
