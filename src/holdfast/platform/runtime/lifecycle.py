"""The law of a process's life: one place starts the loop, hears signals, and ends it in time.

`run(main)` calls `main(stop)`. SIGINT, SIGTERM or the parent's death set `stop`; then `main` has a
bounded time to finish its work and return; after that it is cancelled. A second signal ends the
process at once. Nobody else installs signal handlers.
"""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from importlib.util import find_spec

from holdfast.errors import Mistake
from holdfast.platform.runtime.announce import announce_mistake, announce_ready, parent_fd
from holdfast.platform.runtime.logs import Log

__all__ = ["Stop", "announce_ready", "run"]

DRAIN_S = 10.0
"""How long `main` may take after `stop`, unless told otherwise."""
CANCEL_S = 3.0
"""How long clean-up may take after `main` was cancelled; then the process just exits."""
EXIT_MISTAKE = 2
"""The exit code of a process that was set up wrongly; starting it again does not help."""
IMPORTS = (
    "concurrent.futures.thread",
    "encodings.idna",
    "anyio.streams.tls",
    "anyio._backends._asyncio",
    "uvloop",
)
"""What the loop and its libraries load when they are first used, for a nursery to load before."""
_SIGNALS = (signal.SIGINT, signal.SIGTERM)

_log = Log("lifecycle")


class Stop:
    """The wish to stop: set once, waited for by everybody."""

    __slots__ = ("_event", "_when_set", "reason")

    def __init__(self, when_set: Callable[[], None] = lambda: None) -> None:
        """`when_set` is called once, before anybody who waits goes on."""
        self._event = asyncio.Event()
        self._when_set = when_set
        self.reason = ""

    def set(self, reason: str = "asked") -> None:
        """Wish it; the first reason stays."""
        if not self._event.is_set():
            self.reason = reason
            self._event.set()
            self._when_set()

    @property
    def is_set(self) -> bool:
        return self._event.is_set()

    async def wait(self) -> None:
        """Return once stopping is wished for."""
        await self._event.wait()


def run(main: Callable[[Stop], Awaitable[None]], *, drain_s: float = DRAIN_S) -> None:
    """Run `main` to its end. A `Mistake` is told to the parent, or raised again without one."""
    backstop = threading.Timer(drain_s + 2 * CANCEL_S, _exit_at_once, [1])
    backstop.daemon = True
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(_live(main, drain_s, backstop))
    except Mistake as mistake:
        if announce_mistake(str(mistake)):
            sys.exit(EXIT_MISTAKE)
        raise
    finally:
        backstop.cancel()


async def _live(
    main: Callable[[Stop], Awaitable[None]], drain_s: float, backstop: threading.Timer
) -> None:
    stop = Stop(when_set=backstop.start)  # ends the process even when a thread or the loop is stuck
    with _signals(stop), _lifeline(stop):
        work = asyncio.ensure_future(main(stop))
        waiter = asyncio.ensure_future(stop.wait())
        try:
            await asyncio.wait({work, waiter}, return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                await _drain(work, drain_s)
        finally:
            waiter.cancel()
            if not work.done():
                work.cancel()
        if not work.cancelled():
            work.result()


async def _drain(work: "asyncio.Future[None]", drain_s: float) -> None:
    done, _ = await asyncio.wait({work}, timeout=drain_s)
    if done:
        return
    _log.warning("drain_overrun", after_s=drain_s)
    work.cancel()
    done, _ = await asyncio.wait({work}, timeout=CANCEL_S)
    if not done:
        _log.error("stop_overrun", after_s=CANCEL_S)
        _exit_at_once(1)


@contextmanager
def _signals(stop: Stop) -> Iterator[None]:
    loop = asyncio.get_running_loop()

    def hear(number: signal.Signals) -> None:
        if stop.is_set:
            _exit_at_once(128 + number)
        stop.set(number.name)

    for number in _SIGNALS:
        loop.add_signal_handler(number, hear, number)
    try:
        yield
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)


@contextmanager
def _lifeline(stop: Stop) -> Iterator[None]:
    fd = parent_fd()
    if fd is None:
        yield
        return
    loop = asyncio.get_running_loop()

    def gone() -> None:
        loop.remove_reader(fd)
        stop.set("parent gone")

    loop.add_reader(fd, gone)
    try:
        yield
    finally:
        loop.remove_reader(fd)


def _exit_at_once(code: int) -> None:
    with suppress(OSError, ValueError):
        sys.stderr.flush()
    os._exit(code)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop where it is installed: about twice the messages per second of asyncio's own loop."""
    if find_spec("uvloop") is None:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = import_module("uvloop").new_event_loop
    return factory
