"""The catalogue on PostgreSQL: what airlines filed, with stamps, and what is taken of it now.

Stamps are the leader's. What they stamp comes from a replica that has replayed all that was there
when they were read, so it is never older than its stamp. What is left may be `SOLD_AGE_S` old; who
books is told by the leader.
"""

from collections.abc import Collection, Mapping, Sequence

from holdfast.flights.domain.fare import Cabin, ClassLimits, PublishedFare
from holdfast.flights.domain.flight import LegKey
from holdfast.flights.domain.pricing import Flown
from holdfast.flights.domain.schedule import LegPattern
from holdfast.flights.service.ports.catalogue import LegSold, PublishedTier, Subject
from holdfast.flights.store.absorbed_budgets import budgets
from holdfast.flights.store.fares import fares_for, fares_of, limits_of, tiers_of
from holdfast.flights.store.inventory import sold
from holdfast.flights.store.schedule import schedule_of
from holdfast.flights.store.versions import versions
from holdfast.platform.data.database import Database, Reader

MAX_LEGS = 5000
"""Legs of one statement; a search of six slices has some hundreds."""
SOLD_AGE_S = 1.0
"""How old the seats left of a search may be, or the tiers of a seat map; what is booked is checked
again by the leader."""


class PostgresCatalogue:
    """`Catalogue` on a database whose schema `flights` is up to date."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._after = 0

    async def versions(self) -> Mapping[tuple[str, Subject], int]:
        """See `Catalogue.versions`."""
        found = await versions(self._database)
        if self._database.has_replicas:
            self._after = await self._database.position()
        return found

    async def schedule(self, airline: str) -> Sequence[LegPattern]:
        """See `Catalogue.schedule`."""
        return await schedule_of(self._database, airline)

    async def fares(self, airline: str) -> Sequence[PublishedFare]:
        """See `Catalogue.fares`."""
        return await fares_of(self._stamped, airline)

    async def fares_for(self, flown: Flown) -> Sequence[PublishedFare]:
        """See `Catalogue.fares_for`."""
        return await fares_for(self._database, flown)

    async def limits(self, airline: str) -> Sequence[ClassLimits]:
        """See `Catalogue.limits`."""
        return await limits_of(self._stamped, airline)

    async def exhausted(self, airline: str) -> Collection[str]:
        """See `Catalogue.exhausted`."""
        found = await budgets(self._stamped, airline)
        return [one.currency for one in found if one.is_exhausted]

    async def tiers(self, airline: str) -> Sequence[PublishedTier]:
        """See `Catalogue.tiers`."""
        return await tiers_of(self._stamped, airline)

    async def sold(self, legs: Sequence[LegKey]) -> Mapping[tuple[LegKey, Cabin], LegSold]:
        """See `Catalogue.sold`."""
        if not legs:
            return {}
        assert len(legs) <= MAX_LEGS
        return await sold(self._database.reader(max_age_s=SOLD_AGE_S), legs)

    @property
    def _stamped(self) -> Reader:
        """A server that has all that the last stamps speak of; who never asked for stamps is told
        nothing that is older than `SOLD_AGE_S`."""
        return self._database.reader(after=self._after, max_age_s=SOLD_AGE_S)
