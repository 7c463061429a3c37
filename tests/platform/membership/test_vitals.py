"""How busy a process is: no hang hides, and what is told stays within its bounds."""

import asyncio

import pytest

from holdfast.platform.membership.vitals import SAMPLE_EVERY_S, SHORTEST_S, Vitals
from tests.support.eventually import eventually


class Clocks:
    """Time that passes when a test says so, and what of it was spent on a processor."""

    def __init__(self) -> None:
        self.now = 100.0
        self.used_s = 5.0

    def vitals(self) -> Vitals:
        return Vitals(lambda: self.now, lambda: self.used_s)

    def passes(self, seconds: float, *, cores: float = 0.0) -> None:
        self.now += seconds
        self.used_s += seconds * cores


async def test_a_hang_is_seen_even_before_the_timer_notices() -> None:
    clocks = Clocks()
    vitals = clocks.vitals()
    vitals.start()
    clocks.passes(3.0)
    assert vitals.take().loop_lag_s == pytest.approx(3.0 - SAMPLE_EVERY_S)
    vitals.stop()


async def test_a_hang_between_two_takes_is_not_forgotten_and_told_once() -> None:
    clocks = Clocks()
    vitals = clocks.vitals()
    vitals.start()
    clocks.passes(3.0)
    vitals._sample()
    assert vitals.take().loop_lag_s == pytest.approx(3.0 - SAMPLE_EVERY_S)
    assert vitals.take().loop_lag_s == 0.0
    vitals.stop()


async def test_the_timer_goes_on_by_itself() -> None:
    clocks = Clocks()
    vitals = clocks.vitals()
    vitals.start()
    for seconds in (1.0, 5.0):
        clocks.passes(seconds)
        await eventually(lambda due=vitals._due: vitals._due > due)
    assert vitals.take().loop_lag_s == pytest.approx(5.0 - SAMPLE_EVERY_S)
    vitals.stop()


@pytest.mark.parametrize(("cores", "told"), [(0.0, 0.0), (0.25, 0.25), (1.0, 1.0), (4.0, 1.0)])
def test_the_share_of_a_core_is_between_nothing_and_all(cores: float, told: float) -> None:
    clocks = Clocks()
    vitals = clocks.vitals()
    clocks.passes(2.0, cores=cores)
    assert vitals.take().cpu == pytest.approx(told)
    clocks.passes(SHORTEST_S / 2, cores=1.0)
    assert vitals.take().cpu == pytest.approx(told), "too short a time tells nothing new"


async def test_who_is_not_started_or_stopped_says_nothing_wrong() -> None:
    clocks = Clocks()
    vitals = clocks.vitals()
    clocks.passes(3.0)
    assert vitals.take().loop_lag_s == 0.0
    vitals.start()
    vitals.stop()
    vitals.stop()
    clocks.passes(3.0)
    await asyncio.sleep(0)
    assert vitals.take().loop_lag_s == 0.0
