"""Taking files in."""

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from holdfast.flights.domain.delivery import (
    Accept,
    Duplicate,
    HeldForApproval,
    Older,
    Policy,
    Rejected,
)
from holdfast.flights.service.feed_content import StatusContent
from holdfast.flights.service.ingest_feed import Ingest, Policies
from holdfast.flights.service.ports.feeds import Outcome
from tests.flights.feed_desk import NOON, MemoryFeeds, MemoryFile, delivery_of, status_lines


@dataclass
class NoonClock:
    def wall(self) -> datetime:
        return NOON

    def monotonic(self) -> float:
        return 0.0


@pytest.fixture
def store() -> MemoryFeeds:
    return MemoryFeeds()


@pytest.fixture
def ingest(store: MemoryFeeds) -> Ingest:
    return Ingest(store, NoonClock())


async def send(ingest: Ingest, data: bytes, sequence: int = 1, **other: object) -> Outcome:
    return await ingest.ingest(delivery_of(data, sequence, **other), MemoryFile(data))


async def test_a_file_is_read_and_applied(ingest: Ingest, store: MemoryFeeds) -> None:
    outcome = await send(ingest, status_lines(117, 118))
    assert (outcome.decision, outcome.counts.good) == (Accept(), 2)
    [(delivery, content)] = store.applied
    assert isinstance(content, StatusContent)
    assert [update.leg.number for update in content.updates] == [117, 118]
    assert delivery.sequence == 1


async def test_a_repeated_or_older_file_is_not_even_read(
    ingest: Ingest, store: MemoryFeeds
) -> None:
    data = status_lines(117)
    await send(ingest, data, 5)
    broken = MemoryFile(b"this is never looked at")
    assert (await ingest.ingest(delivery_of(data, 5), broken)).decision == Duplicate()
    assert (await ingest.ingest(delivery_of(b"", 4), broken)).decision == Older(5)
    assert len(store.applied) == 1


async def test_bad_records_are_named_and_the_rest_is_applied(ingest: Ingest) -> None:
    outcome = await send(ingest, status_lines(117) + b"nonsense\n" + status_lines(118))
    assert outcome.decision == Accept()
    assert [(bad.line, bad.content) for bad in outcome.quarantined] == [(2, "nonsense")]


async def test_a_torn_file_is_rejected_whole(ingest: Ingest, store: MemoryFeeds) -> None:
    outcome = await send(ingest, status_lines(117) + b'{"records":2}\n')
    assert outcome.decision == Rejected("the trailer tells of 2 records, 1 are there", 2)
    assert store.applied == []


@pytest.mark.parametrize(
    "other", [{"airline": "../x"}, {"feed": "../x"}, {"produced_at": NOON + timedelta(hours=2)}]
)
async def test_an_envelope_that_cannot_be_right_is_rejected(
    ingest: Ingest, other: dict[str, object]
) -> None:
    assert isinstance((await send(ingest, status_lines(1), **other)).decision, Rejected)


async def test_a_held_file_is_applied_when_a_person_says_so(
    ingest: Ingest, store: MemoryFeeds
) -> None:
    await send(ingest, status_lines(1, 2, 3), 1, is_full=True)
    held = await send(ingest, status_lines(1), 2, is_full=True)
    assert isinstance(held.decision, HeldForApproval)
    assert len(store.applied) == 1
    outcome = await ingest.approve(held.delivery_id, "operator")
    assert outcome
    assert outcome.decision == Accept()
    assert store.decided_by == ["operator"]
    assert len(store.applied) == 2
    assert await ingest.approve(held.delivery_id, "operator") is None


async def test_a_held_file_that_is_not_meant_is_dropped(ingest: Ingest, store: MemoryFeeds) -> None:
    await send(ingest, status_lines(1, 2, 3), 1, is_full=True)
    held = await send(ingest, status_lines(1), 2, is_full=True)
    assert await ingest.refuse(held.delivery_id, "operator")
    assert not await ingest.refuse(held.delivery_id, "operator")
    assert len(store.applied) == 1


async def test_a_feed_may_have_a_policy_of_its_own(store: MemoryFeeds) -> None:
    policies = Policies(of_feeds={"BA.ops": Policy(shrink_percent=100)})
    ingest = Ingest(store, NoonClock(), policies)
    await send(ingest, status_lines(1, 2, 3), 1, is_full=True)
    assert (await send(ingest, status_lines(1), 2, is_full=True)).decision == Accept()


async def test_reading_does_not_hold_up_the_loop(ingest: Ingest) -> None:
    data = status_lines(*range(1, 3001))
    reading = asyncio.create_task(send(ingest, data))
    turns = 0
    while not reading.done():
        turns += 1
        await asyncio.sleep(0)
    assert turns > 10
    assert (await reading).counts.good == 3000
    assert hashlib.sha256(data).digest() == delivery_of(data).sha256
