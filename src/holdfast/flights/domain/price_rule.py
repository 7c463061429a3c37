"""The price rule: a published price falls at once and rises only after it has rested (G2, G4, G7).

A filed fare has two prices: `s`, what the supplier asks, and `p`, what we publish. A fall of `s` is
published when it comes. A rise waits until `p` has not changed for the dwell time. The effective
price is a *function of state and time*: no timer runs, nothing is written when a rise becomes due,
and every node with the same state gives the same answer. Prices are compared by their totals.
(flights-rules, sections 2.2 and 2.3.)
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from holdfast.flights.domain.fare import Price, PriceState, Rise

FEED_PERIOD_S = 3600.0


@dataclass(frozen=True, slots=True)
class PriceRule:
    """`dwell_s`: D, for so long a price rests before it may rise; best one feed period.

    A supplier's change that falls by more than `max_fall_percent` or rises by more than
    `max_rise_percent` is parked until somebody approves it (the guard of G7).
    """

    dwell_s: float = FEED_PERIOD_S
    max_fall_percent: int = 50
    max_rise_percent: int = 100

    def suspects(self, old: Price, new: Price) -> bool:
        """Whether this change looks like a mistake."""
        lowest = old.total * (100 - self.max_fall_percent)
        highest = old.total * (100 + self.max_rise_percent)
        return not lowest <= new.total * 100 <= highest


RULE = PriceRule()
"""The rule with its default numbers."""


@dataclass(frozen=True, slots=True)
class SupplierPrice:
    """What delivery number `sequence`, accepted at `at`, asks for a fare."""

    price: Price
    sequence: int
    at: float


@dataclass(frozen=True, slots=True)
class Accepted:
    """The filing counts; `state` is the new one."""

    state: PriceState


@dataclass(frozen=True, slots=True)
class Parked:
    """The filing waits for approval; in `state` the old prices stay. Without `keeps` there is no
    *one* old price to keep, and the fare is off sale while it waits."""

    state: PriceState
    keeps: bool = True


@dataclass(frozen=True, slots=True)
class Stale:
    """The filing is of a delivery that was seen before, or older: nothing changes."""


Verdict: TypeAlias = Accepted | Parked | Stale


def first(asked: SupplierPrice) -> PriceState:
    """The state of a fare that was never filed before."""
    price, at = asked.price, asked.at
    return PriceState(p=price, p_since=at, s=price, s_at=at, s_seq=asked.sequence)


def due_at(state: PriceState, rule: PriceRule = RULE) -> float | None:
    """When the rise that waits takes effect; None when none waits."""
    if state.s.total <= state.p.total:
        return None
    return max(state.p_since + rule.dwell_s, state.s_at)


def advance(state: PriceState, now: float, rule: PriceRule = RULE) -> PriceState:
    """The state with its rise applied if that is due, as of the moment when it became due."""
    due = due_at(state, rule)
    if due is None or now < due:
        return state
    return replace(state, p=state.s, p_since=due)


def read(state: PriceState, now: float, rule: PriceRule = RULE) -> Price:
    """The published price at `now`."""
    return advance(state, now, rule).p


def read_at(state: PriceState, rise: Rise | None, moment: float, rule: PriceRule = RULE) -> Price:
    """What was published at a moment less than the dwell time ago, or less.

    In that time a price rises once at most, so the state and its last rise tell; what fell since
    stays fallen.
    """
    price = read(state, moment, rule)
    if rise is None or moment >= rise.at or rise.before.total >= price.total:
        return price
    return rise.before


def ingest(state: PriceState, asked: SupplierPrice, rule: PriceRule = RULE) -> Verdict:
    """What a filing does to a fare."""
    if asked.sequence <= state.s_seq:
        return Stale()
    if rule.suspects(state.s, asked.price):
        return Parked(replace(state, s_seq=asked.sequence))
    return Accepted(accept(state, asked, rule))


def accept(state: PriceState, asked: SupplierPrice, rule: PriceRule = RULE) -> PriceState:
    """The state with this filing, whatever the guard thinks: it passed, or somebody approved it.

    A clock that was set back does not shorten the rest of a price.
    """
    at = max(asked.at, state.p_since)
    price = asked.price
    settled = advance(state, at, rule)
    p, p_since = settled.p, settled.p_since
    if price.total < p.total:
        p, p_since = price, at
    elif price.total == p.total:
        p = price  # nobody pays more or less: only the share of tax is another
    return PriceState(p=p, p_since=p_since, s=price, s_at=at, s_seq=asked.sequence)


def withdraw(state: PriceState, *, sequence: int, now: float, rule: PriceRule = RULE) -> PriceState:
    """The state of a fare that is taken from sale: nothing waits any more.

    Who lists its dates again within the dwell time takes over from it (`refile`), so they cannot
    cost more than they did (G7).
    """
    at = max(now, state.p_since)
    p = read(state, at, rule)
    return PriceState(p=p, p_since=at, s=p, s_at=at, s_seq=max(sequence, state.s_seq))


def inherit(
    ancestors: Sequence[PriceState], *, covered: bool, now: float, rule: PriceRule = RULE
) -> PriceState:
    """The state of a fare that takes over dates of others: their lowest prices.

    So no date becomes dearer by it. If all its dates were on sale (`covered`) and cost the same,
    nothing changed for anybody and the price goes on resting; otherwise some date got a new price,
    and it rests from now.
    """
    settled = [advance(ancestor, now, rule) for ancestor in ancestors]
    p = min(state.p for state in settled)
    since = max(state.p_since for state in settled)
    is_same = covered and all(state.p.total == p.total for state in settled)
    return PriceState(
        p=p,
        p_since=since if is_same else max(now, since),
        s=min(state.s for state in settled),
        s_at=max(state.s_at for state in settled),
        s_seq=max(state.s_seq for state in settled),
    )


def refile(
    ancestors: Sequence[PriceState], asked: SupplierPrice, *, covered: bool, rule: PriceRule = RULE
) -> Verdict:
    """What the first filing of a fare does that takes over dates of `ancestors` (not empty).

    The guard looks at each of them: a change is a mistake if it is one for any date.
    """
    state = inherit(ancestors, covered=covered, now=asked.at, rule=rule)
    if asked.sequence <= state.s_seq:
        return Stale()
    if any(rule.suspects(ancestor.s, asked.price) for ancestor in ancestors):
        prices = {read(ancestor, asked.at, rule).total for ancestor in ancestors}
        return Parked(replace(state, s_seq=asked.sequence), keeps=len(prices) == 1)
    return Accepted(accept(state, asked, rule))
