"""PURE. The law of unpaid holds: seats that nobody has paid are nobody's to hoard.

A hold costs its buyer nothing, so a program could hold every seat of every flight. So holds that
are not paid yet are counted by who asks: the owner of a token; behind a token that serves many
people, each of them and the network that they come from. Whoever has reached a limit pays, gives
back or lets run out one hold before the next. How many there are is counted where they are kept.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

MAX_BUYER_CHARS = 128
_BUYER = re.compile(r"(person|network)=([!-+\-.-~]{1,128})", re.ASCII)


@dataclass(frozen=True, slots=True)
class HoldLimit:
    """At most `most` unpaid holds of `buyer` at a time."""

    buyer: str
    most: int


@dataclass(frozen=True, slots=True)
class HoldRules:
    """How many unpaid holds are allowed; 0: any number. `serving`: owners of tokens that serve
    many people and name each of them, so that no number of theirs is right."""

    per_owner: int = 0
    per_person: int = 0
    per_network: int = 0
    serving: frozenset[str] = frozenset()

    def limits(self, owner: str, buyers: Sequence[tuple[str, str]]) -> tuple[HoldLimit, ...]:
        """The limits of an order of `owner` for these `buyers` (see `buyers_in`)."""
        most = {"person": self.per_person, "network": self.per_network}
        found = [
            HoldLimit(f"{owner} {kind} {name}", most[kind]) for kind, name in dict(buyers).items()
        ]
        if not (buyers and owner in self.serving):
            found.append(HoldLimit(owner, self.per_owner))
        return tuple(one for one in found if one.most)


ANY_NUMBER = HoldRules()


def buyers_in(header: str) -> tuple[tuple[str, str], ...] | None:
    """Who buys, by a header such as `person=KWq..., network=192.0.2.7`; None when it is none."""
    found = []
    for part in header.split(","):
        match = _BUYER.fullmatch(part.strip())
        if match is None:
            return None
        found.append((match[1], match[2]))
    return tuple(found) if len({kind for kind, _ in found}) == len(found) else None
