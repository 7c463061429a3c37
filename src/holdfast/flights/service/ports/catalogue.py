"""The read side: what is sold, as search, status and seat maps see it. Replicas may answer."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from holdfast.flights.domain.fare import (
    Cabin,
    ClassLimits,
    PriceState,
    PublishedFare,
    Rise,
    SeatTier,
)
from holdfast.flights.domain.flight import LegKey
from holdfast.flights.domain.pricing import Flown
from holdfast.flights.domain.schedule import LegPattern

Subject = Literal["schedule", "fares", "status"]


@dataclass(frozen=True, slots=True)
class PublishedTier:
    """A seat tier with the state of its price (`SeatTier.price` is the supplier's).

    `rise`: what its price was before it rose last, for offers that were made before.
    """

    id: int
    tier: SeatTier
    state: PriceState
    rise: Rise | None = None


@dataclass(frozen=True, slots=True)
class LegSold:
    """What is taken of one leg and cabin now: seats sold and validly held, in all and by class.

    `capacity` includes authorised overbooking.
    """

    capacity: int
    taken: int
    taken_by_class: Mapping[str, int] = field(default_factory=dict)


class Catalogue(Protocol):
    """Everything is stamped: `versions` tells cheaply whether anything changed."""

    async def versions(self) -> Mapping[tuple[str, Subject], int]:
        """The version of each airline's subjects; a missing one has none."""

    async def schedule(self, airline: str) -> Sequence[LegPattern]:
        """All leg patterns of an airline."""

    async def fares(self, airline: str) -> Sequence[PublishedFare]:
        """All fares of an airline that are not withdrawn."""

    async def fares_for(self, flown: Flown) -> Sequence[PublishedFare]:
        """Those of its carrier's fares that may be good for one flight and date."""

    async def limits(self, airline: str) -> Sequence[ClassLimits]:
        """The booking class limits of an airline."""

    async def exhausted(self, airline: str) -> Collection[str]:
        """The currencies in which an airline's budget for honouring prices is used up; a change of
        that is a new version of its fares."""

    async def tiers(self, airline: str) -> Sequence[PublishedTier]:
        """The seat tiers of an airline."""

    async def sold(self, legs: Sequence[LegKey]) -> Mapping[tuple[LegKey, Cabin], LegSold]:
        """What is taken of these legs now. A leg of which nothing was ever taken is left out."""
