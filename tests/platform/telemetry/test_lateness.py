"""A loop that hangs is seen by a timer in it."""

import time

from holdfast.platform.telemetry.lateness import LOOK_EVERY_S, Lateness
from tests.support.eventually import eventually


async def test_a_loop_that_was_held_up_is_told_as_late() -> None:
    lateness = Lateness()
    lateness.start()
    time.sleep(LOOK_EVERY_S + 0.06)  # what must not be done in a loop
    await eventually(lambda: lateness.late_s.count >= 1)
    lateness.stop()
    assert lateness.late_s.total >= 0.05


async def test_a_watch_that_has_stopped_looks_no_more() -> None:
    now = [0.0]
    lateness = Lateness(lambda: now[0])
    lateness.start()
    lateness.stop()
    lateness.stop()
    now[0] = 9.0
    assert lateness.late_s.count == 0
