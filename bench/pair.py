"""How long new connections through the virtual address fail when half of a balancer pair dies.

    python -m bench pair [--runs 10]        (root; keepalived, iproute2)

Two balancers, a node and a client in network namespaces, keepalived as shipped. Each run breaks
the machine that has the address, tries a new connection again and again (0.25 s at most each), and
notes when the first one is answered. Then all is mended, and the other machine has the address.
"""

import argparse
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.pair import Machine, Pair, hang_balancer, kill_balancer, kill_everything, pair


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=10, help="of each fault")
    given = parser.parse_args()
    try:
        run(given.runs)
    except pytest.skip.Exception as why:
        print(f"not measured: {why}")


def run(runs: int) -> None:
    """Break a pair so many times by each fault, and print the table."""
    with tempfile.TemporaryDirectory() as folder, pair(Path(folder)) as both:
        faults: dict[str, Callable[[Machine], None]] = {
            "balancer killed (-9)": kill_balancer,
            "balancer hung (SIGSTOP)": hang_balancer,
            "balancer and keepalived killed (-9)": kill_everything,
            "machine cut off": both.cut,
        }
        print("| fault | p50 s | max s | runs |\n|---|---|---|---|")
        for name, strike in faults.items():
            took = [measure(both, strike) for _ in range(runs)]
            row = f"{statistics.median(took):.2f} | {max(took):.2f} | {len(took)}"
            print(f"| {name} | {row} |", flush=True)


def measure(both: Pair, strike: Callable[[Machine], None]) -> float:
    """Seconds without new connections after one strike."""
    active = both.settle()
    strike(active)
    took_s = both.outage_s()
    both.mend(active)
    return took_s


if __name__ == "__main__":
    main()
