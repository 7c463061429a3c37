"""More worlds than CI has time for: `python -m tests.fleet --seeds N [--from S]`.

Prints the seeds that break a promise, with the promise; the exit code is 1 if there is one.
"""

import argparse
import time
import traceback
from collections import Counter

from tests.fleet.running import all_broken
from tests.fleet.world import live

MOST_SHOWN = 20


def main() -> int:
    """See the module."""
    parser = argparse.ArgumentParser(prog="python -m tests.fleet", description=__doc__)
    parser.add_argument("--seeds", type=int, default=10_000, help="how many worlds")
    parser.add_argument("--from", type=int, default=1, dest="first", help="the first seed")
    asked = parser.parse_args()
    began, cpu = time.perf_counter(), time.process_time()
    failed: Counter[str] = Counter()
    for seed, found in all_broken(range(asked.first, asked.first + asked.seeds)):
        failed[found.partition(":")[0]] += 1
        if sum(failed.values()) <= MOST_SHOWN:
            print(f"seed {seed}: {found}")
    if failed and asked.seeds == 1:
        try:
            live(asked.first)
        except Exception:
            traceback.print_exc()
    took_s, used_s = time.perf_counter() - began, time.process_time() - cpu
    print(f"{asked.seeds} worlds, {sum(failed.values())} broken {dict(failed)}")
    print(f"{asked.seeds / took_s:.0f} a second, {asked.seeds / used_s:.0f} a processor second")
    return int(bool(failed))


if __name__ == "__main__":
    raise SystemExit(main())
