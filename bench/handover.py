"""Sessions that outlive their node: `nice python -m bench.handover --kills 200`.

A real fleet on this machine; all course tests are played at once, again and again, and the node
that runs one of them is killed with SIGKILL at random moments. Prints per test how often its node
was killed under it and how often it passed. Exit 1 when one did not pass.
"""

import argparse
import asyncio
import sys
import tempfile
from collections import Counter
from pathlib import Path
from random import Random

from holdfast.grading.domain.rules import Rules
from holdfast.grading.domain.scenarios import CATALOGUE
from tests.support.fleet import fleet
from tests.support.handover import play_round

KILLS_PER_ROUND = 6
NODES = 5


def main() -> int:
    """Play rounds until so many kills were made."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scale", type=float, default=0.02)
    parser.add_argument("--only", default="", help="tests whose name holds this")
    parser.add_argument("--per-round", type=int, default=KILLS_PER_ROUND)
    given = parser.parse_args()
    tests = [str(test) for test in CATALOGUE if given.only in str(test)]
    dice, rules = Random(given.seed), Rules(time_scale=given.scale)
    hit, lost, troubles = Counter[str](), Counter[str](), []
    kills = played = 0
    with tempfile.TemporaryDirectory() as folder:
        roster = Path(folder) / "roster.csv"
        roster.write_text("".join(f"{uid},Student {uid}\n" for uid in range(1000, 2000)))
        words = ("--roster", str(roster), "--set=fleet.drain_s=1")
        with fleet(Path(folder) / "data", *words, scale=given.scale, nodes=NODES) as course:
            uid = 1000
            while kills < given.kills:
                most = min(given.per_round, given.kills - kills)
                round_ = asyncio.run(
                    play_round(course, uid, tests, kills=most, dice=dice, rules=rules)
                )
                uid, kills, played = uid + 1, kills + round_.kills, played + len(tests)
                hit.update(round_.hit)
                lost.update(round_.failed.keys())
                troubles += [f"{uid - 1} {name}: {why}" for name, why in round_.failed.items()]
                print(f"{kills} kills, {played} played, {sum(lost.values())} lost", file=sys.stderr)
            moved = len(course.said("session_resumed"))
            refused = course.said("session_not_resumed")
            if troubles or refused:
                Path("handover.log").write_text("\n".join([*course.lines, *troubles]))
    print("| test | its node killed under it | lost |\n|---|---|---|")
    for test in tests:
        print(f"| {test} | {hit[test]} | {lost[test]} |")
    print(
        f"\n{kills} kills, {played} tests played, {moved} sessions moved, {len(refused)} refused,"
    )
    print(f"{played - sum(lost.values())} of {played} tests passed")
    for trouble in troubles:
        print(trouble)
    return 1 if troubles else 0


if __name__ == "__main__":
    sys.exit(main())
