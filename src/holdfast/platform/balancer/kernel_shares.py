"""PURE. What share of new clients each member gets in the kernel, as slots of a table.

The kernel cannot ask a policy for every client; it counts through slots, or hashes an address into
one. So a policy becomes slots: evenly mixed turns, or a rendezvous table that any two balancers
make alike and in which only a lost member's slots move. What the relay would see client by client
(who is busy) reaches the kernel as weights once a second, each step bounded, so that two balancers
that read the same reports do not swing a fleet from side to side.
"""

import hashlib
import math
import struct
from collections.abc import Mapping
from enum import Enum
from functools import lru_cache

from holdfast.platform.membership.wire import Load

HASH_SLOTS = 256
"""Slots of an affinity table: with 16 members each has its share to within a quarter or so."""
FINEST_SHARE = 8
"""The smallest share is an eighth of the largest: finer ones would make long tables."""
MAX_SLOTS = 4_096
"""512 members of eight slots each: some 200 kB of kernel memory."""
LARGEST_STEP = 1.5
"""A weight grows or shrinks at most by this factor at once."""
LEAST_HEADROOM = 1 / FINEST_SHARE
"""A full member is still tried now and then, or it could never be found to be free again."""

REMEMBERED = 1_024
"""Members whose scores are kept, so that one that comes or goes costs little: 8 MB at most."""

_SCORES = struct.Struct(f">{HASH_SLOTS}Q")


class Spread(Enum):
    """How the kernel spreads clients."""

    TURNS = "in turn, by weight"
    CAPACITIES = "in turn, by weight and capacity"
    LOADS = "in turn, by weight, capacity and reported load"
    HASH = "by the client's address"


def headroom(load: Load) -> float:
    """The weight of a member by its own word: the share of its capacity or of its processor that is
    free, whichever is less, and less still while its event loop is late. A member that tells no
    capacity counts by what runs and waits there."""
    work = load.running + load.queued
    free = 1.0 - work / load.capacity if load.capacity else 1.0 / (1.0 + work)
    return max(LEAST_HEADROOM, min(free, 1.0 - load.cpu)) / (1.0 + 10.0 * load.loop_lag_s)


def step(before: float | None, wanted: float) -> float:
    """The next weight on the way from one to another; a new member begins where it wants to be."""
    if before is None:
        return wanted
    return min(max(wanted, before / LARGEST_STEP), before * LARGEST_STEP)


def turns(weights: Mapping[str, float]) -> tuple[str, ...]:
    """Slots in which every member stands in proportion to its weight, well mixed; a weight that is
    not above zero has none."""
    counts = _counts({node: weight for node, weight in weights.items() if weight > 0})
    # A member of n slots stands in the middle of each n-th of the table.
    places = [
        ((number + 0.5) / count, node) for node, count in counts.items() for number in range(count)
    ]
    return tuple(node for _, node in sorted(places))


def affinity(weights: Mapping[str, float]) -> tuple[str, ...]:
    """`HASH_SLOTS` slots, each with the member of the highest weighted score there (rendezvous
    hashing). Depends on nothing but names and weights."""
    fit = sorted(node for node, weight in weights.items() if weight > 0)
    if not fit:
        return ()
    best, chosen = [-math.inf] * HASH_SLOTS, [fit[0]] * HASH_SLOTS
    for node in fit:
        for slot, score in enumerate(_scores(node, weights[node])):
            if score > best[slot]:
                best[slot], chosen[slot] = score, node
    return tuple(chosen)


def slots(spread: Spread, weights: Mapping[str, float]) -> tuple[str, ...]:
    """The table of one spread; empty without a member."""
    return affinity(weights) if spread is Spread.HASH else turns(weights)


def _counts(weights: Mapping[str, float]) -> dict[str, int]:
    """Small whole numbers in these proportions, as nearly as numbers so small can be."""
    if not weights:
        return {}
    finest = max(1, min(FINEST_SHARE, MAX_SLOTS // len(weights)))
    largest = max(weights.values())
    parts = {node: weight / largest for node, weight in weights.items()}

    def error(most: int) -> float:
        return sum(abs(max(1, round(most * part)) / most - part) for part in parts.values())

    # The smallest of equally good ones: short tables. Rounding must not tell equals apart.
    most = min(range(1, finest + 1), key=lambda each: (round(error(each), 9), each))
    return {node: max(1, round(most * part)) for node, part in parts.items()}


@lru_cache(maxsize=REMEMBERED)
def _scores(node: str, weight: float) -> tuple[float, ...]:
    """How much each slot is a member's: a random number, the same everywhere, by its weight."""
    drawn = _SCORES.unpack(hashlib.shake_128(node.encode()).digest(_SCORES.size))
    return tuple(weight / -math.log((each + 1) / (2**64 + 2**12)) for each in drawn)
