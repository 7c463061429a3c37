"""A scenario can await nothing but requests, and its ends are exceptions of their own."""

import pytest

from holdfast.grading.domain.requests import (
    CpuOverrun,
    Diverged,
    Overrun,
    Sleep,
    perform,
)


def test_a_request_is_yielded_and_answered() -> None:
    async def play() -> str:
        return f"got {await perform(Sleep(1))}"

    body = play()
    assert body.send(None) == Sleep(1)
    with pytest.raises(StopIteration, match="got 7"):
        body.send(7)


def test_an_overrun_passes_through_an_authors_net() -> None:
    assert not issubclass(Overrun, Exception)
    assert issubclass(CpuOverrun, Overrun)


def test_a_divergence_carries_its_hint_and_place() -> None:
    divergence = Diverged("wrong", 3)
    assert (divergence.hint, divergence.entry, str(divergence)) == ("wrong", 3, "wrong")
