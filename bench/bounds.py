"""What a policy of balancing can reach at all on uneven work, on paper.

    python -m bench.bounds [--worlds 5] [--sessions 40000]

Four equal members that work off one session after the other, load 0.7, one session of ten 50 times
as long, Poisson arrivals. Ratios are of the p99 of a session's time to round robin's in the same
world. `ages`: the fewest sessions, and of equals the member whose present session is youngest.
`expected`: the least work to be expected, for a policy that knows how long light and heavy
sessions last, and so knows one that has outlived a light one for heavy. `lengths`: the least work,
for one that knows every length beforehand, which nobody does.
"""

import argparse
import random
import statistics
from collections import deque
from collections.abc import Callable

MEMBERS, LOAD, HEAVY, HEAVY_SHARE = 4, 0.7, 50.0, 0.1
MEAN = 1 + HEAVY_SHARE * (HEAVY - 1)


class Member:
    """The beginning and end of each session inside, the present one first."""

    def __init__(self) -> None:
        self.inside: deque[tuple[float, float]] = deque()
        self.free_at = 0.0

    def take(self, now: float, length: float) -> float:
        """How long a session that comes now will be there."""
        begins = max(self.free_at, now)
        self.free_at = begins + length
        self.inside.append((begins, self.free_at))
        return self.free_at - now

    def age(self, now: float) -> float:
        return now - self.inside[0][0] if self.inside else 0.0

    def expected(self, now: float) -> float:
        if not self.inside:
            return 0.0
        age = self.age(now)
        return (HEAVY - age if age > 1 else MEAN - age) + MEAN * (len(self.inside) - 1)


POLICIES: dict[str, Callable[[Member, float], tuple[float, ...]]] = {
    "fewest": lambda member, now: (len(member.inside),),
    "ages": lambda member, now: (len(member.inside), member.age(now)),
    "expected": lambda member, now: (member.expected(now),),
    "lengths": lambda member, now: (max(0.0, member.free_at - now),),
}


def p99(policy: str, seed: int, sessions: int) -> float:
    """Of one world; what is no policy here goes round."""
    dice, now, turn, times = random.Random(seed), 0.0, 0, []
    members = [Member() for _ in range(MEMBERS)]
    for _ in range(sessions):
        now += dice.expovariate(LOAD * MEMBERS / MEAN)
        length = HEAVY if dice.random() < HEAVY_SHARE else 1.0
        for member in members:
            while member.inside and member.inside[0][1] <= now:
                member.inside.popleft()
        in_turn = members[turn:] + members[:turn]
        weigh = POLICIES.get(policy)
        chosen = min(in_turn, key=lambda each: weigh(each, now)) if weigh else in_turn[0]
        turn = (members.index(chosen) + 1) % MEMBERS
        times.append(chosen.take(now, length))
    return sorted(times)[int(0.99 * sessions)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--worlds", type=int, default=5)
    parser.add_argument("--sessions", type=int, default=40_000)
    given = parser.parse_args()
    base = [p99("in turn", seed, given.sessions) for seed in range(given.worlds)]
    print("| policy | p99 to round robin: median | least | most |\n|---|---|---|---|")
    for policy in POLICIES:
        found = [p99(policy, n, given.sessions) / base[n] for n in range(given.worlds)]
        print(
            f"| {policy} | {statistics.median(found):.2f} | {min(found):.2f} | {max(found):.2f} |"
        )


if __name__ == "__main__":
    main()
