"""Price a held order anew: its price guarantee has ended, its seats are still kept (G5).

The new price is the published one of the same fares at that moment, lowered to what this viewer was
shown in the last hour (G3); chosen seats cost what they did, or less. It is guaranteed for as long
as an offer's. Who accepts it pays it: until then nothing is owed, and no money has moved.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from holdfast.flights.domain.fare import PublishedFare
from holdfast.flights.domain.offer import Offer
from holdfast.flights.domain.order import Order, OrderState
from holdfast.flights.domain.pricing import Flown
from holdfast.flights.domain.repricing import FareGone, priced_now, repriced
from holdfast.flights.domain.sales import Sales, SalesPart
from holdfast.flights.service.answering import Draw, Telling, told
from holdfast.flights.service.ports.bookings import Bookings, WrongState
from holdfast.flights.service.ports.catalogue import Catalogue
from holdfast.flights.service.ports.quotes import Quotes
from holdfast.flights.service.ports.repricing import RepriceOutcome, Repricing, Repricings
from holdfast.flights.service.search_offers import MAX_ROUNDS, Asker, leases_of
from holdfast.flights.service.search_rules import SearchRules
from holdfast.flights.service.show_seat_map import ShowSeatMaps
from holdfast.flights.service.viewer_prices import Priced, ViewerPrices, bucket_of, prices_in
from holdfast.platform.data.failures import Conflict


@dataclass(frozen=True, slots=True)
class RepriceOrder:
    """The use case."""

    bookings: Bookings
    repricings: Repricings
    catalogue: Catalogue
    quotes: Quotes
    seat_maps: ShowSeatMaps
    draw: Draw
    rules: SearchRules

    async def reprice(
        self, order_id: str, asker: Asker, telling: Telling[Order] | None = None
    ) -> RepriceOutcome | FareGone:
        """The order at the price of now, or why not; None: no such order of this owner."""
        now = self.draw.now()
        order = await self.bookings.order(order_id, asker.owner)
        if order is None:
            return None
        if order.state is not OrderState.HELD:
            return WrongState(order.state.value)
        offer = await self._priced(order.offer, asker, now)
        if isinstance(offer, FareGone):
            return offer
        seats = await self.seat_maps.seats_now(order)
        new = repriced(order, offer, seats, at=now, lock_s=self.rules.offer_lifetime_s)
        return await self.repricings.reprice(Repricing(order, new), told(telling, new))

    async def _priced(self, offer: Offer, asker: Asker, now: datetime) -> Offer | FareGone:
        """The trip at what this viewer may be shown now; it is noted that he was."""
        at, length_s = now.timestamp(), self.rules.lease_s
        sold = [one for part in offer.slices for one in part.segments]
        buckets = {bucket_of(one.segment) for one in sold}
        sales, leased = await asyncio.gather(
            self._sales(offer), leases_of(self.quotes, asker, buckets, now, length_s)
        )
        published: Priced = {
            id(one.segment): sales.price(
                one.segment, [fare.passenger_type for fare in one.fares], at, one.cabin
            )
            for one in sold
        }
        for _ in range(MAX_ROUNDS):
            prices = ViewerPrices(published, leased.lowest(at, length_s), sales)
            found = priced_now(offer, prices.classes)
            if isinstance(found, FareGone):
                return found
            shown = prices_in(found)
            leased = await self.quotes.see(asker.viewer, leased, shown, now=now, length_s=length_s)
            lowest = leased.lowest(at, length_s)
            if not any(lowest[key] < price for key, price in shown.items()):
                return found
        raise Conflict("prices of this viewer changed with every look")

    async def _sales(self, offer: Offer) -> Sales:
        """What may be the fares of these flights, and no more of their airlines'."""
        by_airline: dict[str, dict[int, PublishedFare]] = {}
        for one in (one for part in offer.slices for one in part.segments):
            name, day = one.segment.marketing, one.segment.departing_at.date()
            flown = Flown(name.carrier, name.number, one.segment.board, one.segment.off, day)
            fares = await self.catalogue.fares_for(flown)
            by_airline.setdefault(name.carrier, {}).update({fare.id: fare for fare in fares})
        return Sales().with_parts(
            [
                SalesPart.build(
                    airline,
                    list(fares.values()),
                    exhausted=await self.catalogue.exhausted(airline),
                    rule=self.rules.price,
                )
                for airline, fares in by_airline.items()
            ]
        )
