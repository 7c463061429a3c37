"""Status on PostgreSQL."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from holdfast.flights.domain.flight import LegKey
from holdfast.flights.domain.schedule import Designator
from holdfast.flights.domain.status import LegFacts, LegState, StatusUpdate
from holdfast.flights.store import status as store
from holdfast.flights.store.schedule import replace_schedule
from holdfast.flights.store.status import PostgresStatus, apply_status, forget
from holdfast.platform.data.database import Database
from tests.flights.domain.test_flight_status import AA6143, BA117, DAY, DEPARTS, KEY, OUT
from tests.flights.domain.test_status import at, told


async def apply(database: Database, sequence: int, *updates: StatusUpdate) -> int:
    async with database.transaction() as tx:
        return await apply_status(tx, "BA", updates, sequence, feed="ops")


async def test_what_is_told_is_known(flights_database: Database) -> None:
    facts = LegFacts(state=LegState.DIVERTED, arrival_actual=DEPARTS, reason='fog, "thick"')
    other = replace(KEY, board="JFK", off="MIA")
    updates = [StatusUpdate(KEY, at(1), facts), StatusUpdate(other, at(2), LegFacts(off_gate=""))]
    assert await apply(flights_database, 1, *updates) == 2
    found = await PostgresStatus(flights_database).told(BA117, DAY)
    assert found.known[KEY].facts == facts
    assert found.known[KEY].updated_at == at(1)
    assert found.known[other].facts == LegFacts(off_gate="")
    assert [(line.leg, line.told_at, line.feed, line.facts) for line in found.history] == [
        (other, at(2), "ops", LegFacts(off_gate="")),
        (KEY, at(1), "ops", facts),
    ]


async def test_the_version_moves_only_with_news(flights_database: Database) -> None:
    reads = PostgresStatus(flights_database)
    assert await reads.versions() == {}
    await apply(flights_database, 1, told(5, board_gate="A1"))
    assert await reads.versions() == {("BA", "status"): 1}
    assert await apply(flights_database, 2, told(1, board_gate="Z9")) == 0
    assert await apply(flights_database, 3) == 0
    assert await reads.versions() == {("BA", "status"): 1}


async def test_an_update_that_comes_late_stands_in_the_history_only(
    flights_database: Database,
) -> None:
    await apply(flights_database, 1, told(5, board_gate="B2"))
    await apply(flights_database, 2, told(1, board_gate="A1"))
    found = await PostgresStatus(flights_database).told(BA117, DAY)
    assert found.known[KEY].facts.board_gate == "B2"
    assert [line.facts.board_gate for line in found.history] == ["B2", "A1"]


async def test_the_same_telling_again_is_no_new_line(flights_database: Database) -> None:
    for sequence in (1, 2):
        await apply(flights_database, sequence, told(5, board_gate="B2"), told(5, board_gate="B2"))
    assert len((await PostgresStatus(flights_database).told(BA117, DAY)).history) == 1


async def test_many_updates_are_applied_in_batches(
    flights_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "BATCH", 3)
    updates = [told(minute, board_gate=str(minute)) for minute in range(8)]
    assert await apply(flights_database, 1, *updates) == 3, "once for each batch"
    found = await PostgresStatus(flights_database).told(BA117, DAY)
    assert found.known[KEY].facts.board_gate == "7"


async def test_the_history_that_is_shown_is_bounded_to_the_newest(
    flights_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "MAX_HISTORY", 2)
    await apply(flights_database, 1, *(told(n, board_gate=str(n)) for n in range(4)))
    found = await PostgresStatus(flights_database).told(BA117, DAY)
    assert [line.facts.board_gate for line in found.history] == ["3", "2"]


async def test_those_who_sell_a_flight_as_their_own_are_its_partners(
    flights_database: Database,
) -> None:
    sold = replace(OUT, designator=AA6143, operating=BA117, marketed_as=())
    ended = replace(
        sold,
        designator=Designator("QF", 1),
        period=replace(OUT.period, last=DAY - timedelta(days=1)),
    )
    async with flights_database.transaction() as tx:
        await replace_schedule(tx, "AA", [sold])
        await replace_schedule(tx, "QF", [ended])
    reads = PostgresStatus(flights_database)
    assert (await reads.told(BA117, DAY)).partners == [AA6143]
    assert await reads.patterns(AA6143) == [sold]
    assert await reads.patterns(BA117) == []


async def test_old_days_are_forgotten(flights_database: Database) -> None:
    old = LegKey("BA", 117, "", date(2026, 11, 1), "LHR", "JFK")
    updates = [replace(told(1, board_gate="1"), leg=old), told(1, board_gate="2")]
    await apply(flights_database, 1, *updates)
    assert await forget(flights_database, DAY) == 2
    reads = PostgresStatus(flights_database)
    assert (await reads.told(BA117, old.flight_date)).known == {}
    assert len((await reads.told(BA117, DAY)).history) == 1
