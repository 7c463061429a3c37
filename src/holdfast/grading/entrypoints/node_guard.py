"""Stops a scenario that computes without end: nothing else could, for everything is one thread.

A timer of this process's own processor time runs while a scenario is stepped; when it fires, the
scenario gets a `CpuOverrun` wherever it is. It fires again until the step has ended, so a scenario
that catches everything ends too. Main thread only: signals go nowhere else.
"""

import signal
import threading
from types import FrameType, TracebackType
from typing import Literal

from holdfast.grading.domain.requests import CpuOverrun

AGAIN_SHARE = 4
"""After the first time it fires so many times per limit."""


class CpuGuard:
    """A context manager to be entered again and again; install it once in the main thread."""

    __slots__ = ("_armed", "_limit_s")

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._armed = False

    def install(self) -> "CpuGuard":
        """Take the signal. Raises `RuntimeError` outside of the main thread."""
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError("the processor time of scenarios is guarded in the main thread only")
        signal.signal(signal.SIGVTALRM, self._fire)
        return self

    def remove(self) -> None:
        """Give the signal back."""
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, signal.SIG_DFL)

    def __call__(self) -> "CpuGuard":
        return self

    def __enter__(self) -> None:
        self._armed = True
        signal.setitimer(signal.ITIMER_VIRTUAL, self._limit_s, self._limit_s / AGAIN_SHARE)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> Literal[False]:
        # First the flag: a signal that is already on its way must not hit whoever runs next.
        self._armed = False
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        return False

    def _fire(self, number: int, frame: FrameType | None) -> None:
        if self._armed:
            raise CpuOverrun(f"more than {self._limit_s:g} s of processor time in one step")
