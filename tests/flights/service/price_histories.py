"""Random histories of prices, waits and searches; G1 and G3 are checked after each search.

What is checked is what a customer sees: a flight on a date in one class and brand. Airlines cut the
periods of their fares anew meanwhile, so the filed fare behind it changes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from hypothesis import strategies as st

from holdfast.flights.domain.fare import Price
from holdfast.flights.domain.offer import Offer, OfferRequest, Query, SoldSegment
from holdfast.flights.domain.price_rule import SupplierPrice, accept
from holdfast.flights.service.search_offers import Asker
from tests.support.flights_world import FlightsWorld

LEASE_S = 3600
FARES = 4
"""Of the catalogue, the first ones change."""
Step = tuple[str, object]
STEP = st.one_of(
    st.tuples(st.just("wait"), st.integers(1, 45)),
    st.tuples(st.just("price"), st.tuples(st.integers(0, FARES - 1), st.integers(100, 999))),
    st.tuples(st.just("cut"), st.integers(0, FARES - 1)),
    st.tuples(st.just("search"), st.sampled_from(["v", "w"])),
)
HISTORIES = st.lists(STEP, max_size=25)


@dataclass
class History:
    """A catalogue that changes, seen through searches on `worlds`: processes of one store, which
    share catalogue and clock and take turns."""

    worlds: Sequence[FlightsWorld]
    asked: Sequence[Query]
    made: list[Offer] = field(default_factory=list)
    seen: dict[object, tuple[float, int]] = field(default_factory=dict)
    searches: int = 0
    new_ids: int = 1000

    async def perform(self, steps: Sequence[Step]) -> None:
        """All steps, then every offer once more."""
        world = self.worlds[0]
        for kind, what in steps:
            match kind, what:
                case "wait", int(minutes):
                    world.clock.move(minutes=minutes)
                case "price", (int(place), int(hundreds)):
                    reprice(world, world.catalogue.published[place].id, hundreds * 100)
                case "cut", int(place):
                    self._cut(world, place)
                case "search", str(viewer):
                    for asked in self.asked:
                        await self._search(asked, viewer)
        for offer in self.made:
            kept = await world.quotes.offer(offer.id, "acme")
            assert kept is not None
            assert kept.offer == offer

    async def _search(self, asked: Query, viewer: str) -> None:
        world = self.worlds[self.searches % len(self.worlds)]
        self.searches += 1
        await world.snapshots.refresh()
        request = await world.search_offers.search(asked, Asker("acme", viewer))
        assert isinstance(request, OfferRequest)
        self.made += request.offers
        for offer in request.offers:
            assert parts_of(offer) == Price(offer.total.minor, offer.tax.minor)
            for sold in (sold for one in offer.slices for sold in one.segments):
                self._check(viewer, sold, world.clock.now.timestamp())

    def _check(self, viewer: str, sold: SoldSegment, now: float) -> None:
        """Within an hour of the first look no price is above the lowest that was shown since."""
        flown = sold.segment
        product = (flown, sold.cabin, sold.booking_class, sold.terms.brand)
        for quoted in sold.fares:
            key = (viewer, product, quoted.passenger_type)
            since, lowest = self.seen.get(key, (now, quoted.price.total))
            if now >= since + LEASE_S:
                since, lowest = now, quoted.price.total
            assert quoted.price.total <= lowest
            self.seen[key] = (since, quoted.price.total)

    def _cut(self, world: FlightsWorld, place: int) -> None:
        """The dates of a fare are filed as another one, at the price they had."""
        self.new_ids += 1
        published = world.catalogue.published
        published[place] = replace(published[place], id=self.new_ids)
        world.catalogue.touch(published[place].key.carrier, "fares")


def reprice(world: FlightsWorld, fare_id: int, total: int) -> None:
    """The supplier asks another price for a fare, now."""
    old = next(one for one in world.catalogue.published if one.id == fare_id)
    at = world.clock.now.timestamp()
    asked = SupplierPrice(Price(total, total // 10), old.state.s_seq + 1, at)
    world.catalogue.reprice(replace(old, state=accept(old.state, asked)))


def parts_of(offer: Offer) -> Price:
    """What all travellers pay for all segments, added up one by one."""
    total = tax = 0
    for who in offer.travellers:
        for one in offer.slices:
            for sold in one.segments:
                price = next(f.price for f in sold.fares if f.passenger_type is who.type)
                total, tax = total + price.total, tax + price.tax
    return Price(total, tax)
