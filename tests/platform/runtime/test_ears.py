"""Ears wake at signals, at the parent's end and at a child's end, and not before."""

import signal

from tests.support.processes import Child

WAITS = """
import time
from holdfast.platform.runtime.announce import announce_ready
from holdfast.platform.runtime.ears import Ears
ears = Ears()
announce_ready()
began = time.monotonic()
while not ears.stop_asked():
    ears.wait(60)
print("asked" if time.monotonic() - began < 50 else "late")
"""
CHILD_ENDS = """
import subprocess, sys, time
from holdfast.platform.runtime.announce import announce_ready
from holdfast.platform.runtime.ears import Ears
ears = Ears()
announce_ready()
began = time.monotonic()
child = subprocess.Popen([sys.executable, "-c", ""])
while child.poll() is None:
    ears.wait(60)
print("ended" if time.monotonic() - began < 50 and not ears.stop_asked() else "wrong")
"""


def test_a_signal_is_a_wish_to_stop() -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        with Child(WAITS) as child:
            assert "ready" in child.said()
            child.signal(number)
            assert child.end() == (0, "asked\n")


def test_the_parents_end_is_a_wish_to_stop() -> None:
    with Child(WAITS) as child:
        assert "ready" in child.said()
        child.hang_up()
        assert child.end() == (0, "asked\n")


def test_the_end_of_a_child_wakes_but_asks_for_nothing() -> None:
    with Child(CHILD_ENDS) as child:
        assert "ready" in child.said()
        assert child.end() == (0, "ended\n")
