"""How worlds are run, one after the other: the same for tests and for the command line."""

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from tests.fleet.promises import Broken
from tests.fleet.world import Plot, live


def broken(seed: int, plot: Plot | None = None) -> str | None:
    """What the world of that seed breaks, None if nothing. An error of the code is a breach too."""
    try:
        live(seed, plot)
    except Broken as breach:
        return str(breach)
    except Exception as error:
        return f"error: {error!r}"
    return None


def first_broken(seeds: Iterable[int], plot: Plot | None = None) -> tuple[int, str] | None:
    """The first seed whose world breaks a promise, and which."""
    return next(all_broken(seeds, plot), None)


def all_broken(seeds: Iterable[int], plot: Plot | None = None) -> Iterator[tuple[int, str]]:
    """Each seed whose world breaks a promise, and which."""
    with _swept_seldom():
        for seed in seeds:
            found = broken(seed, plot)
            if found is not None:
                yield seed, found


@contextmanager
def _swept_seldom() -> Iterator[None]:
    """A world that is over unties itself, so there is no garbage to look for."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
