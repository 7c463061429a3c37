"""Signals are calls between two events, whichever loop listens at the moment."""

import os
import signal

import pytest

from holdfast.platform.balancer.loop import Loop
from holdfast.platform.balancer.signals import Signals


def test_each_number_has_its_call_in_whichever_loop_listens() -> None:
    told: list[str] = []
    before = signal.getsignal(signal.SIGUSR1)
    with Signals() as signals:
        signals.on(signal.SIGUSR1, lambda: told.append("one"))
        signals.on(signal.SIGUSR2, lambda: told.append("two"))
        os.kill(os.getpid(), signal.SIGUSR2)
        for number in (signal.SIGUSR1, signal.SIGUSR2):
            loop = Loop()
            signals.attach(loop)
            os.kill(os.getpid(), number)
            loop.turn()
            loop.dispose()
        assert told == ["two", "one", "two"], "none is lost before or between the loops"
    assert signal.getsignal(signal.SIGUSR1) is before


def test_a_call_that_fails_leaves_the_others(caplog: pytest.LogCaptureFixture) -> None:
    told: list[str] = []
    with Signals() as signals:
        signals.on(signal.SIGUSR1, lambda: told.remove("nothing"))
        signals.on(signal.SIGUSR2, lambda: told.append("two"))
        loop = Loop()
        signals.attach(loop)
        for number in (signal.SIGUSR1, signal.SIGUSR2):
            os.kill(os.getpid(), number)
            loop.turn()
        loop.dispose()
    assert told == ["two"]
    assert "watcher_failed" in caplog.text
