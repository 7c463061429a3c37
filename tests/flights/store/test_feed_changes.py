"""Telegrams change what is stored."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from holdfast.flights.domain.delivery import Accept, FeedFormat, FeedKind
from holdfast.flights.domain.schedule import Designator, Period
from holdfast.flights.service.ingest_feed import Ingest
from holdfast.flights.service.ports.feeds import Outcome
from holdfast.flights.store.feeds import PostgresFeeds
from holdfast.flights.store.schedule import flight_legs, replace_schedule
from holdfast.flights.store.versions import versions
from holdfast.platform.data.database import Database, Transaction
from tests.flights.domain.test_flight_status import BA117, OUT
from tests.flights.feed_desk import MemoryFile, delivery_of
from tests.flights.service.test_ingest_feed import NoonClock

FIRST_WEEK = Period(date(2026, 12, 1), date(2026, 12, 7))
CANCELLATION = "SSM\nLT\nCNL\nBA{number}\n01DEC26 07DEC26 1234567\n"


@pytest.fixture
def touched() -> list[Designator]:
    return []


@pytest.fixture
async def ingest(flights_database: Database, touched: list[Designator]) -> Ingest:
    async def reconcile(_: Transaction, __: str, designators: Sequence[Designator]) -> None:
        touched.extend(designators)

    async with flights_database.transaction() as tx:
        await replace_schedule(tx, "BA", [OUT])
    return Ingest(PostgresFeeds(flights_database, reconcile), NoonClock())


async def send(ingest: Ingest, text: str, sequence: int = 1) -> Outcome:
    data = text.encode()
    delivery = delivery_of(
        data, sequence, feed="changes", kind=FeedKind.SCHEDULE_CHANGE, format=FeedFormat.SSM
    )
    return await ingest.ingest(delivery, MemoryFile(data))


async def test_a_cancellation_takes_its_dates_out_and_leaves_the_others(
    flights_database: Database, ingest: Ingest, touched: list[Designator]
) -> None:
    outcome = await send(ingest, CANCELLATION.format(number=117))
    assert (outcome.decision, outcome.counts.good) == (Accept(), 1)
    legs = await flight_legs(flights_database, BA117)
    assert [(leg.period.first, leg.period.last) for leg in legs] == [
        (OUT.period.first, date(2026, 11, 30)),
        (date(2026, 12, 8), OUT.period.last),
    ]
    assert touched == [BA117]
    assert await versions(flights_database) == {("BA", "schedule"): 2}


async def test_what_cannot_be_carried_out_is_set_aside_and_the_rest_stands(
    flights_database: Database, ingest: Ingest
) -> None:
    unknown = CANCELLATION.format(number=999)
    outcome = await send(ingest, CANCELLATION.format(number=117) + unknown)
    assert outcome.decision == Accept()
    assert (outcome.counts.good, outcome.counts.bad) == (1, 1)
    [bad] = outcome.quarantined
    assert bad.reason == "there is nothing to change on these dates"
    assert bad.content == "CNL BA999"
    assert len(await flight_legs(flights_database, BA117)) == 2


async def test_changes_of_one_file_build_on_each_other(
    flights_database: Database, ingest: Ingest, touched: list[Designator]
) -> None:
    back = CANCELLATION.format(number=117).replace("CNL", "RIN")
    outcome = await send(ingest, CANCELLATION.format(number=117) + back)
    assert (outcome.counts.good, outcome.changed) == (2, 0)
    [leg] = await flight_legs(flights_database, BA117)
    assert leg == replace(OUT, period=leg.period)
    assert FIRST_WEEK.first in leg.period
    assert touched == []


async def test_times_of_a_new_flight_get_the_offsets_of_their_stations(
    flights_database: Database, ingest: Ingest
) -> None:
    new = "SSM\nLT\nNEW\nBA119\n01DEC26 07DEC26 1234567\nJ 777 .C050Y200\nLHR0900 JFK1200\n"
    outcome = await send(ingest, new)
    assert (outcome.decision, list(outcome.quarantined)) == (Accept(), [])
    [leg] = await flight_legs(flights_database, Designator("BA", 119))
    assert (leg.departure_offset_min, leg.arrival_offset_min) == (0, -300)
    assert leg.duration_min == 480


async def test_a_telegram_of_another_airline_is_set_aside(ingest: Ingest) -> None:
    foreign = CANCELLATION.format(number=117).replace("BA117", "AA117")
    outcome = await send(ingest, CANCELLATION.format(number=117) + foreign)
    assert [bad.reason for bad in outcome.quarantined] == ["it is of AA, not of BA"]
