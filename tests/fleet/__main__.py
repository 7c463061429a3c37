"""More worlds than CI has time for: `python -m tests.fleet --seeds N [--from S] [--workers W]`.

Every processor runs its share. Prints the seeds that break a promise, with the promise; the exit
code is 1 if there is one.
"""

import argparse
import os
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

from tests.fleet.running import all_broken
from tests.fleet.world import live

MOST_SHOWN = 20
SHARE = 250
"""Worlds that a worker runs before it tells: a fraction of a second."""


def main() -> int:
    """See the module."""
    parser = argparse.ArgumentParser(prog="python -m tests.fleet", description=__doc__)
    parser.add_argument("--seeds", type=int, default=10_000, help="how many worlds")
    parser.add_argument("--from", type=int, default=1, dest="first", help="the first seed")
    processors = len(os.sched_getaffinity(0))
    parser.add_argument("--workers", type=int, default=processors, help="processes that run them")
    asked = parser.parse_args()
    began, used_s = time.perf_counter(), 0.0
    failed: Counter[str] = Counter()
    for broken, share_s in _shares(range(asked.first, asked.first + asked.seeds), asked.workers):
        used_s += share_s
        for seed, found in broken:
            failed[found.partition(":")[0]] += 1
            if sum(failed.values()) <= MOST_SHOWN:
                print(f"seed {seed}: {found}")
    if failed and asked.seeds == 1:
        try:
            live(asked.first)
        except Exception:
            traceback.print_exc()
    took_s = time.perf_counter() - began
    print(f"{asked.seeds} worlds, {sum(failed.values())} broken {dict(failed)}")
    print(
        f"{asked.seeds / took_s:.0f} a second with {asked.workers} workers, "
        f"{asked.seeds / used_s:.0f} a processor second"
    )
    return int(bool(failed))


Share = tuple[list[tuple[int, str]], float]


def _shares(seeds: range, workers: int) -> Iterator[Share]:
    shares = [seeds[at : at + SHARE] for at in range(0, len(seeds), SHARE)]
    with ProcessPoolExecutor(max(1, workers)) as pool:
        yield from pool.map(_share, shares)


def _share(seeds: range) -> Share:
    """What these worlds break, and the processor's seconds that they took."""
    began = time.process_time()
    return list(all_broken(seeds)), time.process_time() - began


if __name__ == "__main__":
    raise SystemExit(main())
