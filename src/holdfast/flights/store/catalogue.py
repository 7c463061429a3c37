"""The catalogue on PostgreSQL: what airlines filed, with stamps, and what is taken of it now.

Give it one server's door, the leader's or one replica's: a stamp of one server with the data of
another that lags would be kept as new. What is left may be a little old; who books is told by the
leader.
"""

from collections.abc import Collection, Mapping, Sequence

from holdfast.flights.domain.fare import Cabin, ClassLimits, PublishedFare
from holdfast.flights.domain.flight import LegKey
from holdfast.flights.domain.schedule import LegPattern
from holdfast.flights.service.ports.catalogue import LegSold, PublishedTier, Subject
from holdfast.flights.store.absorbed_budgets import budgets
from holdfast.flights.store.fares import fares_of, limits_of, tiers_of
from holdfast.flights.store.inventory import sold
from holdfast.flights.store.schedule import schedule_of
from holdfast.flights.store.versions import versions
from holdfast.platform.data.database import Database

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
        return await fares_of(self._database, airline)

    async def limits(self, airline: str) -> Sequence[ClassLimits]:
        """See `Catalogue.limits`."""
        return await limits_of(self._database, airline)

    async def exhausted(self, airline: str) -> Collection[str]:
        """See `Catalogue.exhausted`."""
        found = await budgets(self._database, airline)
        return [one.currency for one in found if one.is_exhausted]

    async def tiers(self, airline: str) -> Sequence[PublishedTier]:
        """See `Catalogue.tiers`."""
        return await tiers_of(self._database, airline)

    async def sold(self, legs: Sequence[LegKey]) -> Mapping[tuple[LegKey, Cabin], LegSold]:
        """See `Catalogue.sold`."""
        if not legs:
            return {}
        assert len(legs) <= MAX_LEGS
        return await sold(self._database, legs)
