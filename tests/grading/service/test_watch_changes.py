"""Watchers hear changes in order, never hold anybody up, and learn when they missed some."""

import asyncio

import pytest

from holdfast.grading.domain.attempt import AttemptId, TestId
from holdfast.grading.domain.roster import UserId
from holdfast.grading.service.ports import Change, Spoke
from holdfast.grading.service.watch_changes import ChangeHub, Missed


def change(number: int) -> Change:
    return Change(AttemptId(f"{number:032x}"), UserId(1), TestId("t"), None)


async def test_every_watcher_hears_every_change_in_order() -> None:
    hub = ChangeHub()
    watchers = [hub.watch(), hub.watch()]
    hub.publish([change(1), change(2)])
    hub.publish([change(3)])
    for watcher in watchers:
        assert watcher is not None
        assert [await watcher.next() for _ in range(3)] == [change(1), change(2), change(3)]


async def test_a_slow_watcher_learns_that_it_missed_changes() -> None:
    hub = ChangeHub(max_queued=3)
    watcher = hub.watch()
    assert watcher is not None
    hub.publish(change(number) for number in range(4))
    hub.publish([change(9)])
    assert [await watcher.next(), await watcher.next()] == [Missed(), change(9)]


async def test_a_watcher_wakes_when_something_comes() -> None:
    hub = ChangeHub()
    watcher = hub.watch()
    assert watcher is not None
    waiting = asyncio.create_task(watcher.next())
    await asyncio.sleep(0)
    hub.publish([change(1)])
    assert await waiting == change(1)


async def test_there_are_only_so_many_watchers_until_one_leaves() -> None:
    hub = ChangeHub(max_watchers=1)
    first = hub.watch()
    assert first is not None
    assert hub.watch() is None
    hub.leave(first)
    hub.leave(first)
    assert hub.watchers == 0
    assert hub.watch() is not None


async def test_closing_ends_every_watcher_after_what_is_queued() -> None:
    hub = ChangeHub()
    watcher = hub.watch()
    assert watcher is not None
    hub.publish([change(1)])
    hub.close()
    assert await watcher.next() == change(1)
    assert await watcher.next() is None
    assert hub.watch() is None


async def test_who_left_hears_nothing_more() -> None:
    hub = ChangeHub()
    watcher = hub.watch()
    assert watcher is not None
    hub.leave(watcher)
    hub.publish([change(1)])
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await watcher.next()


async def test_who_speaks_is_told_only_to_those_who_follow_that_attempt() -> None:
    hub = ChangeHub()
    follower, other, everybody = hub.watch("1" * 32), hub.watch("2" * 32), hub.watch()
    assert follower is not None
    assert other is not None
    assert everybody is not None
    spoke = Spoke(AttemptId("1" * 32), UserId(1))
    hub.publish([spoke, change(3)])
    assert [await follower.next(), await follower.next()] == [spoke, change(3)]
    assert await other.next() == change(3)
    assert await everybody.next() == change(3)
