"""A search: offers that add up, are stored as they are shown, and that no viewer regrets (G3)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.errors import DefiniteError
from holdfast.flights.domain.fare import Cabin, PassengerType, Price
from holdfast.flights.domain.money import Money
from holdfast.flights.domain.offer import Offer, OfferRequest, Query
from holdfast.flights.domain.price_rule import RULE, SupplierPrice, accept
from holdfast.flights.service.check_query import BadQuery
from holdfast.flights.service.ports.access import AnsweredBefore, Once, StoredAnswer
from holdfast.flights.service.ports.catalogue import LegSold
from holdfast.flights.service.ports.quotes import LeaseKey
from holdfast.flights.service.search_offers import Answering, Asker, SearchRules
from holdfast.flights.store.memory_access import MemoryRemembered
from holdfast.flights.store.memory_quotes import MemoryQuotes
from tests.support.flights_world import (
    ADULT,
    CHILD,
    DAY,
    FLEX,
    INFANT,
    NOW,
    FlightsWorld,
    WorldCatalogue,
    WorldClock,
    ask,
    fare,
    leg,
    limits,
    query,
)

ASKER = Asker("acme", "viewer-1")
LEGS = [
    leg("BA1", "LHR", "JFK", "10:00", 480),
    leg("BA2", "JFK", "LHR", "20:00", 420),
    leg("BA3", "MAN", "LHR", "07:00", 60),
    leg("BA15", "LHR", "FRA", "08:00", 90),
    leg("BA15", "FRA", "SIN", "12:00", 720, sequence=2),
]
FARES = [
    fare("BA", "LHR", "JFK", 40000, id=1),
    fare("BA", "LHR", "JFK", 30000, id=2, booking_class="K"),
    fare("BA", "LHR", "JFK", 60000, id=3, terms=FLEX, booking_class="B"),
    fare("BA", "JFK", "LHR", 39000, id=4),
    fare("BA", "MAN", "LHR", 5000, id=5),
    fare("BA", "LHR", "SIN", 70000, id=6),
    fare("BA", "LHR", "JFK", 20000, id=7, passenger_type=CHILD),
    fare("BA", "LHR", "JFK", 150000, id=8, cabin=Cabin.BUSINESS, booking_class="J"),
]
OUT = query(ask("LON", "NYC"))
RETURN = query(ask("LHR", "JFK"), ask("JFK", "LHR", DAY + timedelta(days=7)))


async def ready(world: FlightsWorld | None = None) -> FlightsWorld:
    world = world or FlightsWorld(WorldCatalogue(LEGS, FARES))
    await world.snapshots.refresh()
    return world


async def found(world: FlightsWorld, asked: Query, asker: Asker = ASKER) -> OfferRequest:
    request = await world.search_offers.search(asked, asker)
    assert isinstance(request, OfferRequest)
    return request


def totals(request: OfferRequest) -> list[int]:
    return sorted(one.total.minor for one in request.offers)


def parts_of(offer: Offer) -> Price:
    """What all travellers pay for all segments, added up one by one."""
    total = tax = 0
    for who in offer.travellers:
        for one in offer.slices:
            for sold in one.segments:
                price = next(f.price for f in sold.fares if f.passenger_type is who.type)
                total, tax = total + price.total, tax + price.tax
    return Price(total, tax)


async def test_each_cabin_and_brand_is_offered_in_its_cheapest_class() -> None:
    request = await found(await ready(), OUT)
    assert totals(request) == [30000, 60000, 150000]
    assert {one.carrier for one in request.offers} == {"BA"}
    assert [sold.booking_class for one in request.offers for sold in one.slices[0].segments] == [
        "K",
        "B",
        "J",
    ]


async def test_a_cabin_can_be_asked_for() -> None:
    request = await found(await ready(), replace(OUT, cabin=Cabin.BUSINESS))
    assert totals(request) == [150000]


async def test_connections_stops_and_returns_are_offered() -> None:
    world = await ready()
    connection = await found(world, query(ask("MAN", "JFK")))
    assert min(totals(connection)) == 35000
    assert totals(await found(world, query(ask("MAN", "JFK"), max_connections=0))) == []
    stopping = await found(world, query(ask("LHR", "SIN"), max_connections=0))
    assert len(stopping.offers[0].slices[0].segments[0].segment.legs) == 2
    both = await found(world, RETURN)
    assert totals(both) == [69000]
    assert [(one.origin, one.destination) for one in both.offers[0].slices] == [
        ("LHR", "JFK"),
        ("JFK", "LHR"),
    ]


async def test_what_nobody_flies_is_an_empty_request_that_is_stored_too() -> None:
    world = await ready()
    request = await found(world, query(ask("MUC", "SIN")))
    assert request.offers == ()
    assert await world.quotes.request(request.id, "acme") == request


async def test_a_wrong_query_is_told_and_nothing_is_stored() -> None:
    world = await ready()
    assert isinstance(await world.search_offers.search(query(ask("QQQ", "JFK")), ASKER), BadQuery)
    assert world.drawn == 0


async def test_travellers_get_ids_and_pay_by_type() -> None:
    party = (ADULT, CHILD, INFANT)
    request = await found(await ready(), replace(query(ask("LHR", "JFK"), party=party)))
    assert len({who.id for who in request.query.travellers}) == 3
    assert all(one.travellers == request.query.travellers for one in request.offers)
    assert all(one.seats_needed() == 2 for one in request.offers)
    light = next(one for one in request.offers if one.slices[0].segments[0].terms.brand == "Light")
    assert light.total == Money(sum(price.total for price in by_type(light).values()), "EUR")


def by_type(offer: Offer) -> dict[PassengerType, Price]:
    return {one.passenger_type: one.price for one in offer.slices[0].segments[0].fares}


async def test_a_class_without_seats_for_all_is_not_offered_to_them() -> None:
    class_limits = [limits("BA1", "LHR", "JFK", ("B", 9), ("Y", 9), ("K", 1))]
    world = await ready(FlightsWorld(WorldCatalogue(LEGS, FARES, class_limits)))
    assert totals(await found(world, OUT))[0] == 30000
    assert totals(await found(world, query(ask("LHR", "JFK"), party=(ADULT, ADULT))))[0] == 80000


async def test_seats_that_were_taken_since_the_snapshot_are_not_offered() -> None:
    world = await ready()
    request = await found(world, OUT)
    key = request.offers[0].slices[0].segments[0].segment.legs[0].key
    world.catalogue.taken[key, Cabin.ECONOMY] = LegSold(150, 150, {"Y": 150})
    assert totals(await found(world, OUT)) == [150000]


async def test_the_same_search_again_is_another_request_with_ids_of_its_own() -> None:
    world = await ready()
    one, other = await found(world, OUT), await found(world, OUT)
    assert one.id != other.id
    assert {o.id for o in one.offers}.isdisjoint(o.id for o in other.offers)
    assert totals(one) == totals(other)


async def test_offers_are_capped() -> None:
    rules = SearchRules(max_offers=2)
    world = await ready(FlightsWorld(WorldCatalogue(LEGS, FARES), rules=rules))
    assert len((await found(world, OUT)).offers) == 2


async def test_mode_owner_and_times_are_those_of_the_asker() -> None:
    request = await found(await ready(), OUT, Asker("globe", "v", live_mode=True))
    assert (request.owner, request.live_mode, request.created_at) == ("globe", True, NOW)
    assert request.expires_at == NOW + timedelta(minutes=30)


def answer(request: OfferRequest) -> StoredAnswer:
    return StoredAnswer(201, request.id.encode())


async def test_a_call_with_a_key_is_answered_once() -> None:
    remembered = MemoryRemembered(lambda: NOW)
    quotes = MemoryQuotes(remembered)
    world = await ready(FlightsWorld(WorldCatalogue(LEGS, FARES), quotes=quotes))
    once = Once("acme", "key", b"h" * 32)
    request = await world.search_offers.search(OUT, ASKER, Answering(once, answer))
    assert isinstance(request, OfferRequest)
    kept = await remembered.recall(once)
    assert kept is not None
    assert kept.body == request.id.encode()
    with pytest.raises(AnsweredBefore):
        await world.search_offers.search(OUT, ASKER, Answering(once, answer))


# what a viewer sees


def repriced(world: FlightsWorld, fare_id: int, total: int) -> None:
    """The supplier asks another price for a fare, now."""
    old = next(one for one in world.catalogue.published if one.id == fare_id)
    at = world.clock.now.timestamp()
    asked = SupplierPrice(Price(total, total // 10), old.state.s_seq + 1, at)
    world.catalogue.reprice(replace(old, state=accept(old.state, asked)))


async def test_a_price_that_rose_stays_for_who_saw_it_and_not_for_others() -> None:
    world = await ready()
    assert totals(await found(world, OUT))[0] == 30000
    repriced(world, 2, 35000)
    await world.snapshots.refresh()
    world.clock.move(minutes=59)
    assert totals(await found(world, OUT))[0] == 30000
    assert totals(await found(world, OUT, Asker("acme", "viewer-2")))[0] == 35000
    world.clock.move(minutes=2)
    assert totals(await found(world, OUT))[0] == 35000


async def test_a_price_that_fell_is_shown_at_once_and_then_kept() -> None:
    world = await ready()
    await found(world, OUT)
    repriced(world, 2, 20000)
    await world.snapshots.refresh()
    assert totals(await found(world, OUT))[0] == 20000
    repriced(world, 2, 30000)
    await world.snapshots.refresh()
    world.clock.move(minutes=59)
    assert totals(await found(world, OUT))[0] == 20000


async def test_what_honouring_a_price_costs_is_noted() -> None:
    world = await ready()
    await found(world, OUT)
    repriced(world, 2, 35000)
    await world.snapshots.refresh()
    world.clock.move(minutes=30)
    (quoted,) = (await found(world, OUT)).offers[0].slices[0].segments[0].fares
    assert (quoted.price.total, quoted.supplier_total) == (30000, 35000)


class Racing(MemoryQuotes):
    """Another process shows this viewer lower prices just before each look is noted."""

    def __init__(self, lower: Sequence[int]) -> None:
        super().__init__()
        self.lower = list(lower)

    async def see(self, viewer, shown, now, length_s):  # type: ignore[no-untyped-def]
        if self.lower:
            low = Price(self.lower.pop(0))
            await super().see(viewer, {LeaseKey(2, ADULT): low}, now, length_s)
        return await super().see(viewer, shown, now, length_s)


async def test_a_lower_price_that_was_shown_meanwhile_elsewhere_is_shown_here_too() -> None:
    world = await ready(FlightsWorld(WorldCatalogue(LEGS, FARES), quotes=Racing([25000, 24000])))
    request = await found(world, OUT)
    assert totals(request)[0] == 24000
    assert all(parts_of(one).total == one.total.minor for one in request.offers)


async def test_a_race_that_does_not_end_is_a_conflict_and_nothing_is_shown() -> None:
    falling = range(25000, 20000, -1000)
    world = await ready(FlightsWorld(WorldCatalogue(LEGS, FARES), quotes=Racing(falling)))
    with pytest.raises(DefiniteError):
        await world.search_offers.search(OUT, ASKER)


async def test_a_lock_is_not_shorter_than_promised_nor_longer_than_the_lease() -> None:
    with pytest.raises(AssertionError):
        SearchRules(offer_lifetime_s=60)
    with pytest.raises(AssertionError):
        SearchRules(lease_s=60)


step = st.one_of(
    st.tuples(st.just("wait"), st.integers(1, 45)),
    st.tuples(st.just("price"), st.tuples(st.sampled_from([1, 2, 3, 4]), st.integers(100, 999))),
    st.tuples(st.just("search"), st.sampled_from(["v", "w"])),
)


@settings(max_examples=120, deadline=None)
@given(st.lists(step, max_size=25))
async def test_no_history_of_prices_shows_a_viewer_more_or_changes_an_offer(
    history: list[tuple[str, object]],
) -> None:
    world = await ready(FlightsWorld(WorldCatalogue(LEGS, FARES), clock=WorldClock()))
    leases: dict[tuple[str, LeaseKey], tuple[float, int]] = {}
    made: list[Offer] = []
    for kind, what in history:
        match kind, what:
            case "wait", int(minutes):
                world.clock.move(minutes=minutes)
            case "price", (int(fare_id), int(hundreds)):
                repriced(world, fare_id, hundreds * 100)
                await world.snapshots.refresh()
            case "search", str(viewer):
                for asked in (OUT, RETURN):
                    request = await found(world, asked, Asker("acme", viewer))
                    made += request.offers
                    for offer in request.offers:
                        check_lease(leases, viewer, offer, world.clock.now.timestamp())
                        assert parts_of(offer) == Price(offer.total.minor, offer.tax.minor)
    for offer in made:
        kept = await world.quotes.offer(offer.id, "acme")
        assert kept is not None
        assert kept.offer == offer
    assert RULE.dwell_s == SearchRules().lease_s


def check_lease(
    leases: dict[tuple[str, LeaseKey], tuple[float, int]], viewer: str, offer: Offer, now: float
) -> None:
    """Within an hour of the first look no price is above the lowest that was shown since."""
    for one in offer.slices:
        for sold in one.segments:
            for quoted in sold.fares:
                key = (viewer, LeaseKey(quoted.fare_id, quoted.passenger_type))
                since, lowest = leases.get(key, (now, quoted.price.total))
                if now >= since + 3600:
                    since, lowest = now, quoted.price.total
                assert quoted.price.total <= lowest
                leases[key] = (since, quoted.price.total)
