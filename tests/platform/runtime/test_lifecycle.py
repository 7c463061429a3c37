"""A process's life: signals and the parent's death end it in order and in bounded time."""

import asyncio
import signal

import pytest

from holdfast.platform.runtime.lifecycle import Stop
from tests.support.processes import Child

SERVER = """
import asyncio, sys
from holdfast.errors import Mistake
from holdfast.platform.runtime import lifecycle, logs
from holdfast.platform.runtime.lifecycle import announce_ready, run

async def main(stop):
    announce_ready({"tcp": "127.0.0.1:1"})
    await stop.wait()
    print("stopping:", stop.reason, flush=True)
    %s
    print("stopped", flush=True)

logs.configure("child")
lifecycle.CANCEL_S = 0.2
run(main, drain_s=%s)
print("returned", flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_and_main_finishes_its_work(number: signal.Signals) -> None:
    with Child(SERVER % ("await asyncio.sleep(0)", 10)) as child:
        assert child.said() == {"ready": {"tcp": "127.0.0.1:1"}}
        child.signal(number)
        code, words = child.end()
    assert code == 0
    assert words.splitlines() == [f"stopping: {number.name}", "stopped", "returned"]


def test_the_death_of_the_parent_stops_as_a_signal_does() -> None:
    with Child(SERVER % ("await asyncio.sleep(0)", 10)) as child:
        child.said()
        child.hang_up()
        code, words = child.end()
    assert code == 0
    assert words.splitlines() == ["stopping: parent gone", "stopped", "returned"]


def test_main_that_does_not_finish_is_cancelled() -> None:
    with Child(SERVER % ("await asyncio.sleep(1000)", 0.1)) as child:
        child.said()
        child.signal(signal.SIGTERM)
        code, words = child.end()
    assert code == 0
    assert "drain_overrun" in words
    assert "stopped" not in words.splitlines()
    assert words.splitlines()[-1] == "returned"


def test_main_that_even_refuses_to_be_cancelled_does_not_live_on() -> None:
    stubborn = """
    while True:
        try:
            await asyncio.sleep(1000)
        except asyncio.CancelledError:
            pass
    """
    with Child(SERVER % (stubborn, 0.1)) as child:
        child.said()
        child.signal(signal.SIGTERM)
        code, words = child.end()
    assert code == 1
    assert "stop_overrun" in words


def test_a_loop_that_is_stuck_does_not_live_on() -> None:
    with Child(SERVER % ("import time; time.sleep(1000)", 0.1)) as child:
        child.said()
        child.signal(signal.SIGTERM)
        code, _ = child.end()
    assert code == 1


def test_a_second_signal_ends_at_once() -> None:
    with Child(SERVER % ("await asyncio.sleep(1000)", 1000)) as child:
        child.said()
        child.signal(signal.SIGTERM)
        assert child.process.stdout is not None
        assert child.process.stdout.readline() == "stopping: SIGTERM\n"
        child.signal(signal.SIGINT)
        code, words = child.end()
    assert code == 128 + signal.SIGINT
    assert "returned" not in words


def test_main_may_end_by_itself() -> None:
    script = SERVER.replace("await stop.wait()", "stop.set('done')")
    with Child(script % ("pass", 10)) as child:
        code, words = child.end()
    assert code == 0
    assert words.splitlines() == ["stopping: done", "stopped", "returned"]


def test_an_error_of_main_ends_the_process_with_its_traceback() -> None:
    script = SERVER.replace("await stop.wait()", "raise RuntimeError('boom')")
    with Child(script % ("pass", 10)) as child:
        code, words = child.end()
    assert code == 1
    assert "RuntimeError: boom" in words


NEVER_READY = SERVER.replace("announce_ready({", "raise Mistake('Port 1 is taken.'); ({")
MISTAKEN = NEVER_READY % ("pass", 10)


def test_a_mistake_is_told_to_the_parent_and_to_nobody_else() -> None:
    with Child(MISTAKEN) as child:
        assert child.said() == {"mistake": "Port 1 is taken."}
        assert child.end() == (2, "")


def test_a_mistake_without_a_parent_is_raised() -> None:
    with Child(MISTAKEN, environment={"HOLDFAST_READY_FD": ""}) as child:
        code, words = child.end()
    assert code == 1
    assert "Mistake: Port 1 is taken." in words


async def test_the_first_reason_to_stop_stays() -> None:
    stop = Stop()
    assert not stop.is_set
    stop.set("one")
    stop.set("two")
    async with asyncio.timeout(5):
        await stop.wait()
    assert stop.is_set
    assert stop.reason == "one"
