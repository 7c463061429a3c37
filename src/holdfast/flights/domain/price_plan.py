"""What a delivery changes: filed prices against what is stored, under the price rule.

Works for whatever has a key and a price (fares, seat tiers). `family` tells which keys may have had
each other's dates; a key without relatives is its own family. Only what differs becomes a `Change`,
so a delivery that repeats the last one plans nothing.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Generic, TypeVar, assert_never

from holdfast.flights.domain import price_rule
from holdfast.flights.domain.fare import Price, PriceState
from holdfast.flights.domain.price_rule import Accepted, Parked, PriceRule, Stale, SupplierPrice
from holdfast.flights.domain.refiling import Ancestry, Holder, ancestry, share_a_date
from holdfast.flights.domain.schedule import ALL_DAYS, OPEN_END, Period

K = TypeVar("K")
WHENEVER = Period(OPEN_END, OPEN_END, ALL_DAYS)
"""The period of keys that have none: all share its one date."""


class Cause(StrEnum):
    """Why a key is written."""

    PUBLISHED = "published"
    REFILED = "refiled"
    CHANGED = "changed"
    PARKED = "parked"
    WITHDRAWN = "withdrawn"
    APPROVED = "approved"
    REWORDED = "reworded"
    """Its price is as before, what is told about it is not."""
    ROSE = "rose"
    """A rise that was due before its key is written: only in logs."""


@dataclass(frozen=True, slots=True)
class Held(Generic[K]):
    """A key as it is stored. `parked`: the price that waits for approval or was refused it."""

    id: int
    key: K
    state: PriceState
    withdrawn_at: float | None = None
    parked: Price | None = None


@dataclass(frozen=True, slots=True)
class Change(Generic[K]):
    """What is to be written of a key; `id` None: a new row. `parked`: wait for approval with it."""

    id: int | None
    key: K
    state: PriceState
    cause: Cause
    withdrawn_at: float | None = None
    parked: Price | None = None


@dataclass(frozen=True, slots=True)
class Plan(Generic[K]):
    """`unpark`: ids whose parked price was overtaken. `refused`: keys that share dates with a fare
    that a delta left on sale; the fare on sale stays."""

    changes: tuple[Change[K], ...] = ()
    unpark: frozenset[int] = frozenset()
    refused: tuple[K, ...] = ()
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class Delivery(Generic[K]):
    """One accepted delivery: prices by key, and what it withdraws (in a full one, the rest)."""

    prices: Mapping[K, Price]
    withdrawn: Collection[K]
    full: bool
    sequence: int
    now: float


@dataclass(frozen=True, slots=True)
class Family(Generic[K]):
    """How keys are related: the product and the period of each."""

    product: Callable[[K], object]
    period: Callable[[K], Period] = field(default=lambda _: WHENEVER)


def plan(
    held: Iterable[Held[K]], delivery: Delivery[K], family: Family[K], rule: PriceRule
) -> Plan[K]:
    """What `delivery` changes of what is `held`."""
    return _Planner(held, delivery, family, rule).plan()


def approve(held: Held[K], now: float, rule: PriceRule) -> Change[K]:
    """What is written when the parked price of a key is approved: it is on sale, and the price rule
    applies as to every other change. The key must have a parked price."""
    assert held.parked is not None
    asked = SupplierPrice(held.parked, held.state.s_seq, now)
    before = held.state
    if held.withdrawn_at is not None:
        # What is listed again rests from now, as it does without approval.
        before = replace(before, p_since=max(now, before.p_since))
    is_forgotten = held.withdrawn_at is not None and now >= held.withdrawn_at + rule.dwell_s
    state = price_rule.first(asked) if is_forgotten else price_rule.accept(before, asked, rule)
    return Change(held.id, held.key, state, Cause.APPROVED)


class _Planner(Generic[K]):
    """The work of one `plan`."""

    def __init__(
        self, held: Iterable[Held[K]], delivery: Delivery[K], family: Family[K], rule: PriceRule
    ) -> None:
        self._held = {one.key: one for one in held}
        self._delivery = delivery
        self._family = family
        self._rule = rule
        self._relatives: dict[object, list[Held[K]]] | None = None
        self._leaving = self._left()
        self._changes: list[Change[K]] = []
        self._unpark: set[int] = set()
        self._refused: list[K] = []
        self._unchanged = 0

    def plan(self) -> Plan[K]:
        for key, price in self._delivery.prices.items():
            held = self._held.get(key)
            if held is None or held.withdrawn_at is not None:
                self._list(key, price, held)
            elif held.parked == price:
                self._unchanged += 1
            elif held.state.s == price:
                self._repeat(held)
            else:
                self._reprice(held, price)
        for held in self._leaving.values():
            self._withdraw(held)
        self._unpark.update(self._given_up())
        return Plan(
            tuple(self._changes), frozenset(self._unpark), tuple(self._refused), self._unchanged
        )

    def _left(self) -> dict[K, Held[K]]:
        """What goes off sale."""
        live = {key: one for key, one in self._held.items() if one.withdrawn_at is None}
        if self._delivery.full:
            return {key: one for key, one in live.items() if key not in self._delivery.prices}
        return {key: live[key] for key in self._delivery.withdrawn if key in live}

    def _given_up(self) -> Iterable[int]:
        """What waits for approval off sale, and is not asked for any more."""
        for one in self._held.values():
            if one.parked is None or one.withdrawn_at is None:
                continue
            gone = self._delivery.full and one.key not in self._delivery.prices
            if gone or one.key in self._delivery.withdrawn:
                yield one.id

    def _asked(self, price: Price) -> SupplierPrice:
        return SupplierPrice(price, self._delivery.sequence, self._delivery.now)

    def _repeat(self, held: Held[K]) -> None:
        """The supplier stays with, or returns to, its accepted price."""
        self._unchanged += 1
        if held.parked is not None:
            self._unpark.add(held.id)

    def _reprice(self, held: Held[K], price: Price) -> None:
        verdict = price_rule.ingest(held.state, self._asked(price), self._rule)
        match verdict:
            case Stale():
                self._unchanged += 1
            case Parked(state, _):
                self._write(held.key, held.id, state, Cause.PARKED, parked=price)
            case Accepted(state):
                self._write(held.key, held.id, state, Cause.CHANGED)
                if held.parked is not None:
                    self._unpark.add(held.id)
            case _:
                assert_never(verdict)

    def _list(self, key: K, price: Price, held: Held[K] | None) -> None:
        """Put a key on sale that is not."""
        if held is not None and held.parked == price:
            self._unchanged += 1
            return
        if self._is_blocked(key):
            self._refused.append(key)
            return
        row = None if held is None else held.id
        before = self._ancestry(key)
        if not before.states:
            self._write(key, row, price_rule.first(self._asked(price)), Cause.PUBLISHED)
            return
        verdict = price_rule.refile(
            before.states, self._asked(price), covered=before.covered, rule=self._rule
        )
        match verdict:
            case Stale():
                self._unchanged += 1
            case Parked(state, keeps):
                off = before.withdrawn_at if keeps else self._delivery.now
                self._write(key, row, state, Cause.PARKED, parked=price, withdrawn_at=off)
                self._overtake(key)
            case Accepted(state):
                self._write(key, row, state, Cause.REFILED)
                self._overtake(key)
                if held is not None and held.parked is not None:
                    self._unpark.add(held.id)
            case _:
                assert_never(verdict)

    def _overtake(self, key: K) -> None:
        """Others that wait off sale for approval lose their dates to what is filed now."""
        period = self._family.period(key)
        for one in self._family_of(key):
            waits = one.parked is not None and one.withdrawn_at is not None
            if waits and one.key != key and share_a_date(period, self._family.period(one.key)):
                self._unpark.add(one.id)

    def _withdraw(self, held: Held[K]) -> None:
        now = self._delivery.now
        state = price_rule.withdraw(
            held.state, sequence=self._delivery.sequence, now=now, rule=self._rule
        )
        self._write(held.key, held.id, state, Cause.WITHDRAWN, withdrawn_at=state.p_since)
        if held.parked is not None:
            self._unpark.add(held.id)

    def _write(
        self,
        key: K,
        row: int | None,
        state: PriceState,
        cause: Cause,
        *,
        parked: Price | None = None,
        withdrawn_at: float | None = None,
    ) -> None:
        self._changes.append(Change(row, key, state, cause, withdrawn_at, parked))

    def _is_blocked(self, key: K) -> bool:
        """Whether a relative stays on sale for one of the dates."""
        period = self._family.period(key)
        return any(
            one.withdrawn_at is None
            and one.key not in self._leaving
            and share_a_date(period, self._family.period(one.key))
            for one in self._family_of(key)
        )

    def _ancestry(self, key: K) -> Ancestry:
        """Whose dates the key takes over; who is off sale for longer than D counts only while a
        price of it waits for approval (else waiting would be a way around the guard)."""
        oldest = self._delivery.now - self._rule.dwell_s
        holders = [
            self._holder(one)
            for one in self._family_of(key)
            if one.withdrawn_at is None or one.withdrawn_at > oldest or one.parked is not None
        ]
        return ancestry(self._family.period(key), holders)

    def _holder(self, held: Held[K]) -> Holder:
        return Holder(self._family.period(held.key), held.state, held.withdrawn_at)

    def _family_of(self, key: K) -> Sequence[Held[K]]:
        if self._relatives is None:
            self._relatives = {}
            for one in self._held.values():
                self._relatives.setdefault(self._family.product(one.key), []).append(one)
        return self._relatives.get(self._family.product(key), ())
