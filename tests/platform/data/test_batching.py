"""Batches grow with the load, and one call's fault stays its own."""

import asyncio
from collections.abc import Sequence

import pytest

from holdfast.errors import DefiniteError, HoldfastError, IndefiniteError
from holdfast.platform.data.batching import Batcher
from holdfast.platform.data.failures import Busy, ConstraintViolated, Unavailable


class Recorder:
    """Doubles numbers and remembers the batches; negative ones break a constraint."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.error: Exception | None = None

    async def __call__(self, numbers: Sequence[int]) -> Sequence[int | HoldfastError]:
        self.batches.append(list(numbers))
        await self.gate.wait()
        if self.error:
            raise self.error
        if any(number < 0 for number in numbers):
            raise ConstraintViolated("double", "positive", "negative")
        return [2 * number if number < 100 else DefiniteError("large") for number in numbers]


async def test_calls_of_one_moment_are_one_batch() -> None:
    double = Recorder()
    batcher = Batcher(double)
    assert await asyncio.gather(*map(batcher.ask, range(50))) == list(range(0, 100, 2))
    assert double.batches == [list(range(50))]


async def test_what_comes_meanwhile_is_the_next_batch() -> None:
    double = Recorder()
    batcher = Batcher(double, parallel=1)
    double.gate.clear()
    first = asyncio.create_task(batcher.ask(1))
    await asyncio.sleep(0)
    rest = [asyncio.create_task(batcher.ask(number)) for number in range(2, 6)]
    await asyncio.sleep(0)
    double.gate.set()
    assert await asyncio.gather(first, *rest) == [2, 4, 6, 8, 10]
    assert double.batches == [[1], [2, 3, 4, 5]]


async def test_calls_one_after_the_other_are_all_answered() -> None:
    batcher = Batcher(Recorder(), parallel=1)
    async with asyncio.timeout(10):
        assert [await batcher.ask(number) for number in range(5)] == [0, 2, 4, 6, 8]


async def test_a_batch_is_bounded() -> None:
    double = Recorder()
    batcher = Batcher(double, max_batch=20)
    await asyncio.gather(*map(batcher.ask, range(50)))
    assert [len(batch) for batch in double.batches] == [20, 20, 10]


async def test_too_many_waiting_calls_are_refused_at_once() -> None:
    double = Recorder()
    batcher = Batcher(double, max_waiting=3, parallel=1)
    double.gate.clear()
    waiting = [asyncio.create_task(batcher.ask(number)) for number in range(3)]
    await asyncio.sleep(0)
    waiting += [asyncio.create_task(batcher.ask(number)) for number in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(Busy):
        await batcher.ask(9)
    double.gate.set()
    await asyncio.gather(*waiting)


async def test_what_breaks_a_constraint_is_refused_and_its_neighbours_are_not() -> None:
    batcher = Batcher(Recorder())
    answers = await asyncio.gather(*map(batcher.ask, (1, -1, 3)), return_exceptions=True)
    assert answers[0] == 2
    assert isinstance(answers[1], ConstraintViolated)
    assert answers[2] == 6


async def test_a_refusal_is_told_in_the_words_of_who_batches() -> None:
    batcher = Batcher(Recorder(), refused=lambda refusal: DefiniteError(f"no: {refusal}"))
    with pytest.raises(DefiniteError, match="no: double: violates positive"):
        await batcher.ask(-1)


async def test_an_answer_may_be_an_error_of_one_call() -> None:
    answers = await asyncio.gather(*map(Batcher(Recorder()).ask, (1, 100)), return_exceptions=True)
    assert answers[0] == 2
    assert isinstance(answers[1], DefiniteError)


async def test_an_outage_fails_the_batch_and_the_next_one_works() -> None:
    double = Recorder()
    batcher = Batcher(double)
    double.error = Unavailable("away")
    answers = await asyncio.gather(*map(batcher.ask, (1, 2)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [Unavailable, Unavailable]
    double.error = None
    assert await batcher.ask(3) == 6


async def test_a_fault_of_ours_leaves_nobody_waiting() -> None:
    double = Recorder()
    batcher = Batcher(double)
    double.error = ZeroDivisionError()
    answers = await asyncio.gather(*map(batcher.ask, range(300)), return_exceptions=True)
    assert {type(answer) for answer in answers} == {IndefiniteError}
    double.error = None
    assert await batcher.ask(2) == 4


async def test_a_call_that_was_given_up_is_not_performed() -> None:
    double = Recorder()
    batcher = Batcher(double, parallel=1)
    double.gate.clear()
    first = asyncio.create_task(batcher.ask(1))
    await asyncio.sleep(0)
    given_up = asyncio.create_task(batcher.ask(2))
    await asyncio.sleep(0)
    given_up.cancel()
    await asyncio.gather(given_up, return_exceptions=True)
    double.gate.set()
    await first
    assert await batcher.ask(3) == 6
    assert [1] in double.batches
    assert all(2 not in batch for batch in double.batches)
