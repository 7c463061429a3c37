"""`PriceLog` on PostgreSQL: the table `price_changes`, which `store.price_writer` writes."""

from collections.abc import Sequence

from holdfast.flights.domain.price_rule import PriceRule
from holdfast.flights.service.ports.price_log import Rise
from holdfast.flights.store.fares import forget_prices, rises_too_soon
from holdfast.platform.data.database import Database


class PostgresPriceLog:
    """See `PriceLog`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def rises_too_soon(self, airline: str, rule: PriceRule) -> Sequence[Rise]:
        """See `PriceLog.rises_too_soon`."""
        return [
            Rise(
                airline=row["airline"],
                what=f"fare {row['fare_id']}" if row["fare_id"] else f"tier {row['tier_id']}",
                at=row["at"],
                before=row["before"],
                after=row["p_total"],
                gap_s=row["gap"],
            )
            for row in await rises_too_soon(self._database, airline, rule)
        ]

    async def forget(self, before: float) -> int:
        """See `PriceLog.forget`."""
        return await forget_prices(self._database, before)
