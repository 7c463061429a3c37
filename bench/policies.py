"""Compare the balancing policies in seeded worlds on paper: no process, no clock, no noise.

    python -m bench.policies [--worlds 5] [--clients 3000] [--only "load 0.7"] [--rounds 950]

The real pool and policies in the event simulation of tests/support/queueing.py; 10 % of sessions
last 50 times as long. A figure is the p99 of the time a client is there, as a share of round
robin's in the same world, median over the worlds. The same numbers on every machine;
docs/decisions/0013-default-policy.md quotes them. `--only`: worlds whose name contains it;
`--rounds`: also the quartiles of the fewest connections' ratio in rounds of so many clients, which
show how little the p99 of a short run tells.
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
    parser.add_argument("--only", default="")
    parser.add_argument("--rounds", type=int, default=0)
    given = parser.parse_args()
    print("| world | " + " | ".join(POLICIES[1:]) + " |")
    print("|---" * len(POLICIES) + "|")
    for name, world in SETTINGS.items():
        if given.only not in name:
            continue
        if given.rounds:
            tell_rounds(name, world, given)
            continue
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


def tell_rounds(name: str, world: dict[str, object], given: argparse.Namespace) -> None:
    """The ratio of the fewest connections to round robin, whole and in rounds."""
    whole, parts = [], []
    for seed in range(given.worlds):
        mine, base = (
            Fleet(partial(policy_named, policy), seed=1 + seed, **world)  # type: ignore[arg-type]
            .run(given.clients)
            .times_s
            for policy in ("least-connections", "round-robin")
        )
        whole.append(p99_of(mine) / p99_of(base))
        parts += [
            p99_of(mine[at : at + given.rounds]) / p99_of(base[at : at + given.rounds])
            for at in range(0, given.clients - given.rounds, given.rounds)
        ]
    quartiles = " / ".join(f"{part:.2f}" for part in statistics.quantiles(parts, n=4))
    print(
        f"{name}: {min(whole):.2f} / {statistics.median(whole):.2f} / {max(whole):.2f} over",
        end=" ",
    )
    print(f"{given.clients} clients, least, median, most of {given.worlds} worlds;", end=" ")
    print(f"in rounds of {given.rounds}: quartiles {quartiles}", flush=True)


def p99_of(times_s: list[float]) -> float:
    return sorted(times_s)[int(0.99 * len(times_s))]


def p99_s(policy: str, seed: int, clients: int, world: dict[str, object]) -> float:
    """The p99 of one run in simulated seconds."""
    fleet = Fleet(partial(policy_named, policy), seed=1 + seed, **world)  # type: ignore[arg-type]
    return fleet.run(clients).quantile_s(0.99)


if __name__ == "__main__":
    main()
