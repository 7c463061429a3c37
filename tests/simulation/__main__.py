"""More worlds than CI has time for: `python -m tests.simulation --seeds N [--from F] [--turns T]`.

Prints the seeds that break a promise, with the promise; the exit code is 1 if there is one.
"""

import argparse
import time
import traceback

from tests.simulation.running import runs
from tests.simulation.world import TURNS, Plot

MOST_SHOWN = 20


def main() -> int:
    """See the module."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=10_000, help="how many worlds")
    parser.add_argument("--from", type=int, default=1, dest="first", help="the first seed")
    parser.add_argument("--turns", type=int, default=TURNS, help="turns of each world")
    asked = parser.parse_args()
    began, failed = time.perf_counter(), 0
    with runs() as all_runs:
        for seed in range(asked.first, asked.first + asked.seeds):
            try:
                all_runs.live(seed, Plot(asked.turns))
            except Exception as error:
                failed += 1
                print(f"seed {seed}: {error!r}")
                if not isinstance(error, AssertionError) or asked.seeds == 1:
                    traceback.print_exc()
                if failed == MOST_SHOWN:
                    break
    took_s = time.perf_counter() - began
    print(f"{asked.seeds} worlds, {failed} broken, {asked.seeds / took_s:.0f} a second")
    return int(failed > 0)


if __name__ == "__main__":
    raise SystemExit(main())
