"""What clients notice of hot restarts: the balancer is replaced again and again under load.

    python -m bench restart [--restarts 10] [--openers 8] [--staying 50]

Openers make a new connection as soon as the last one was answered; others stay, on one connection
or UDP flow each, and exchange messages without a pause. All clients are threads of one process, so
they load the machine more than the balancer. Any failure is printed and is the exit code.
"""

import argparse
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from holdfast.platform.balancer.restart.command import restart
from tests.support.restarting import load, restartable


def main() -> int:
    """Print the table; 1 if anything failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--restarts", type=int, default=10)
    parser.add_argument("--openers", type=int, default=8)
    parser.add_argument("--staying", type=int, default=50, help="connections, and as many flows")
    given = parser.parse_args()
    with ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory()))
        balancer = held.enter_context(restartable(folder, "abc"))
        clients = held.enter_context(
            load(balancer, openers=given.openers, long_lived=given.staying)
        )
        clients.more(100)
        began = time.monotonic()
        for _ in range(given.restarts):
            restart(folder)
            clients.more(100)
        took_s = time.monotonic() - began
    print("| restarts | new connections | messages | datagrams | failures | slowest new one s |")
    print("|---|---|---|---|---|---|")
    counts = f"{clients.opened} | {clients.exchanged} | {clients.datagrams}"
    print(f"| {given.restarts} | {counts} | {len(clients.failures)} | {clients.slowest_s:.2f} |")
    print(f"\n{took_s / given.restarts:.1f} s from restart to restart")
    print("\n".join(clients.failures))
    return 1 if clients.failures else 0


if __name__ == "__main__":
    sys.exit(main())
