"""A search: offers that add up, are stored as they are shown, and that no viewer regrets (G3)."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings

from holdfast.errors import DefiniteError
from holdfast.flights.domain.fare import Cabin, PassengerType, Price
from holdfast.flights.domain.money import Money
from holdfast.flights.domain.offer import Offer, OfferRequest, Query
from holdfast.flights.domain.price_rule import RULE
from holdfast.flights.domain.viewer_lease import Bucket, Leased, Product, lease_key
from holdfast.flights.service.check_query import BadQuery
from holdfast.flights.service.ports.access import AnsweredBefore, Once, StoredAnswer
from holdfast.flights.service.ports.catalogue import LegSold
from holdfast.flights.service.search_offers import Answering, Asker, First
from holdfast.flights.service.search_rules import SearchRules
from holdfast.flights.store.memory_access import MemoryRemembered
from holdfast.flights.store.memory_quotes import MemoryQuotes
from holdfast.flights.store.quotes import PostgresQuotes
from holdfast.flights.store.tables import SCHEMA
from holdfast.platform.data.database import Database, Limits
from holdfast.platform.data.queries import Statement
from tests.flights.conftest import prepared
from tests.flights.service.price_histories import (
    HISTORIES,
    LEASE_S,
    History,
    Step,
    parts_of,
    reprice,
)
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
from tests.support.postgres import TestPostgres

LEASE_WRITES = Statement("writes", "SELECT sum(version)::bigint FROM viewer_leases")
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
LIGHT_OUT = lease_key(
    Bucket("BA", "LHR", "JFK", DAY), Product(1, Cabin.ECONOMY, "K", "EUR", "Light"), ADULT
)
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


async def test_what_was_done_is_counted() -> None:
    world = await ready()
    for asked in (OUT, query(ask("QQQ", "JFK")), OUT):
        await world.search_offers.search(asked, ASKER)
    counts = world.search_offers.counts
    assert (counts.searches, counts.offers, counts.refused) == (2, 6, 1)


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


async def test_a_price_that_rose_stays_for_who_saw_it_and_not_for_others() -> None:
    world = await ready()
    assert totals(await found(world, OUT))[0] == 30000
    reprice(world, 2, 35000)
    await world.snapshots.refresh()
    world.clock.move(minutes=59)
    assert totals(await found(world, OUT))[0] == 30000
    assert totals(await found(world, OUT, Asker("acme", "viewer-2")))[0] == 35000
    world.clock.move(minutes=2)
    assert totals(await found(world, OUT))[0] == 35000


async def test_a_price_that_fell_is_shown_at_once_and_then_kept() -> None:
    world = await ready()
    await found(world, OUT)
    reprice(world, 2, 20000)
    await world.snapshots.refresh()
    assert totals(await found(world, OUT))[0] == 20000
    reprice(world, 2, 30000)
    await world.snapshots.refresh()
    world.clock.move(minutes=59)
    assert totals(await found(world, OUT))[0] == 20000


async def test_what_honouring_a_price_costs_is_noted() -> None:
    world = await ready()
    await found(world, OUT)
    reprice(world, 2, 35000)
    await world.snapshots.refresh()
    world.clock.move(minutes=30)
    (quoted,) = (await found(world, OUT)).offers[0].slices[0].segments[0].fares
    assert (quoted.price.total, quoted.supplier_total) == (30000, 35000)


class Racing(MemoryQuotes):
    """Another process shows this viewer lower prices just before each look is noted."""

    def __init__(self, lower: Sequence[int]) -> None:
        super().__init__()
        self.lower = list(lower)

    async def see(self, viewer, leased, shown, *, now, length_s):  # type: ignore[no-untyped-def]
        if self.lower:
            low = {LIGHT_OUT: Price(self.lower.pop(0))}
            await super().see(viewer, Leased(), low, now=now, length_s=length_s)
        return await super().see(viewer, leased, shown, now=now, length_s=length_s)


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


@settings(max_examples=120, deadline=None)
@given(HISTORIES)
async def test_no_history_of_prices_shows_a_viewer_more_or_changes_an_offer(
    history: list[Step],
) -> None:
    world = await ready(FlightsWorld(WorldCatalogue(LEGS, FARES), clock=WorldClock()))
    await History([world], [OUT, RETURN]).perform(history)
    assert RULE.dwell_s == SearchRules().lease_s == LEASE_S


def test_the_same_histories_hold_over_two_processes_of_one_database(
    postgres: TestPostgres,
) -> None:
    @settings(max_examples=20, deadline=None, database=None)
    @given(HISTORIES)
    def holds(history: list[Step]) -> None:
        asyncio.run(perform_on(postgres, history))

    holds()


async def perform_on(postgres: TestPostgres, history: list[Step]) -> None:
    """A history on two doors of a database of its own."""
    async with (
        postgres.clone("flights", prepared) as dsn,
        await Database.connect(dsn, schema=SCHEMA, limits=Limits(pool_size=2)) as database,
    ):
        catalogue, clock = WorldCatalogue(LEGS, FARES), WorldClock()
        one, other = (FlightsWorld(catalogue, clock, PostgresQuotes(database)) for _ in range(2))
        other.drawn = 1_000_000
        await History([one, other], [OUT, RETURN]).perform(history)


async def test_a_fare_that_is_filed_anew_for_its_dates_is_the_same_to_who_saw_it() -> None:
    world = await ready()
    history = History([world], [OUT])
    await history.perform([("search", "v"), ("cut", 1), ("price", (1, 350)), ("search", "v")])
    assert min(one.total.minor for one in history.made[-3:]) == 30000


async def test_a_search_again_writes_nothing_but_its_request(flights_database: Database) -> None:
    quotes = PostgresQuotes(flights_database)
    world = await ready(FlightsWorld(WorldCatalogue(LEGS, FARES), quotes=quotes))
    await found(world, RETURN)
    before = await flights_database.fetchval(LEASE_WRITES)
    await found(world, RETURN)
    assert await flights_database.fetchval(LEASE_WRITES) == before == 2


# budgets


async def test_a_price_that_costs_us_is_withdrawn_when_the_budget_is_used_up_and_never_raised() -> (
    None
):
    world = await ready()
    assert totals(await found(world, OUT))[0] == 30000
    reprice(world, 2, 20000)
    reprice(world, 2, 35000)
    await world.snapshots.refresh()
    assert totals(await found(world, OUT))[0] == 20000
    world.catalogue.spent_out["BA"] = ["GBP"]
    world.catalogue.touch("BA", "fares")
    await world.snapshots.refresh()
    assert totals(await found(world, OUT))[0] == 20000
    world.catalogue.spent_out["BA"] = ["EUR"]
    world.catalogue.touch("BA", "fares")
    await world.snapshots.refresh()
    assert 20000 not in totals(await found(world, OUT))
    assert 35000 not in totals(await found(world, OUT))
    world.clock.move(minutes=60)
    assert 35000 in totals(await found(world, OUT))


async def test_what_a_lease_would_cost_us_is_not_sold_either_once_the_budget_is_used_up() -> None:
    world = await ready()
    await found(world, OUT)
    reprice(world, 2, 35000)
    world.catalogue.spent_out["BA"] = ["EUR"]
    await world.snapshots.refresh()
    assert totals(await found(world, OUT)) == [40000, 60000, 150000]
    assert totals(await found(world, OUT, Asker("acme", "viewer-2")))[0] == 35000


# causes


def causes(request: OfferRequest) -> dict[int, str | None]:
    return {one.total.minor: one.price_change_cause for one in request.offers}


async def sell(world: FlightsWorld, *sold: str) -> None:
    """Class K of the flight to New York, and others, have no seats left."""
    request = await found(world, OUT, Asker("acme", "whoever sells"))
    key = request.offers[0].slices[0].segments[0].segment.legs[0].key
    world.catalogue.taken[key, Cabin.ECONOMY] = LegSold(
        150, 140, {"K": 0, **dict.fromkeys(sold, 9)}
    )


LIMITS = [limits("BA1", "LHR", "JFK", ("B", 150), ("Y", 150), ("K", 9))]


async def test_who_saw_a_class_that_sold_out_is_told_why_the_next_one_costs_more() -> None:
    world = await ready(FlightsWorld(WorldCatalogue(LEGS, FARES, LIMITS)))
    assert set(causes(await found(world, OUT)).values()) == {None}
    await sell(world, "K")
    again = await found(world, OUT)
    assert causes(again) == {40000: "fare_class_sold_out", 60000: None, 150000: None}
    kept = await world.quotes.request(again.id, "acme")
    assert kept == again


async def test_who_never_saw_the_class_is_told_nothing() -> None:
    world = await ready(FlightsWorld(WorldCatalogue(LEGS, FARES, LIMITS)))
    await sell(world, "K")
    assert set(causes(await found(world, OUT)).values()) == {None}


async def test_once_the_lease_ended_the_higher_price_is_nothing_new() -> None:
    world = await ready(FlightsWorld(WorldCatalogue(LEGS, FARES, LIMITS)))
    await found(world, OUT)
    await sell(world, "K")
    world.clock.move(minutes=60)
    assert set(causes(await found(world, OUT)).values()) == {None}


async def test_who_became_known_with_a_first_answer_keeps_what_it_showed_him() -> None:
    world = await ready()
    request = await found(world, RETURN, Asker("acme", "key"))
    first = First(request.id, world.clock.now)
    world.clock.move(minutes=1)
    reprice(world, 2, 35000)
    await world.snapshots.refresh()
    session = Asker("acme", "key/session", first=first)
    assert totals(await found(world, OUT, session))[0] == 30000
    assert totals(await found(world, OUT, Asker("acme", "key/other")))[0] == 35000
    world.clock.move(minutes=58)
    assert totals(await found(world, OUT, session))[0] == 30000
    world.clock.move(minutes=1)
    assert totals(await found(world, OUT, session))[0] == 35000


async def test_a_first_answer_of_somebody_else_is_worth_nothing() -> None:
    world = await ready()
    first = First((await found(world, OUT, Asker("globe", "key"))).id, world.clock.now)
    reprice(world, 2, 35000)
    await world.snapshots.refresh()
    session = Asker("acme", "key/session", first=first)
    assert totals(await found(world, OUT, session))[0] == 35000
