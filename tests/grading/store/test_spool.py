"""The lanes are bounded and fair, and nothing in them is lost or counted twice."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.errors import DefiniteError
from holdfast.grading.service.ledger_calls import MAX_CALLS
from holdfast.grading.store.spool import Item, Lane, Spool, SpoolLimits


def item(lane: Lane, size: int = 10) -> Item:
    return Item(lane, bytes(size), asyncio.get_running_loop().create_future())


async def test_asks_and_records_take_turns_and_never_share_a_batch() -> None:
    spool = Spool(SpoolLimits())
    for lane in (Lane.RECORD, Lane.ASK, Lane.REPORT):
        for _ in range(200):
            spool.put(item(lane))
    batches = [spool.take() for _ in range(6)]
    kinds = [{one.lane for one in batch} for batch in batches]
    assert kinds[:4] == [{Lane.ASK}, {Lane.RECORD}, {Lane.ASK}, {Lane.RECORD, Lane.REPORT}]
    assert [len(batch) for batch in batches] == [MAX_CALLS, MAX_CALLS, 72, MAX_CALLS, MAX_CALLS, 16]


async def test_asks_are_taken_alone_when_enough_records_are_under_way() -> None:
    spool = Spool(SpoolLimits())
    ask = item(Lane.ASK)
    spool.put(item(Lane.RECORD))
    spool.put(ask)
    assert spool.take(records=False) == [ask]
    assert spool.take(records=False) == []
    assert len(spool.take()) == 1


async def test_a_batch_stops_at_its_bytes_but_takes_one_large_call() -> None:
    spool = Spool(SpoolLimits(batch_bytes=100))
    for size in (60, 30, 20, 500):
        spool.put(item(Lane.RECORD, size))
    assert [[len(one.raw) for one in spool.take()] for _ in range(4)] == [[60, 30], [20], [500], []]


async def test_what_must_be_sent_alone_is_sent_alone() -> None:
    spool = Spool(SpoolLimits())
    first, second = item(Lane.RECORD), item(Lane.RECORD)
    second.alone = True
    for one in (first, second, item(Lane.RECORD)):
        spool.put(one)
    assert spool.take() == [first]
    assert spool.take() == [second]


async def test_records_are_bounded_in_count_and_bytes() -> None:
    spool = Spool(SpoolLimits(records=3, record_bytes=100, full_share=0.5))
    spool.put(item(Lane.RECORD, 60))
    assert spool.is_full
    with pytest.raises(DefiniteError):
        spool.put(item(Lane.RECORD, 50))
    spool.put(item(Lane.RECORD, 1))
    spool.put(item(Lane.RECORD, 1))
    with pytest.raises(DefiniteError):
        spool.put(item(Lane.RECORD, 1))


async def test_what_is_under_way_still_counts_until_it_is_settled() -> None:
    spool = Spool(SpoolLimits(asks=1))
    ask = item(Lane.ASK)
    spool.put(ask)
    assert spool.take() == [ask]
    with pytest.raises(DefiniteError):
        spool.put(item(Lane.ASK))
    spool.settled(ask)
    spool.put(item(Lane.ASK))


async def test_asks_that_were_given_up_are_left_out() -> None:
    spool = Spool(SpoolLimits())
    ask = item(Lane.ASK)
    spool.put(ask)
    ask.future.cancel()
    assert spool.take() == []
    assert spool.count(Lane.ASK) == 0


async def test_put_back_goes_before_or_behind_the_rest() -> None:
    spool = Spool(SpoolLimits())
    items = [item(Lane.RECORD, size) for size in (1, 2, 3, 4)]
    for one in items:
        spool.put(one)
    first = spool.take()
    spool.put(item(Lane.RECORD, 5))
    spool.put_back(first)
    assert [len(one.raw) for one in spool.take()] == [1, 2, 3, 4, 5]
    spool.put(item(Lane.RECORD, 6))
    spool.put_back(first, at_end=True)
    assert [len(one.raw) for one in spool.take()] == [6, 1, 2, 3, 4]


async def test_draining_takes_everything() -> None:
    spool = Spool(SpoolLimits())
    for lane in Lane:
        spool.put(item(lane))
    assert len(spool.drain()) == 3
    assert spool.waiting == 0


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(list(Lane)), st.integers(1, 400)), max_size=300))
def test_every_call_is_taken_exactly_once(calls: list[tuple[Lane, int]]) -> None:
    async def scene() -> None:
        spool = Spool(SpoolLimits(batch_bytes=1000))
        items = [item(lane, size) for lane, size in calls]
        for one in items:
            spool.put(one)
        taken: list[Item] = []
        while batch := spool.take():
            assert len(batch) <= MAX_CALLS
            assert len(batch) == 1 or sum(len(one.raw) for one in batch) <= 1000
            taken += batch
        assert sorted(map(id, taken)) == sorted(map(id, items))
        for one in taken:
            spool.settled(one)
        assert [spool.count(lane) for lane in Lane] == [0, 0, 0]

    asyncio.run(scene())
