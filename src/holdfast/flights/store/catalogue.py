"""The catalogue on PostgreSQL: what airlines filed, with stamps, and what is taken of it now.

A replica may answer all of it: schedules and fares are stamped in the transaction that changes
them, and whoever books is told by the leader what is really left.
"""

from collections.abc import Mapping, Sequence

from holdfast.flights.domain.fare import Cabin, ClassLimits, PublishedFare
from holdfast.flights.domain.flight import LegKey
from holdfast.flights.domain.schedule import LegPattern
from holdfast.flights.service.ports.catalogue import LegSold, PublishedTier, Subject
from holdfast.flights.store import fares as filed
from holdfast.flights.store.order_rows import leg_of, leg_text
from holdfast.flights.store.schedule import schedule_of
from holdfast.flights.store.statements import queries
from holdfast.flights.store.versions import versions
from holdfast.platform.data.database import Database

SQL = queries("catalogue")
MAX_LEGS = 5000
"""Legs of one statement; a search of six slices has some hundreds."""


class PostgresCatalogue:
    """`Catalogue` on a database whose schema `flights` is up to date."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def versions(self) -> Mapping[tuple[str, Subject], int]:
        """See `Catalogue.versions`."""
        return await versions(self._database)

    async def schedule(self, airline: str) -> Sequence[LegPattern]:
        """See `Catalogue.schedule`."""
        return await schedule_of(self._database, airline)

    async def fares(self, airline: str) -> Sequence[PublishedFare]:
        """See `Catalogue.fares`."""
        return await filed.fares_of(self._database, airline)

    async def limits(self, airline: str) -> Sequence[ClassLimits]:
        """See `Catalogue.limits`."""
        return await filed.limits_of(self._database, airline)

    async def tiers(self, airline: str) -> Sequence[PublishedTier]:
        """See `Catalogue.tiers`."""
        return await filed.tiers_of(self._database, airline)

    async def sold(self, legs: Sequence[LegKey]) -> Mapping[tuple[LegKey, Cabin], LegSold]:
        """See `Catalogue.sold`."""
        if not legs:
            return {}
        assert len(legs) <= MAX_LEGS
        rows = await self._database.fetch(SQL.taken_of_legs, [leg_text(leg) for leg in legs])
        return {
            (leg_of(row["leg"]), Cabin(row["cabin"])): LegSold(
                row["capacity"],
                row["taken"],
                dict(zip(row["classes"], row["taken_by_class"], strict=True)),
            )
            for row in rows
        }
