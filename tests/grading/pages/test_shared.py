"""Shared answers: many readers, one question to the store."""

import asyncio
from collections.abc import Sequence

import pytest

from holdfast.errors import IndefiniteError
from holdfast.grading.domain.roster import User, UserId
from holdfast.grading.domain.standings import Row
from holdfast.grading.pages.shared import FRESH_S, Shared

ROWS = [Row(User(UserId(1), "Ada"), ())]


class Store:
    """Counts how often it was asked, and answers when it is let."""

    def __init__(self) -> None:
        self.asked = 0
        self.gate = asyncio.Event()
        self.error: Exception | None = None

    async def standings(self) -> Sequence[Row]:
        self.asked += 1
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return ROWS


class Watch:
    """A monotonic clock that is set by hand."""

    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


async def test_who_asks_while_an_answer_is_under_way_gets_that_one() -> None:
    store = Store()
    shared = Shared(store.standings, Watch())
    readers = [asyncio.create_task(shared.get()) for _ in range(50)]
    await asyncio.sleep(0)
    store.gate.set()
    assert await asyncio.gather(*readers) == [ROWS] * 50
    assert store.asked == 1


async def test_an_old_answer_is_asked_anew() -> None:
    store, watch = Store(), Watch()
    store.gate.set()
    shared = Shared(store.standings, watch)
    await shared.get()
    watch.now_s += FRESH_S / 2
    await shared.get()
    assert store.asked == 1
    watch.now_s += FRESH_S
    await shared.get()
    assert store.asked == 2


async def test_a_failure_is_told_to_all_who_waited_and_not_kept() -> None:
    store = Store()
    store.error = IndefiniteError("away")
    store.gate.set()
    shared = Shared(store.standings, Watch())
    for _ in range(2):
        with pytest.raises(IndefiniteError):
            await shared.get()
    store.error = None
    assert await shared.get() == ROWS
    assert store.asked == 3


async def test_a_reader_that_leaves_does_not_take_the_answer_from_others() -> None:
    store = Store()
    shared = Shared(store.standings, Watch())
    impatient, patient = (asyncio.create_task(shared.get()) for _ in range(2))
    await asyncio.sleep(0)
    impatient.cancel()
    with pytest.raises(asyncio.CancelledError):
        await impatient
    store.gate.set()
    assert await patient == ROWS


async def test_an_answer_of_an_older_edition_is_asked_for_anew() -> None:
    store, editions = Store(), [1]
    store.gate.set()
    shared = Shared(store.standings, Watch(), edition=lambda: editions[0])
    await shared.get()
    await shared.get()
    assert store.asked == 1
    editions[0] = 2
    await shared.get()
    assert store.asked == 2
