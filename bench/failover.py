"""Seconds without writes for each fault of a cluster's leader: `python -m bench.failover`.

Real PostgreSQL, Patroni and etcd on this machine; eight writers and two readers through the data
door. `--times 10` repeats each fault, `--only "member killed"` runs one. As root the members are in
network namespaces, so that the leader can be cut off. `--slow` leaves the observers out.
"""

import argparse
import statistics
import sys
from contextlib import ExitStack

from tests.cluster.faults import FAULTS, Survived, survive
from tests.cluster.load import kept_keys
from tests.support.clusters import cluster_here, cluster_in_namespaces, folder_for_cluster


def main() -> int:
    """Measure and print a table; 1 when a write was lost or two leaders acknowledged."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--only", default="")
    parser.add_argument("--slow", action="store_true", help="without observers")
    given = parser.parse_args()
    wanted = [fault for fault in FAULTS if given.only in ("", fault.name)]
    found: dict[str, list[Survived]] = {}
    for apart in (False, True):
        together = [fault for fault in wanted if fault.apart == apart]
        if not together:
            continue
        with ExitStack() as held:
            data = held.enter_context(folder_for_cluster())
            make = cluster_in_namespaces if apart else cluster_here
            cluster = held.enter_context(make(data, fast_failover=not given.slow))
            for fault in together:
                for _ in range(given.times):
                    cluster.wait_healthy()
                    survived, _ = survive(cluster, fault, kept_keys)
                    found.setdefault(fault.name, []).append(survived)
                    print(fault.name, survived, file=sys.stderr, flush=True)
    _print(found)
    bad = sum(one.lost + one.by_two_leaders for all_of in found.values() for one in all_of)
    return 1 if bad else 0


def _print(found: dict[str, list[Survived]]) -> None:
    print("| fault | s without writes, p50 | max | s without reads, max | acknowledged | lost |")
    print("|---|---|---|---|---|---|")
    for name, all_of in found.items():
        writes = [one.without_writes_s for one in all_of]
        reads = max(one.without_reads_s for one in all_of)
        count, lost = sum(one.acknowledged for one in all_of), sum(one.lost for one in all_of)
        middle = statistics.median(writes)
        print(f"| {name} | {middle:.1f} | {max(writes):.1f} | {reads:.1f} | {count} | {lost} |")


if __name__ == "__main__":
    sys.exit(main())
