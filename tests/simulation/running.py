"""Running worlds: one event loop for all of them, nothing in threads, nothing that waits."""

import asyncio
import gc
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from tests.simulation.world import Plot, World

SMALL = Plot()


class _Inline(ThreadPoolExecutor):
    """What is handed to a thread is done at once: so the order of things is always the same."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        done: Future[Any] = Future()
        done.set_result(fn(*args, **kwargs))
        return done


class Runs:
    """Lets worlds live, one after the other."""

    def __init__(self, runner: asyncio.Runner) -> None:
        self._runner = runner

    def live(self, seed: int, plot: Plot = SMALL) -> World:
        """One world, from its beginning to its end; raises `Broken`."""
        world = World(seed, plot)
        self._runner.run(world.live())
        return world

    def first_broken(self, seeds: range, plot: Plot = SMALL) -> tuple[int, str] | None:
        """The first of these worlds that breaks a promise, and how."""
        for seed in seeds:
            broken = self.broken(seed, plot)
            if broken is not None:
                return seed, broken
        return None

    def broken(self, seed: int, plot: Plot = SMALL) -> str | None:
        """How a world breaks a promise; None if it keeps them all."""
        try:
            self.live(seed, plot)
        except AssertionError as broken:
            return str(broken) or "an assertion of the code"
        return None


@contextmanager
def runs() -> Iterator[Runs]:
    """A loop for worlds. Their rubbish is collected now and then, not all the time."""
    usual = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(200_000, 20, 20)
    try:
        with asyncio.Runner() as runner:
            runner.get_loop().set_default_executor(_Inline(1))
            yield Runs(runner)
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()
