"""Programs come at their rate, and each is told by what became of it."""

import asyncio

import pytest

from holdfast.platform.load import attempts as module
from holdfast.platform.load.attempts import Attempts
from holdfast.platform.runtime.journey import Person, Played


async def test_they_come_at_the_rate_and_are_counted_by_what_became_of_them() -> None:
    async def play(person: Person) -> tuple[str, Played]:
        return "one", Played.RIGHT if person.number % 2 else Played.WRONG

    async def other(_: Person) -> tuple[str, Played]:
        return "other", Played.LOST

    attempts = Attempts([play, other], 400.0, 0.2, seed=1)
    await attempts.run()
    seen = attempts.seen
    assert 40 < seen.begun < 160
    assert seen.became("wrong") + seen.became("lost") == seen.begun == seen.failures
    assert seen.ended["one", "right"] == 0, "even numbers only, for there are two programs"
    assert seen.times.count == seen.begun


async def test_those_that_never_end_and_those_beyond_the_limit_are_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "AT_ONCE", 3)
    monkeypatch.setattr(module, "LEAVE_S", 0.01)

    async def play(_: Person) -> tuple[str, Played]:
        await asyncio.Event().wait()
        raise AssertionError

    attempts = Attempts([play], 200.0, 0.1)
    await attempts.run()
    assert attempts.seen.ended["unfinished", "lost"] == 3
    assert attempts.seen.ended["not-begun", "lost"] == attempts.seen.begun - 3


async def test_without_programs_nobody_comes() -> None:
    attempts = Attempts([], 200.0, 5.0)
    await attempts.run()
    assert attempts.seen.begun == 0
