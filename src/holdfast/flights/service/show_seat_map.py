"""Seat maps: of an offer before it is taken, of an order that stands; and back from ids to seats.

Prices of seats follow the price rule. With an offer they are those of the moment when it was made,
or lower; with an order those of now. What is taken is asked of the leader at that moment.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from holdfast.flights.domain import price_rule
from holdfast.flights.domain.fare import SeatTier
from holdfast.flights.domain.flight import LegKey
from holdfast.flights.domain.offer import Offer
from holdfast.flights.domain.order import Order, SeatChoice
from holdfast.flights.domain.price_rule import RULE, PriceRule
from holdfast.flights.domain.seat_map import Seating, SeatMap, choices, seat_map, seatings
from holdfast.flights.service.ports.catalogue import PublishedTier
from holdfast.platform.runtime.clock import Clock

TiersOf = Callable[[str], Awaitable[Sequence[PublishedTier]]]
"""The seat tiers of an airline."""
TakenOf = Callable[[Sequence[LegKey]], Awaitable[Mapping[LegKey, frozenset[str]]]]
"""Designators that cannot be had, by leg."""


@dataclass(frozen=True, slots=True)
class ShowSeatMaps:
    """The use cases. Maps come in the order of the flights; aircraft of which nothing is known
    have none."""

    tiers_of: TiersOf
    taken_of: TakenOf
    clock: Clock
    rule: PriceRule = RULE

    async def of_offer(self, offer: Offer) -> list[SeatMap]:
        """The maps of an offer's segments."""
        return await self._maps(offer.id, offer, offer.created_at)

    async def of_order(self, order: Order) -> list[SeatMap]:
        """The maps of an order's segments; whoever has a seat is offered none."""
        return await self._maps(order.id, order.offer, self.clock.wall(), order.seats)

    async def chosen_with_offer(
        self, offer: Offer, service_ids: Collection[str]
    ) -> dict[str, SeatChoice]:
        """The seats that these services of an offer's maps mean; unknown ids are left out."""
        return await self._choices(offer.id, offer, offer.created_at, service_ids)

    async def chosen_with_order(
        self, order: Order, service_ids: Collection[str]
    ) -> dict[str, SeatChoice]:
        """The same for the maps of an order."""
        return await self._choices(order.id, order.offer, self.clock.wall(), service_ids)

    async def seats_now(self, order: Order) -> tuple[SeatChoice, ...]:
        """The order's seats, each at what it costs now where that is less than what it did; seats
        were chosen from the maps of its offer or from its own."""
        ids, at = [one.service_id for one in order.seats], self.clock.wall()
        found = {
            **await self._choices(order.offer.id, order.offer, at, ids),
            **await self._choices(order.id, order.offer, at, ids),
        }
        return tuple(
            replace(one, price=found[one.service_id].price)
            if one.service_id in found and found[one.service_id].price.minor < one.price.minor
            else one
            for one in order.seats
        )

    async def _maps(
        self, owner_id: str, offer: Offer, at: datetime, seats: Sequence[SeatChoice] = ()
    ) -> list[SeatMap]:
        tiers = await self._tiers(offer, at)
        taken = await self.taken_of(_legs(offer))
        found = []
        for asked in seatings(owner_id, offer, tiers):
            legs = [leg.key for leg in asked.sold.segment.legs]
            on_any = frozenset().union(*(taken.get(leg, frozenset()) for leg in legs))
            seated = {one.passenger_id for one in seats if one.segment_id == asked.sold.id}
            shown = seat_map(replace(asked, taken=on_any, seated=seated))
            if shown.cabins:
                found.append(shown)
        return found

    async def _choices(
        self, owner_id: str, offer: Offer, at: datetime, service_ids: Collection[str]
    ) -> dict[str, SeatChoice]:
        if not service_ids:
            return {}
        tiers = await self._tiers(offer, at)
        found: dict[str, SeatChoice] = {}
        for asked in seatings(owner_id, offer, tiers):
            found.update(choices(asked, service_ids))
        return found

    async def _tiers(self, offer: Offer, at: datetime) -> dict[str, list[SeatTier]]:
        """The tiers of all airlines that fly the offer, at the prices of that moment."""
        moment_s = at.timestamp()
        airlines = dict.fromkeys(leg.carrier for leg in _legs(offer))
        return {
            airline: [_priced(one, moment_s, self.rule) for one in await self.tiers_of(airline)]
            for airline in airlines
        }


def seating_of(offer: Offer, segment_id: str) -> Seating | None:
    """What is asked of one segment, without tiers; None if the offer has no such segment."""
    return next((one for one in seatings(offer.id, offer, {}) if one.sold.id == segment_id), None)


def _priced(published: PublishedTier, moment_s: float, rule: PriceRule) -> SeatTier:
    price = price_rule.read_at(published.state, published.rise, moment_s, rule)
    return replace(published.tier, price=price)


def _legs(offer: Offer) -> list[LegKey]:
    return [leg.key for one in offer.slices for sold in one.segments for leg in sold.segment.legs]
