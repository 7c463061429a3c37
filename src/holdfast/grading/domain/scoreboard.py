"""The scoreboard: a ranking without names, of what counts at a moment.

PURE. Pseudonyms follow from a secret and the id, so a student has the same one all term and nobody
can work it out. Who has reached nothing yet is not ranked: nobody is last for having been ill.
"""

import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from holdfast.grading.domain.deadlines import Counted
from holdfast.grading.domain.roster import UserId

_ADJECTIVES = """
amber azure bold brave bright brisk calm clear clever coral crisp curious daring deft eager
early fair fleet frank gentle glad golden green happy hardy humble jolly keen kind light lively
loyal lucid lunar merry mild modest neat nimble noble open patient plain polar prime proud quick
quiet rapid ready ruby serene sharp silver sincere solar steady sunny swift tidy true vivid warm
wise
"""
_NATURE = """
alder aspen badger beaver birch bison cedar comet crane curlew cypress deer dolphin eagle elm
falcon fern finch fox gannet gecko hare hawk hazel heron ibex ibis jay juniper kestrel kite
larch lark linden lotus lynx magpie maple marten meteor mole nebula newt oak orca otter owl
panda pine plover poplar puffin quail raven robin rowan seal sequoia stork swan tern walnut
willow wren
"""
FIRST, SECOND = tuple(_ADJECTIVES.split()), tuple(_NATURE.split())
TRIES = 100
"""Pseudonyms tried until one is free: from the second on they have a number, so few are needed."""


@dataclass(frozen=True, slots=True)
class Rank:
    """A line of the board. Equal lines share a `place`."""

    place: int
    uid: UserId
    passed: int
    points: float


def rank(counted: Iterable[Counted]) -> Sequence[Rank]:
    """The ranking: tests passed, then points that count, then who was there first."""
    sums: dict[UserId, tuple[int, float, datetime]] = {}
    for one in counted:
        if not (one.passed or one.counted):
            continue
        passed, points, last = sums.get(one.uid, (0, 0.0, one.reached_at))
        sums[one.uid] = (passed + one.passed, points + one.counted, max(last, one.reached_at))
    ordered = sorted(sums.items(), key=lambda item: (-item[1][0], -item[1][1], item[1][2], item[0]))
    ranks: list[Rank] = []
    for at, (uid, (passed, points, _)) in enumerate(ordered, start=1):
        before = ranks[-1] if ranks else None
        is_equal = before is not None and (before.passed, before.points) == (passed, points)
        place = before.place if before is not None and is_equal else at
        ranks.append(Rank(place, uid, passed, round(points, 2)))
    return ranks


def pseudonyms(key: bytes, uids: Iterable[UserId]) -> Mapping[UserId, str]:
    """A pseudonym for each student, no two alike."""
    given: dict[UserId, str] = {}
    taken: set[str] = set()
    for uid in sorted(uids):
        name = next(
            (found for turn in range(TRIES) if (found := _name(key, uid, turn)) not in taken),
            f"{_name(key, uid, 0)} {len(taken)}",
        )
        taken.add(name)
        given[uid] = name
    return given


def _name(key: bytes, uid: UserId, turn: int) -> str:
    digest = hmac.digest(key, f"pseudonym/{uid}/{turn}".encode(), sha256)
    number = f" {10 + digest[2] % 90}" if turn else ""
    return f"{FIRST[digest[0] % len(FIRST)]} {SECOND[digest[1] % len(SECOND)]}{number}"
