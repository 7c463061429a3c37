"""Files on PostgreSQL: all of a delivery or nothing, whatever happens in between."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from holdfast.flights.domain.delivery import (
    Accept,
    BadRecord,
    Counts,
    Delivery,
    Duplicate,
    FeedFormat,
    FeedKind,
    HeldForApproval,
    Older,
    Policy,
    Rejected,
)
from holdfast.flights.domain.schedule import Designator, LegPattern, Period
from holdfast.flights.service.feed_content import ScheduleContent
from holdfast.flights.service.ingest_feed import Ingest
from holdfast.flights.service.ports.feeds import Outcome
from holdfast.flights.store import feeds as module
from holdfast.flights.store.feeds import PostgresFeeds
from holdfast.flights.store.schedule import flight_legs
from holdfast.flights.store.status import PostgresStatus
from holdfast.flights.store.versions import versions
from holdfast.flights.wire.ssim_writer import write_ssim
from holdfast.platform.data.database import Database, Transaction
from holdfast.platform.data.queries import Statement
from tests.flights.domain.test_flight_status import BA117, DAY, KEY, OUT
from tests.flights.feed_desk import NOON, MemoryFile, delivery_of, status_lines
from tests.flights.service.test_ingest_feed import NoonClock

SEASON = Period(date(2026, 10, 25), date(2027, 3, 27))
LEGS = [
    replace(OUT, designator=Designator("BA", number), marketed_as=()) for number in range(101, 111)
]


class Bookings:
    """What would bring bookings in line: it remembers what it was told, or fails."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Sequence[Designator]]] = []
        self.fails = False

    async def reconcile(
        self, tx: Transaction, airline: str, designators: Sequence[Designator]
    ) -> None:
        if self.fails:
            raise RuntimeError("the process dies here")
        self.told.append((airline, designators))


@pytest.fixture
def bookings() -> Bookings:
    return Bookings()


@pytest.fixture
def store(flights_database: Database, bookings: Bookings) -> PostgresFeeds:
    return PostgresFeeds(flights_database, bookings.reconcile)


@pytest.fixture
def ingest(store: PostgresFeeds) -> Ingest:
    return Ingest(store, NoonClock())


def season(data: bytes, sequence: int) -> Delivery:
    return delivery_of(
        data,
        sequence,
        feed="season",
        kind=FeedKind.SCHEDULE,
        format=FeedFormat.SSIM,
        is_full=True,
    )


async def file_season(ingest: Ingest, legs: Sequence[LegPattern], sequence: int) -> Outcome:
    data = write_ssim("BA", legs, season=SEASON, created=date(2026, 11, 1))
    return await ingest.ingest(season(data, sequence), MemoryFile(data))


async def tell(ingest: Ingest, data: bytes, sequence: int = 1, **other: object) -> Outcome:
    return await ingest.ingest(delivery_of(data, sequence, **other), MemoryFile(data))


async def filed(database: Database) -> int:
    return len(await flight_legs(database, *(leg.designator for leg in LEGS)))


async def count(database: Database, table: str) -> int:
    found = await database.fetchval(Statement("count", f"SELECT count(*) FROM {table}"))
    assert isinstance(found, int)
    return found


async def test_a_season_is_filed_and_its_flights_are_told_to_bookings(
    flights_database: Database, ingest: Ingest, bookings: Bookings
) -> None:
    outcome = await file_season(ingest, LEGS, 1)
    assert (outcome.decision, outcome.counts, outcome.changed) == (Accept(), Counts(10, 0), 10)
    assert await filed(flights_database) == 10
    assert await versions(flights_database) == {("BA", "schedule"): 1}
    [(airline, designators)] = bookings.told
    assert (airline, set(designators)) == ("BA", {leg.designator for leg in LEGS})


async def test_the_same_season_again_changes_nothing(
    flights_database: Database, ingest: Ingest, bookings: Bookings
) -> None:
    for sequence in (1, 1, 2):
        outcome = await file_season(ingest, LEGS, sequence)
    assert outcome.decision == Duplicate()
    assert await versions(flights_database) == {("BA", "schedule"): 1}
    assert len(bookings.told) == 1
    assert (await file_season(ingest, LEGS[:9], 1)).decision == Older(2)


async def test_a_newer_season_swaps_and_names_only_what_changed(
    flights_database: Database, ingest: Ingest, bookings: Bookings
) -> None:
    await file_season(ingest, LEGS, 1)
    moved = [*LEGS[:8], replace(LEGS[8], departure_min=600)]
    outcome = await file_season(ingest, moved, 2)
    assert outcome.decision == Accept()
    assert await filed(flights_database) == 9
    assert set(bookings.told[1][1]) == {LEGS[8].designator, LEGS[9].designator}


async def test_a_short_season_waits_and_is_applied_when_approved(
    flights_database: Database, store: PostgresFeeds, ingest: Ingest
) -> None:
    await file_season(ingest, LEGS, 1)
    outcome = await file_season(ingest, LEGS[:3], 2)
    assert isinstance(outcome.decision, HeldForApproval)
    again = await file_season(ingest, LEGS[:3], 2)
    assert again.delivery_id == outcome.delivery_id, "the same file waits once"
    assert await filed(flights_database) == 10
    [held] = await store.held("BA")
    assert (held.id, held.records, held.delivery.sequence) == (outcome.delivery_id, 3, 2)
    assert await store.held("AA") == []
    approved = await ingest.approve(held.id, "operator")
    assert approved
    assert approved.decision == Accept()
    assert await filed(flights_database) == 3
    assert await store.held() == []
    assert await count(flights_database, "held_parts") == 0
    assert await ingest.approve(held.id, "operator") is None


async def test_a_held_file_that_is_refused_leaves_nothing(
    flights_database: Database, store: PostgresFeeds, ingest: Ingest
) -> None:
    await file_season(ingest, LEGS, 1)
    held = await file_season(ingest, LEGS[:3], 2)
    assert await ingest.refuse(held.delivery_id, "operator")
    assert not await ingest.refuse(held.delivery_id, "operator")
    assert await count(flights_database, "held_parts") == 0
    assert await filed(flights_database) == 10


async def test_a_held_file_is_superseded_by_a_newer_one(
    flights_database: Database, store: PostgresFeeds, ingest: Ingest
) -> None:
    await file_season(ingest, LEGS, 1)
    held = await file_season(ingest, LEGS[:3], 2)
    await file_season(ingest, LEGS[:9], 3)
    assert await store.held() == []
    assert await count(flights_database, "held_parts") == 0
    assert await ingest.approve(held.delivery_id, "operator") is None


async def test_a_held_file_that_became_old_while_it_was_read_is_not_applied(
    flights_database: Database, store: PostgresFeeds, ingest: Ingest
) -> None:
    await file_season(ingest, LEGS, 1)
    held = (await store.held_file((await file_season(ingest, LEGS[:3], 5)).delivery_id)) or ()
    waiting, _ = held
    await flights_database.execute(Statement("newer", "UPDATE feeds SET sequence = 9"))
    outcome = await store.approve(
        waiting, module.ReadFile(None, Counts(3, 0)), Policy(is_approved=True), "operator"
    )
    assert outcome
    assert outcome.decision == Older(9)
    assert await filed(flights_database) == 10


async def test_what_dies_in_the_middle_leaves_nothing_and_can_be_sent_again(
    flights_database: Database, ingest: Ingest, bookings: Bookings
) -> None:
    bookings.fails = True
    with pytest.raises(RuntimeError):
        await file_season(ingest, LEGS, 1)
    tables = ("schedule_legs", "deliveries", "feeds", "versions", "quarantined_records")
    assert [await count(flights_database, table) for table in tables] == [0] * 5
    bookings.fails = False
    assert (await file_season(ingest, LEGS, 1)).decision == Accept()


@pytest.mark.parametrize(
    "step",
    ["taken", "add_updates", "put_known", "take", "supersede", "add_delivery", "add_quarantined"],
)
async def test_a_delivery_that_ends_before_any_of_its_steps_leaves_nothing(
    flights_database: Database,
    ingest: Ingest,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
) -> None:
    def cut(method: str) -> None:
        whole = getattr(Transaction, method)

        async def until(self: Transaction, statement: Statement, *values: object) -> object:
            if statement.name == step:
                raise RuntimeError("cut off")
            return await whole(self, statement, *values)

        monkeypatch.setattr(Transaction, method, until)

    for method in ("fetch", "fetchrow", "fetchval", "execute"):
        cut(method)
    with pytest.raises(RuntimeError, match="cut off"):
        await tell(ingest, status_lines(117) + b"nonsense\n")
    monkeypatch.undo()
    tables = ("leg_status", "status_updates", "deliveries", "feeds", "versions")
    assert [await count(flights_database, table) for table in tables] == [0] * 5
    assert (await tell(ingest, status_lines(117) + b"nonsense\n")).decision == Accept()


async def test_a_cancelled_delivery_leaves_nothing(
    flights_database: Database, bookings: Bookings
) -> None:
    reached = asyncio.Event()

    async def never(tx: Transaction, airline: str, designators: Sequence[Designator]) -> None:
        reached.set()
        await asyncio.Event().wait()

    ingest = Ingest(PostgresFeeds(flights_database, never), NoonClock())
    filing = asyncio.create_task(file_season(ingest, LEGS, 1))
    await reached.wait()
    filing.cancel()
    await asyncio.gather(filing, return_exceptions=True)
    assert await filed(flights_database) == 0
    assert await count(flights_database, "deliveries") == 0


async def test_status_is_applied_with_its_feed_and_sequence(
    flights_database: Database, ingest: Ingest
) -> None:
    await tell(ingest, status_lines(117), 3)
    found = await PostgresStatus(flights_database).told(BA117, DAY)
    assert found.known[KEY].facts.board_gate == "C57"
    assert found.history[0].feed == "ops"


async def test_deliveries_of_one_feed_come_one_at_a_time(
    flights_database: Database, ingest: Ingest
) -> None:
    files = [status_lines(117, number) for number in range(1, 7)]
    outcomes = await asyncio.gather(
        *(tell(ingest, data, sequence) for sequence, data in enumerate(files, 1))
    )
    decisions = [type(outcome.decision) for outcome in outcomes]
    assert set(decisions) <= {Accept, Older}
    accepted = decisions.count(Accept)
    assert decisions[-1] is Accept
    assert (await versions(flights_database))["BA", "status"] == accepted


async def test_bad_records_are_kept_with_line_and_reason(
    store: PostgresFeeds, ingest: Ingest
) -> None:
    await tell(ingest, status_lines(117) + b"non\0sense \xf0\x9f\n")
    [one] = await store.quarantined("BA", 10)
    assert (one.feed, one.sequence, one.record.line) == ("ops", 1, 2)
    assert one.record.reason.startswith("the line is not an update")
    assert one.record.content.startswith("non�sense")
    assert await store.quarantined("AA", 10) == []


async def test_only_the_first_bad_records_are_kept(
    store: PostgresFeeds, ingest: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_QUARANTINED", 2)
    await tell(ingest, status_lines(*range(1, 200)) + b"x\n" * 5)
    assert len(await store.quarantined("BA", 10)) == 2


async def test_how_a_feed_stands(store: PostgresFeeds, ingest: Ingest) -> None:
    await tell(ingest, status_lines(117) + b"nonsense\n", 4)
    await tell(ingest, b"garbage\n", 5)
    [facts] = await store.facts()
    assert (facts.airline, facts.feed, facts.kind) == ("BA", "ops", FeedKind.STATUS)
    assert (facts.sequence, facts.produced_at, facts.quarantined) == (4, NOON, 1)
    assert (facts.last_sequence, facts.last_outcome) == (5, "rejected")
    assert facts.last_reason == "1 of 1 records are bad, more than 5 %"
    assert await store.facts("AA") == []


async def test_a_feed_that_never_delivered_anything_right_is_known(
    store: PostgresFeeds, ingest: Ingest
) -> None:
    await tell(ingest, b"garbage\n", 5)
    [facts] = await store.facts("BA")
    assert (facts.kind, facts.sequence, facts.held) == (FeedKind.STATUS, None, 0)


async def test_a_feed_keeps_its_kind(ingest: Ingest) -> None:
    await file_season(ingest, LEGS, 1)
    outcome = await tell(ingest, status_lines(1), 2, feed="season")
    assert outcome.decision == Rejected("the feed season is of kind schedule, not status")


async def test_old_deliveries_are_forgotten_with_what_they_set_aside(
    flights_database: Database,
    store: PostgresFeeds,
    ingest: Ingest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "KEPT_DELIVERIES", 3)
    for sequence in range(1, 7):
        await tell(ingest, status_lines(sequence) + b"nonsense\n", sequence)
    assert await count(flights_database, "deliveries") == 3
    assert [one.sequence for one in await store.quarantined("BA", 10)] == [6, 5, 4]


async def test_a_large_held_file_comes_back_as_it_was(
    store: PostgresFeeds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PART_BYTES", 1000)
    data = b"".join(hashlib.sha256(b"%d" % n).digest() for n in range(500))
    delivery = replace(season(data, 2), declared=None)
    await store.deliver(
        replace(delivery, sequence=1, sha256=b"1" * 32, kind=FeedKind.SCHEDULE),
        module.ReadFile(nothing_filed(), Counts(100, 0)),
        Policy(),
        MemoryFile(b""),
    )
    outcome = await store.deliver(
        delivery, module.ReadFile(nothing_filed(), Counts(1, 0)), Policy(), MemoryFile(data)
    )
    held, file = (await store.held_file(outcome.delivery_id)) or (None, None)
    assert held
    assert file
    assert b"".join(file.chunks()) == data
    assert held.delivery == delivery


def nothing_filed() -> ScheduleContent:
    return ScheduleContent([])


def test_text_that_the_database_cannot_hold_is_mended() -> None:
    assert module._storable("a\0b\ud800") == "a�b?"
    assert BadRecord(1, "x").content == ""
