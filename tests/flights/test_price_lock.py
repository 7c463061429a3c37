"""The promises of docs/reference/price-lock.md, G1 to G7, on the parts that keep them.

Their proof on random histories is `domain/test_price_rule.py`; here they are told once each, and a
season of hourly deliveries runs through PostgreSQL.
"""

import random
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

from holdfast.flights.domain.absorbed import absorbed_by_carrier
from holdfast.flights.domain.fare import FareKey, FiledFare, PassengerType, Price, PublishedFare
from holdfast.flights.domain.fares_load import FaresLoad
from holdfast.flights.domain.offer import OfferRequest
from holdfast.flights.domain.offering import SHORTEST_LOCK_S
from holdfast.flights.domain.price_rule import RULE, SupplierPrice, accept, due_at, read
from holdfast.flights.domain.pricing import FareBook, Flown
from holdfast.flights.domain.schedule import Period
from holdfast.flights.domain.viewer_lease import LENGTH_S
from holdfast.flights.service.search_offers import Asker
from holdfast.flights.service.search_rules import SearchRules
from holdfast.flights.store.fares import fares_of, rises_too_soon
from holdfast.platform.data.database import Database
from tests.flights.duffel_site import duffel_site
from tests.flights.entrypoints.booking_api.test_repricing import asks, held, pay, reprice
from tests.flights.store.test_fares import START, WINTER, Airline, D, fare
from tests.support.flights_world import DAY, FlightsWorld, WorldCatalogue, ask, leg, query
from tests.support.flights_world import fare as published

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "price-lock.md").read_text("utf-8")
HOURS = 60
ASKED = query(ask("LHR", "JFK"))
VIEWER, OTHER = Asker("acme", "viewer-1"), Asker("acme", "viewer-2")


class Shop:
    """A search for one flight, whose airline changes its price."""

    def __init__(self) -> None:
        legs = [leg("BA1", "LHR", "JFK", "10:00", 480)]
        self.catalogue = WorldCatalogue(legs, [published("BA", "LHR", "JFK", 40000, id=1)])
        self.world = FlightsWorld(self.catalogue)
        self.sequence = 1

    async def search(self, who: Asker = VIEWER) -> OfferRequest:
        await self.world.snapshots.refresh()
        found = await self.world.search_offers.search(ASKED, who)
        assert isinstance(found, OfferRequest)
        return found

    async def price(self, who: Asker = VIEWER) -> int:
        return (await self.search(who)).offers[0].total.minor

    def deliver(self, total: int) -> None:
        self.sequence += 1
        now = self.world.clock.now.timestamp()
        asked = SupplierPrice(Price(total), self.sequence, now)
        old = self.catalogue.published[0]
        self.catalogue.reprice(replace(old, state=accept(old.state, asked)))


async def test_g1_an_offer_reads_the_same_until_it_expires_whatever_is_delivered() -> None:
    shop = Shop()
    request = await shop.search()
    shop.world.clock.move(hours=2)
    shop.deliver(79000)
    shop.deliver(39000)
    assert await shop.world.quotes.request(request.id, "acme") == request
    assert request.offers[0].expires_at - request.offers[0].created_at == timedelta(minutes=30)


async def test_g2_a_price_rises_only_after_its_rest() -> None:
    shop = Shop()
    shop.world.clock.move(hours=2)
    shop.deliver(39000)
    shop.deliver(45000)
    assert await shop.price() == 39000
    shop.world.clock.move(minutes=59)
    assert await shop.price(OTHER) == 39000
    shop.world.clock.move(minutes=1)
    assert await shop.price(Asker("acme", "viewer-3")) == 45000


async def test_g3_a_viewer_is_shown_no_rise_for_an_hour_and_others_are() -> None:
    shop = Shop()
    shop.world.clock.move(hours=2)
    assert await shop.price() == 40000
    shop.world.clock.move(minutes=1)
    shop.deliver(45000)
    assert await shop.price(OTHER) == 45000
    shop.world.clock.move(minutes=58)
    assert await shop.price() == 40000
    shop.world.clock.move(minutes=1)
    assert await shop.price() == 45000


async def test_g4_a_fall_is_shown_with_the_next_look() -> None:
    shop = Shop()
    assert await shop.price() == 40000
    shop.deliver(39000)
    assert await shop.price() == 39000


async def test_g5_after_the_price_guarantee_a_hold_costs_what_is_published_then() -> None:
    async with duffel_site() as site, site.client() as client:
        order = await held(site, client)
        asks(site, 12_000)
        new = (await reprice(client, order)).json()["data"]
        assert (order["total_amount"], new["total_amount"]) == ("100.00", "120.00")
        assert "Until then nothing is owed" in PAGE
        balance = (await site.bookings.balance(site.owner, "EUR")).minor
        assert (await pay(client, new, "120.00")).is_success
        assert (await site.bookings.balance(site.owner, "EUR")).minor == balance - 12_000


async def test_g6_what_a_fare_costs_more_later_is_ours_to_pay() -> None:
    shop = Shop()
    shop.deliver(39000)
    shop.deliver(45000)
    offer = (await shop.search()).offers[0]
    assert offer.total.minor == 39000
    assert absorbed_by_carrier(offer) == {"BA": 6000}


async def test_g7_a_leap_is_not_sold_and_listing_again_is_no_way_around_the_rest(
    flights_database: Database,
) -> None:
    airline = Airline(flights_database)
    await airline.file(fare(100), fare(50, number=None))
    assert (await airline.file(fare(900), fare(50, number=None), at=D)).parked == 1
    assert await airline.totals(2 * D) == [100, 50]
    await airline.file(fare(50, number=None), at=2 * D)
    await airline.file(fare(190), fare(50, number=None), at=2 * D + 60)
    assert sorted(await airline.totals(2 * D + 60)) == [50, 100]


async def test_a_season_of_hourly_deliveries_with_cut_periods_keeps_every_departure_date(
    flights_database: Database,
) -> None:
    """T1 for single dates through the store, and on its own log."""
    dice, airline = random.Random(7), Airline(flights_database)
    days = {day: Seen() for day in range(0, 62, 5)}
    total = 10_000
    moments = [hour * D + dice.randrange(-300, 300) for hour in range(HOURS + 1)]
    for now, following in pairwise(moments):
        total = max(6_000, min(16_000, total + dice.randrange(-900, 1_000)))
        await airline.deliver(FaresLoad(cut(total, dice)), now)
        fares = await fares_of(flights_database, "ZZ")
        dues = (due_at(one.state) for one in fares)
        later = {due - START for due in dues if due is not None and now < due - START < following}
        for at in sorted({now, *later}):
            for day, seen in days.items():
                seen.look(price_on(fares, day, at), at)
    assert sum(seen.rises for seen in days.values()) > HOURS
    assert await rises_too_soon(flights_database, "ZZ", RULE) == []


class Seen:
    """One departure date: its price, when that changed, how often it rose."""

    def __init__(self) -> None:
        self.price, self.changed_at, self.rises = 0, -D, 0

    def look(self, price: int, at: float) -> None:
        if price > self.price:
            assert at - self.changed_at >= D
            self.rises += 1
        if price != self.price:
            self.price, self.changed_at = price, at


def cut(total: int, dice: random.Random) -> list[FiledFare]:
    """Two or three periods of one product at about one price, cut anew each time."""
    cuts = sorted(dice.sample(range(1, 61), dice.choice([1, 2])))
    periods = [
        Period(WINTER.first + timedelta(days=begin), WINTER.first + timedelta(days=end - 1))
        for begin, end in pairwise([0, *cuts, 62])
    ]
    return [fare(total + dice.randrange(-500, 500), period) for period in periods]


def price_on(fares: list[PublishedFare], day: int, at: float) -> int:
    date = WINTER.first + timedelta(days=day)
    (one,) = [one for one in fares if date in one.key.period]
    return read(one.state, START + at).total


async def test_a_budget_that_is_used_up_makes_nothing_dearer(flights_database: Database) -> None:
    airline = Airline(flights_database)
    await airline.file(fare(100))
    await airline.file(fare(120), at=60)
    fares = await fares_of(flights_database, "ZZ")
    key: FareKey = fares[0].key
    flown = Flown("ZZ", 117, key.board, key.off, DAY + timedelta(days=10))
    book = FareBook(fares, exhausted=["EUR"])
    assert book.price(flown, [PassengerType.ADULT], START + 120) == []
    (priced,) = book.price(flown, [PassengerType.ADULT], START + D)
    assert priced.adult_total == 120


def test_the_numbers_of_the_page_are_those_of_the_code() -> None:
    assert (RULE.dwell_s, LENGTH_S) == (3600, 3600)
    assert PAGE.count("60 min") >= 3
    assert (RULE.max_fall_percent, RULE.max_rise_percent) == (50, 100)
    assert "below -50 % or above +100 %" in PAGE
    assert (SearchRules().offer_lifetime_s, SHORTEST_LOCK_S) == (1800, 900)
    assert "30 min, never less than 15" in PAGE
