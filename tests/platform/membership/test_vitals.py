"""How busy a process is: what it hides is seen, what it says is within its bounds."""

import asyncio
import time

from holdfast.platform.membership.vitals import SHORTEST_S, Vitals


def hang(seconds: float) -> None:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        pass


async def test_a_hang_is_seen_even_before_the_timer_notices() -> None:
    vitals = Vitals()
    vitals.start()
    hang(0.2)
    assert vitals.take().loop_lag_s >= 0.09
    vitals.stop()


async def test_a_hang_between_two_takes_is_not_forgotten_and_told_once() -> None:
    vitals = Vitals()
    vitals.start()
    hang(0.2)
    for _ in range(3):
        await asyncio.sleep(0)
    assert vitals.take().loop_lag_s >= 0.09
    assert vitals.take().loop_lag_s < 0.09
    vitals.stop()


async def test_the_share_of_a_core_is_between_nothing_and_all() -> None:
    vitals = Vitals()
    hang(2 * SHORTEST_S)
    busy = vitals.take().cpu
    assert 0 < busy <= 1
    assert vitals.take().cpu == busy, "too short a time tells nothing new"


async def test_who_is_not_started_or_stopped_says_nothing_wrong() -> None:
    vitals = Vitals()
    hang(0.15)
    assert vitals.take().loop_lag_s == 0.0
    vitals.start()
    vitals.stop()
    vitals.stop()
    assert vitals.take().loop_lag_s == 0.0
