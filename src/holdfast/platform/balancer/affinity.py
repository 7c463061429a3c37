"""PURE. The same client to the same member: rendezvous hashing with bounded load.

Each client ranks all members by a hash of both names, so balancers with the same members agree
without a word, and a member that leaves moves only its own clients. Nobody is filled beyond
`bound` times its fair share of our clients, or a handful: who finds the first of the ranking full
goes to the next one (Mirrokni, Thorup, Zadimoghaddam: Consistent Hashing with Bounded Loads).
"""

import math
from collections.abc import Sequence
from hashlib import blake2b

from holdfast.platform.balancer.policy import Candidate

BOUND = 1.25
"""A quarter above the fair share: clients seldom move, and nobody is piled upon."""
NO_CROWD = 8
"""So many clients are no load: a browser's few connections stay together in an idle fleet."""


class Affinity:
    """A client's member by its name; `bound` at least 1."""

    def __init__(self, bound: float = BOUND) -> None:
        self._bound = bound

    def choose(
        self, candidates: Sequence[Candidate], turn: int, now: float = 0.0, client: str = ""
    ) -> int:
        clients = 1 + sum(each.in_flight for each in candidates)
        share = self._bound * clients / sum(each.weight for each in candidates)
        seed = client.encode()
        chosen, best = 0, -math.inf
        for index, candidate in enumerate(candidates):
            if candidate.in_flight >= max(NO_CROWD, math.ceil(share * candidate.weight)):
                continue
            mark = rank(seed, candidate.node, candidate.weight)
            if mark > best:
                chosen, best = index, mark
        return chosen


def rank(client: bytes, node: str, weight: float) -> float:
    """A member's place in a client's ranking, higher is earlier. Over many clients the first place
    falls to members in proportion to their weights."""
    digest = blake2b(node.encode(), digest_size=8, key=client[:64]).digest()
    # 52 bits and a half are exact, so this lies between 0 and 1 and is neither.
    drawn = ((int.from_bytes(digest) >> 12) + 0.5) / 2**52
    return weight / -math.log(drawn)
