"""What each kind of content does to the tables."""

from dataclasses import replace
from datetime import date

import pytest

from holdfast.flights.domain.delivery import Accept, FeedFormat, FeedKind
from holdfast.flights.domain.fare import (
    Cabin,
    ClassLimits,
    FareKey,
    FareTerms,
    FiledFare,
    PassengerType,
    Price,
)
from holdfast.flights.domain.price_rule import RULE, PriceRule
from holdfast.flights.domain.schedule import Designator, Period
from holdfast.flights.service.ingest_feed import Ingest
from holdfast.flights.service.ports.feeds import Outcome
from holdfast.flights.store.fares import fares_of
from holdfast.flights.store.feeds import PostgresFeeds
from holdfast.flights.store.versions import versions
from holdfast.flights.wire.fares_writer import write_fares_csv, write_fares_jsonl
from holdfast.platform.data.database import Database
from tests.flights.feed_desk import MemoryFile, delivery_of
from tests.flights.service.test_ingest_feed import NoonClock
from tests.flights.store.test_feeds import Bookings

FARE = FiledFare(
    FareKey(
        carrier="BA",
        number=None,
        board="LHR",
        off="JFK",
        cabin=Cabin.ECONOMY,
        booking_class="Y",
        basis="YFLEX",
        passenger_type=PassengerType.ADULT,
        currency="GBP",
        period=Period(date(2026, 12, 1), date(2027, 3, 27)),
    ),
    FareTerms("Flex", changeable=True),
    Price(40_000, 5_000),
)


@pytest.fixture
def ingest(flights_database: Database) -> Ingest:
    return Ingest(PostgresFeeds(flights_database, Bookings().reconcile), NoonClock())


async def send(ingest: Ingest, data: bytes, sequence: int, **other: object) -> Outcome:
    usual = {"feed": "fares", "kind": FeedKind.FARES, "is_full": True}
    delivery = delivery_of(data, sequence, **{**usual, **other})
    return await ingest.ingest(delivery, MemoryFile(data))


async def test_fares_are_filed_in_both_formats(flights_database: Database, ingest: Ingest) -> None:
    first = await send(ingest, write_fares_jsonl([FARE]), 1)
    assert (first.decision, first.counts.good, first.changed) == (Accept(), 1, 1)
    cheaper = replace(FARE, price=Price(30_000, 5_000))
    second = await send(ingest, write_fares_csv([cheaper]), 2, format=FeedFormat.CSV)
    assert (second.decision, second.changed) == (Accept(), 1)
    [fare] = await fares_of(flights_database, "BA")
    assert fare.state.p == Price(30_000, 5_000)
    assert (await versions(flights_database))["BA", "fares"] == 2


async def test_bookings_of_flights_with_other_limits_are_brought_in_line(
    flights_database: Database,
) -> None:
    bookings = Bookings()
    ingest = Ingest(PostgresFeeds(flights_database, bookings.reconcile), NoonClock())
    period = FARE.key.period
    limits = [
        ClassLimits("BA", number, "LHR", "JFK", Cabin.ECONOMY, period, (("Y", 9), ("M", 4)))
        for number in (117, 175)
    ]
    fewer = replace(limits[1], limits=(("Y", 9), ("M", 1)))
    fares = [replace(FARE, key=FARE.key._replace(basis=basis)) for basis in ("A", "B", "C", "D")]
    for sequence, filed in enumerate((limits, [limits[0], fewer], [fewer]), 1):
        await send(ingest, write_fares_jsonl(fares, limits=filed), sequence)
    first, second, third = (told for _, told in bookings.told)
    assert list(first) == [Designator("BA", 117), Designator("BA", 175)]
    assert list(second) == [Designator("BA", 175)]
    assert list(third) == [Designator("BA", 117)]


async def test_two_fares_feeds_of_an_airline_have_sequences_of_their_own(
    flights_database: Database, ingest: Ingest
) -> None:
    await send(ingest, write_fares_jsonl([FARE]), 900)
    other = replace(FARE, key=FARE.key._replace(basis="YLOW", booking_class="M"))
    outcome = await send(ingest, write_fares_jsonl([other]), 1, feed="late", is_full=False)
    assert (outcome.decision, outcome.changed) == (Accept(), 1)
    assert len(await fares_of(flights_database, "BA")) == 2


async def test_a_fare_that_contradicts_what_stays_on_sale_is_set_aside(
    flights_database: Database, ingest: Ingest
) -> None:
    await send(ingest, write_fares_jsonl([FARE]), 1)
    period = replace(FARE.key.period, first=date(2027, 1, 1))
    overlapping = replace(FARE, key=FARE.key._replace(period=period))
    fresh = replace(FARE, key=FARE.key._replace(basis="NEW"))
    outcome = await send(ingest, write_fares_jsonl([overlapping, fresh]), 2, is_full=False)
    assert outcome.decision == Accept()
    assert (outcome.counts.good, outcome.counts.bad) == (1, 1)
    assert "stay on sale" in outcome.quarantined[0].reason
    assert len(await fares_of(flights_database, "BA")) == 2


async def test_a_fares_file_that_is_cut_off_is_rejected_whole(
    flights_database: Database, ingest: Ingest
) -> None:
    data = write_fares_jsonl([FARE])
    outcome = await send(ingest, data[: data.rindex(b"\n", 0, -1) + 1], 1)
    assert getattr(outcome.decision, "reason", "") == "it has no trailer: it was cut off"
    assert await fares_of(flights_database, "BA") == []


@pytest.mark.parametrize(("rule", "published"), [(RULE, 40_000), (PriceRule(dwell_s=0), 44_000)])
async def test_filed_prices_rest_as_long_as_the_rule_says(
    flights_database: Database, rule: PriceRule, published: int
) -> None:
    ingest = Ingest(PostgresFeeds(flights_database, Bookings().reconcile, rule=rule), NoonClock())
    for sequence, total in enumerate((40_000, 42_000, 44_000), 1):
        fare = replace(FARE, price=Price(total, 5_000))
        await send(ingest, write_fares_jsonl([fare]), sequence)
    [kept] = await fares_of(flights_database, "BA")
    assert (kept.state.p.total, kept.state.s.total) == (published, 44_000)
