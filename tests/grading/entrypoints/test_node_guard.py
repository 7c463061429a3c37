"""The guard stops computing without end, and nothing but that."""

import signal
import time
from collections.abc import Iterator

import pytest

from holdfast.grading.domain.requests import CpuOverrun
from holdfast.grading.domain.scenario import Context, Peer
from holdfast.grading.domain.verdict import Verdict
from holdfast.grading.entrypoints.node_guard import CpuGuard
from tests.support.playing import Stageplay


@pytest.fixture
def guard() -> Iterator[CpuGuard]:
    guard = CpuGuard(0.02).install()
    yield guard
    guard.remove()


def spin() -> None:
    while True:
        pass


def test_a_loop_is_stopped(guard: CpuGuard) -> None:
    with pytest.raises(CpuOverrun, match=r"more than 0\.02 s"), guard():
        spin()


def test_a_loop_that_catches_its_stop_is_stopped_again(guard: CpuGuard) -> None:
    caught = 0
    with guard():
        for _ in range(3):
            try:
                spin()
            except CpuOverrun:
                caught += 1
    assert caught == 3


def test_a_quick_step_is_not_disturbed_afterwards(guard: CpuGuard) -> None:
    for _ in range(3):
        with guard():
            pass
    began = time.thread_time()
    while time.thread_time() - began < 0.05:
        pass
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0.0, 0.0)


def test_a_signal_that_comes_late_hits_nobody(guard: CpuGuard) -> None:
    signal.raise_signal(signal.SIGVTALRM)
    with guard():
        pass
    signal.raise_signal(signal.SIGVTALRM)


def test_an_engine_survives_a_scenario_that_never_waits(guard: CpuGuard) -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        try:
            await ctx.sleep(1)
        finally:
            spin()

    stage = Stageplay.of(play, guard=guard)
    stage.tick(1)
    assert stage.outcome.verdict is Verdict.INFRASTRUCTURE
    assert "CpuOverrun" in stage.outcome.teacher_note
