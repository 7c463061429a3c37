"""Compare the balancing policies in seeded worlds on paper: no process, no clock, no noise.

    python -m bench.policies [--worlds 5] [--clients 3000]

The real pool and policies in the event simulation of tests/support/queueing.py; 10 % of sessions
last 50 times as long. A figure is the p99 of the time a client is there, as a share of round
robin's in the same world, median over the worlds. The same numbers on every machine;
docs/decisions/0013-default-policy.md quotes them.
"""

import argparse
import statistics
from functools import partial

from holdfast.platform.balancer.policies import POLICIES, policy_named
from tests.support.queueing import Fleet

HALF = (1.0, 1.0, 1.0, 0.5)
SETTINGS: dict[str, dict[str, object]] = {
    "4 members, load 0.7": {},
    "one of 4 at half speed, load 0.5": {"speeds": HALF, "load": 0.5},
    "4 members, 4 balancers": {"balancers": 4},
    "the same, half speed, load 0.5": {"speeds": HALF, "load": 0.5, "balancers": 4},
    "16 members, load 0.8": {"speeds": (1.0,) * 16, "load": 0.8},
    "16 members, 4 balancers": {"speeds": (1.0,) * 16, "load": 0.8, "balancers": 4},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--worlds", type=int, default=5)
    parser.add_argument("--clients", type=int, default=3_000)
    given = parser.parse_args()
    print("| world | " + " | ".join(POLICIES[1:]) + " |")
    print("|---" * len(POLICIES) + "|")
    for name, world in SETTINGS.items():
        p99s = {
            policy: [p99_s(policy, seed, given.clients, world) for seed in range(given.worlds)]
            for policy in POLICIES
        }
        base = p99s[POLICIES[0]]
        ratios = [
            statistics.median(mine / other for mine, other in zip(p99s[policy], base, strict=True))
            for policy in POLICIES[1:]
        ]
        print(f"| {name} | " + " | ".join(f"{ratio:.2f}" for ratio in ratios) + " |", flush=True)


def p99_s(policy: str, seed: int, clients: int, world: dict[str, object]) -> float:
    """The p99 of one run in simulated seconds."""
    fleet = Fleet(partial(policy_named, policy), seed=1 + seed, **world)  # type: ignore[arg-type]
    return fleet.run(clients).quantile_s(0.99)


if __name__ == "__main__":
    main()
