"""Pricing a hold anew: what is read for it, and what else the viewer is shown afterwards."""

from dataclasses import replace
from typing import Any

import pytest

from holdfast.flights.domain.offer import Offer
from holdfast.flights.domain.order import Order
from holdfast.flights.domain.schedule import Designator
from holdfast.flights.service.answering import Draw
from holdfast.flights.service.reprice_order import RepriceOrder
from holdfast.flights.service.search_offers import Asker
from holdfast.flights.service.search_rules import SearchRules
from holdfast.flights.service.show_seat_map import ShowSeatMaps
from holdfast.platform.data.failures import Conflict
from tests.flights.booking_samples import new_order
from tests.flights.duffel_site import DuffelSite, duffel_site
from tests.flights.entrypoints.http.site import OWNER
from tests.support.flights_world import ask, query

WHO = Asker(OWNER, "ada")
RULES = SearchRules(offer_lifetime_s=900)


def reprices(site: DuffelSite, quotes: Any = None) -> RepriceOrder:
    world, bookings = site.world, site.bookings
    return RepriceOrder(
        bookings,
        bookings,
        world.catalogue,
        quotes or world.quotes,
        ShowSeatMaps(world.catalogue.tiers, bookings.taken_seats, site.clock),
        Draw(site.clock.wall, bytes),
        RULES,
    )


async def lapsed(site: DuffelSite) -> Order:
    """A hold for which another viewer has searched, after its price guarantee."""
    found = await site.world.search_offers.search(query(ask("FRA", "LHR")), Asker(OWNER, "bert"))
    offer = next(one for one in found.offers if one.hold_until)  # type: ignore[union-attr]
    assert offer.hold_until is not None
    assert offer.price_until is not None
    order = new_order(offer, hold=offer.hold_until - offer.created_at, owner=OWNER)
    placed = await site.bookings.place(replace(order, price_until=offer.price_until))
    assert isinstance(placed, Order)
    site.clock.move(hours=13)
    return placed


def flight_of(offer: Offer) -> Designator:
    return offer.slices[0].segments[0].segment.marketing


def asks(site: DuffelSite, total: int) -> None:
    (old,) = [one for one in site.world.catalogue.published if one.id == id_of(site)]
    price = replace(old.state.p, total=total)
    site.world.catalogue.reprice(replace(old, state=replace(old.state, p=price, s=price)))


def id_of(site: DuffelSite) -> int:
    return next(one.id for one in site.world.catalogue.published if one.key.off == "LHR")


async def test_only_the_fares_of_the_flights_are_read() -> None:
    async with duffel_site() as site:
        order = await lapsed(site)
        site.world.catalogue.loads.clear()
        assert isinstance(await reprices(site).reprice(order.id, WHO), Order)
        assert set(site.world.catalogue.loads) <= {("BA", "fares"), ("BA", "tiers")}


async def test_the_price_that_was_told_is_a_sight_of_the_viewer() -> None:
    """G3: who was told it is not shown more in the next hour."""
    async with duffel_site() as site:
        order = await lapsed(site)
        flight = flight_of(order.offer)
        await reprices(site).reprice(order.id, WHO)
        asks(site, 12_000)
        await site.world.snapshots.refresh()
        for viewer, total in (("ada", 10_000), ("cem", 12_000)):
            asker = Asker(OWNER, viewer)
            found = await site.world.search_offers.search(query(ask("FRA", "LHR")), asker)
            prices = [one.total.minor for one in found.offers if flight_of(one) == flight]  # type: ignore[union-attr]
            assert prices == [total]


async def test_the_new_price_holds_as_long_as_the_rules_say_an_offers_does() -> None:
    async with duffel_site() as site:
        order = await lapsed(site)
        new = await reprices(site).reprice(order.id, WHO)
        assert isinstance(new, Order)
        assert new.price_until is not None
        assert (new.price_until - site.clock.now).total_seconds() == 900


async def test_a_viewer_whose_lowest_price_falls_with_every_look_is_told_to_try_again() -> None:
    class Falling:
        """Another search shows a penny less, each time."""

        def __init__(self, inner: Any) -> None:
            self.inner = inner

        async def leases(self, *asked: Any) -> Any:
            return await self.inner.leases(*asked)

        async def see(self, viewer: str, leased: Any, shown: Any, **when: Any) -> Any:
            less = {key: replace(price, total=price.total - 1) for key, price in shown.items()}
            return await self.inner.see(viewer, leased, less, **when)

    async with duffel_site() as site:
        order = await lapsed(site)
        with pytest.raises(Conflict):
            await reprices(site, Falling(site.world.quotes)).reprice(order.id, WHO)
        assert await site.bookings.order(order.id, OWNER) == order
