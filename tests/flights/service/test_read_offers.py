"""Reading offers: the same until they expire, then gone; filtered, sorted, by pages."""

from datetime import timedelta

import pytest

from holdfast.flights.domain.offer import OfferRequest
from holdfast.flights.service.ports.order_lists import Page
from holdfast.flights.service.ports.quotes import FoundOffer
from holdfast.flights.service.read_offers import (
    BadName,
    OfferGone,
    OfferPage,
    OfferSort,
    ReadOffers,
    connections,
    duration_min,
)
from holdfast.flights.service.search_offers import Asker
from tests.support.flights_world import FlightsWorld, WorldCatalogue, ask, fare, leg, query

LEGS = [
    leg("BA1", "LHR", "JFK", "10:00", 480),
    leg("BA2", "LHR", "JFK", "12:00", 470),
    leg("BA3", "LHR", "JFK", "14:00", 490),
    leg("BA4", "LHR", "MAN", "07:00", 60),
    leg("BA5", "MAN", "JFK", "10:00", 480),
]
FARES = [
    fare("BA", "LHR", "JFK", 50000, number=1),
    fare("BA", "LHR", "JFK", 30000, number=2),
    fare("BA", "LHR", "JFK", 40000, number=3),
    fare("BA", "LHR", "MAN", 1000),
    fare("BA", "MAN", "JFK", 1000),
]


class Desk:
    """A search that was made, and how to read it."""

    def __init__(self, world: FlightsWorld, request: OfferRequest) -> None:
        self.world = world
        self.request = request
        self.read = ReadOffers(world.quotes, world.clock)
        self.first = request.offers[0]


@pytest.fixture
async def desk() -> Desk:
    world = FlightsWorld(WorldCatalogue(LEGS, FARES))
    await world.snapshots.refresh()
    request = await world.search_offers.search(query(ask("LHR", "JFK")), Asker("acme", "v"))
    assert isinstance(request, OfferRequest)
    assert len(request.offers) == 4
    return Desk(world, request)


async def test_an_offer_reads_the_same_until_it_expires_and_then_is_gone(desk: Desk) -> None:
    for _ in range(3):
        desk.world.clock.move(minutes=9, seconds=59)
        found = await desk.read.offer(desk.first.id, "acme")
        assert found == FoundOffer(desk.first, live_mode=False)
    desk.world.clock.move(seconds=3)
    assert await desk.read.offer(desk.first.id, "acme") == OfferGone(desk.first.id)


async def test_an_unknown_offer_is_nothing(desk: Desk) -> None:
    assert await desk.read.offer("off_1", "acme") is None
    assert await desk.read.offer(desk.first.id, "other") is None


async def test_a_request_is_read_and_listed(desk: Desk) -> None:
    assert await desk.read.request(desk.request.id, "acme") == desk.request
    assert [one.id for one in (await desk.read.requests("acme", Page())).items] == [desk.request.id]


async def test_offers_come_as_recommended_unless_sorted(desk: Desk) -> None:
    found = await desk.read.offers(desk.request.id, "acme")
    assert found is not None
    assert found.offers == desk.request.offers
    assert await desk.read.offers("orq_1", "acme") is None


@pytest.mark.parametrize(
    ("sort", "flights"),
    [
        ("total_amount", "4231"),
        ("-total_amount", "1324"),
        ("total_duration", "2134"),
        ("-total_duration", "4312"),
    ],
)
async def test_offers_are_sorted_by_amount_or_duration(
    desk: Desk, sort: OfferSort, flights: str
) -> None:
    found = await desk.read.offers(desk.request.id, "acme", sort=sort)
    assert found is not None
    numbers = [str(one.slices[0].segments[0].segment.marketing.number) for one in found.offers]
    assert "".join(numbers) == flights


async def test_offers_with_too_many_connections_are_left_out(desk: Desk) -> None:
    found = await desk.read.offers(desk.request.id, "acme", max_connections=0)
    assert found is not None
    assert len(found.offers) == 3
    assert {connections(one) for one in found.offers} == {0}
    assert {duration_min(one) for one in found.offers} == {470, 480, 490}


async def test_expired_offers_are_not_listed(desk: Desk) -> None:
    desk.world.clock.move(minutes=31)
    found = await desk.read.offers(desk.request.id, "acme")
    assert found is not None
    assert found.offers == ()


async def test_offers_are_listed_by_pages_both_ways(desk: Desk) -> None:
    async def page(**which: object) -> tuple[list[str], str | None, str | None]:
        made = OfferPage(limit=3, **which)  # type: ignore[arg-type]
        found = await desk.read.offers(desk.request.id, "acme", made)
        assert found is not None
        return [one.id for one in found.offers], found.before, found.after

    ids = [one.id for one in desk.request.offers]
    assert await page() == (ids[:3], None, ids[2])
    assert await page(after=ids[2]) == (ids[3:], ids[3], None)
    assert await page(before=ids[3]) == (ids[:3], None, ids[2])
    assert await page(before=ids[0]) == ([], None, None)
    assert await page(after="off_unknown") == (ids[:3], None, ids[2])


async def test_a_traveller_gets_a_name_in_all_offers_of_the_request(desk: Desk) -> None:
    who = desk.first.travellers[0].id
    named = await desk.read.name_traveller(desk.first.id, "acme", who, ("Ada", "Stone"))
    assert getattr(named, "family_name", None) == "Stone"
    for one in desk.request.offers:
        found = await desk.read.offer(one.id, "acme")
        assert isinstance(found, FoundOffer)
        assert found.offer.travellers[0].given_name == "Ada"
        assert found.offer.total == one.total


@pytest.mark.parametrize(
    ("names", "field"),
    [
        (("", "Stone"), "given_name"),
        (("A" * 21, "Stone"), "given_name"),
        (("Ada", " Stone"), "family_name"),
        (("Ada", "St\none"), "family_name"),
    ],
)
async def test_a_name_that_no_order_takes_is_refused(
    desk: Desk, names: tuple[str, str], field: str
) -> None:
    who = desk.first.travellers[0].id
    found = await desk.read.name_traveller(desk.first.id, "acme", who, names)
    assert isinstance(found, BadName)
    assert found.field == field


async def test_nobody_is_named_in_what_is_unknown_or_gone(desk: Desk) -> None:
    who, names = desk.first.travellers[0].id, ("Ada", "Stone")
    assert await desk.read.name_traveller(desk.first.id, "acme", "pas_1", names) is None
    assert await desk.read.name_traveller("off_1", "acme", who, names) is None
    assert await desk.read.name_traveller(desk.first.id, "other", who, names) is None
    desk.world.clock.move(minutes=31)
    gone = await desk.read.name_traveller(desk.first.id, "acme", who, names)
    assert gone == OfferGone(desk.first.id)


async def test_a_request_that_was_swept_meanwhile_names_nobody(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unknown(*_: object) -> bool:
        await desk.world.quotes.sweep(desk.world.clock.now + timedelta(days=9))
        return False

    monkeypatch.setattr(desk.world.quotes, "name", unknown)
    who = desk.first.travellers[0].id
    assert await desk.read.name_traveller(desk.first.id, "acme", who, ("Ada", "Stone")) is None
