"""What airlines filed, as the store has it: fares and seat tiers under the price plan.

Does what `store.fares` and `store.parked_prices` do, in memory: a delivery that is not newer
changes nothing; what is withdrawn longer than the rest is forgotten; a rise that is due is written.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Generic, TypeVar

from holdfast.flights.domain import price_plan, price_rule
from holdfast.flights.domain.fare import (
    FareKey,
    FareTerms,
    FiledFare,
    PublishedFare,
    Rise,
    SeatTier,
    TierKey,
)
from holdfast.flights.domain.price_plan import Delivery, Family, Held
from holdfast.flights.domain.price_rule import RULE, PriceRule
from holdfast.flights.service.ports.catalogue import PublishedTier
from holdfast.flights.service.ports.parked_prices import WaitingPrice
from tests.simulation.log import FareDay, Tag

K = TypeVar("K")


@dataclass
class Rows(Generic[K]):
    """The rows of one kind, by id."""

    family: Family[K]
    first_id: int
    held: dict[int, Held[K]] = field(default_factory=dict)
    key_of: dict[int, K] = field(default_factory=dict)
    rises: dict[int, Rise] = field(default_factory=dict)

    def apply(self, delivery: Delivery[K]) -> None:
        """Compare a delivery with what is held, and keep what differs."""
        for row in list(self.held.values()):
            if is_forgotten(row.withdrawn_at, delivery.now) and row.parked is None:
                del self.held[row.id]
        made = price_plan.plan(self.held.values(), delivery, self.family, RULE)
        for change in made.changes:
            id_ = change.id or self.first_id + len(self.key_of)
            state = change.state
            if change.withdrawn_at is None:
                state = price_rule.advance(state, delivery.now, RULE)
            self.key_of[id_] = change.key
            self._write(Held(id_, change.key, state, change.withdrawn_at, change.parked))
        for id_ in made.unpark:
            self.held[id_] = replace(self.held[id_], parked=None)

    def approve(self, id_: int, now: float, rule: PriceRule) -> None:
        """A person approves what waits."""
        change = price_plan.approve(self.held[id_], now, rule)
        self._write(Held(id_, change.key, price_rule.advance(change.state, now, rule)))

    def write_back(self, now: float) -> None:
        """Write down the rises that are due."""
        for row in self.live():
            self._write(replace(row, state=price_rule.advance(row.state, now, RULE)))

    def _write(self, row: Held[K]) -> None:
        was = self.held.get(row.id)
        if was is not None and row.state.p.total > was.state.p.total:
            self.rises[row.id] = Rise(was.state.p, row.state.p_since)
        self.held[row.id] = row

    def live(self) -> list[Held[K]]:
        """What is on sale."""
        return [row for row in self.held.values() if row.withdrawn_at is None]

    def parked(self) -> list[Held[K]]:
        """What waits for a person."""
        return [row for row in self.held.values() if row.parked is not None]


@dataclass
class Shelf:
    """One airline's fares and tiers; also `ParkedPrices`."""

    fares: Rows[FareKey] = field(
        default_factory=lambda: Rows(Family(FareKey.product, lambda key: key.period), 1)
    )
    tiers: Rows[TierKey] = field(default_factory=lambda: Rows(Family(lambda key: key), 10**6))
    terms: dict[FareKey, FareTerms] = field(default_factory=dict)
    tier_words: dict[TierKey, SeatTier] = field(default_factory=dict)
    newest: int = 0

    def deliver(
        self,
        filed: Sequence[FiledFare],
        tiers: Sequence[SeatTier],
        *,
        withdrawn: Collection[FareKey] = (),
        full: bool,
        sequence: int,
        now: float,
    ) -> bool:
        """Take a delivery; False: it is not newer than what was taken."""
        if not is_newer(sequence, self.newest):
            return False
        self.newest = max(sequence, self.newest)
        self.terms.update({one.key: one.terms for one in filed})
        self.tier_words.update({one.key(): one for one in tiers})
        prices = {one.key: one.price for one in filed}
        self.fares.apply(Delivery(prices, withdrawn, full, sequence, now))
        seats = {one.key(): one.price for one in tiers}
        self.tiers.apply(Delivery(seats, (), full, sequence, now))
        return True

    def write_back(self, now: float) -> None:
        """Some process writes down the rises that are due."""
        for rows in (self.fares, self.tiers):
            rows.write_back(now)

    def rows(self) -> object:
        """All that is stored, to compare."""
        return dict(self.fares.held), dict(self.tiers.held)

    def published(self) -> list[PublishedFare]:
        """The fares on sale."""
        return [
            PublishedFare(row.id, row.key, self.terms[row.key], row.state)
            for row in self.fares.live()
        ]

    def published_tiers(self) -> list[PublishedTier]:
        """The tiers on sale."""
        return [
            PublishedTier(row.id, self.tier_words[row.key], row.state, self.tiers.rises.get(row.id))
            for row in self.tiers.live()
        ]

    def tags(self, days: Sequence[date], now: float) -> dict[FareDay, Tag]:
        """What everything costs now: for every fare on each of these days, and every tier."""
        found = {}
        for row in self.fares.live():
            tag, product = _tag(row, now), row.key.product()
            for day in days:
                if day in row.key.period:
                    found[FareDay(product, day)] = tag
        for tier in self.tiers.live():
            found[FareDay(tuple(tier.key), None)] = _tag(tier, now)
        return found

    def dues(self) -> list[float]:
        """When rises that wait take effect."""
        states = [row.state for row in self.fares.live()]
        states += [row.state for row in self.tiers.live()]
        return [due for due in map(price_rule.due_at, states) if due is not None]

    async def waiting(self, airline: str, after: int, limit: int) -> Sequence[WaitingPrice]:
        """See `ParkedPrices.waiting`."""
        found = []
        parked: list[Held[FareKey] | Held[TierKey]] = [*self.fares.parked(), *self.tiers.parked()]
        for row in parked:
            assert row.parked is not None
            on_sale = row.withdrawn_at is None
            state = row.state
            waits = WaitingPrice(
                row.id, airline, "", "EUR", state.s, row.parked, state.s_seq, state.s_at, on_sale
            )
            found.append(waits)
        return found[:limit]

    async def approve(self, id: int, now: float, rule: PriceRule) -> bool:  # noqa: A002
        """See `ParkedPrices.approve`."""
        rows: Mapping[int, Held[FareKey] | Held[TierKey]] = {**self.fares.held, **self.tiers.held}
        if id not in rows or rows[id].parked is None:
            return False
        (self.fares if id in self.fares.held else self.tiers).approve(id, now, rule)
        return True

    async def refuse(self, id: int, now: float, by: str) -> bool:  # noqa: A002
        """See `ParkedPrices.refuse`: it goes on waiting, so that the same price stays refused."""
        return any(row.id == id for row in [*self.fares.parked(), *self.tiers.parked()])


def is_newer(sequence: int, newest: int) -> bool:
    """Whether a delivery counts after the newest that was taken."""
    return sequence > newest


def is_forgotten(withdrawn_at: float | None, now: float) -> bool:
    """Whether what was withdrawn then is not compared any more."""
    return withdrawn_at is not None and withdrawn_at <= now - RULE.dwell_s


def _tag(row: Held[K], now: float) -> Tag:
    state = row.state
    p, due = price_rule.read(state, now).total, price_rule.due_at(state)
    return Tag(p, state.s.total, due, row.id, row.parked is not None)
