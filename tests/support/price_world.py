"""A world of one product over seven departure dates, to hold the price rule to its promises.

Deliveries, outages, approvals and the write-back of due rises change it as they change the store;
after every step, and at every moment when a rise becomes due, each date is looked at and G2, G7,
T1, T4 and T5 are asserted on what a customer sees. Times are quarters of a second, so sums of
floats are exact.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import NamedTuple

from holdfast.flights.domain import price_rule
from holdfast.flights.domain.fare import Price, PriceState
from holdfast.flights.domain.price_plan import Delivery, Family, Held, Plan, approve, plan
from holdfast.flights.domain.price_rule import PriceRule
from holdfast.flights.domain.schedule import Period

MONDAY = date(2026, 11, 30)
DAYS = tuple(MONDAY + timedelta(days=n) for n in range(7))
"""Seven weekdays, so any set of them is one period."""
START = 1_800_000_000.0


class Key(NamedTuple):
    product: str
    period: Period


FAMILY: Family[Key] = Family(lambda key: key.product, lambda key: key.period)


def period_of(days: Sequence[int]) -> Period:
    """The period of these days (0 is Monday)."""
    return Period(DAYS[min(days)], DAYS[max(days)], sum(1 << day for day in days))


@dataclass
class Seen:
    """What customers saw of one date: its price, when that last changed, since when it is off."""

    price: int | None = None
    changed_at: float = 0.0
    is_on: bool = False
    off_at: float = 0.0
    cap: int | None = None


class PriceWorld:
    """The stored fares, and what was seen of them; nobody looks at one that is not `watched`."""

    def __init__(self, rule: PriceRule, *, watched: bool = True) -> None:
        self.rule = rule
        self.watched = watched
        self.now = START
        self.rows: dict[int, Held[Key]] = {}
        self.newest: Delivery[Key] | None = None
        self.seen = [Seen() for _ in DAYS]
        self.asked_since: dict[int, tuple[Price, float]] = {}
        self._ids = 0

    def row_of(self, day: int) -> Held[Key] | None:
        """The fare that is on sale for a day; never two."""
        found = None
        for row in self.rows.values():
            if row.withdrawn_at is None and row.key.period.days >> day & 1:
                assert found is None
                found = row
        return found

    def visible(self, day: int) -> Price | None:
        row = self.row_of(day)
        return None if row is None else price_rule.read(row.state, self.now, self.rule)

    def wait(self, seconds: float) -> None:
        """Let time pass, looking at every moment when something may change."""
        end = self.now + seconds
        while self.watched:
            dues = [price_rule.due_at(row.state, self.rule) for row in self.rows.values()]
            ahead = [due for due in dues if due is not None and self.now < due <= end]
            if not ahead:
                break
            self.now = min(ahead)
            self.look()
        self.now = end
        self.look()

    def deliver(
        self, prices: Mapping[Key, Price], *, withdrawn: Sequence[Key] = (), full: bool
    ) -> Plan[Key]:
        """The next delivery comes and is accepted."""
        sequence = self.newest.sequence + 1 if self.newest else 1
        delivery = Delivery(prices, withdrawn, full, sequence, self.now)
        before = {row.key: (row, self.visible_of(row)) for row in self._live()}
        asked_before = [self._asked(day) for day in range(7)]
        made = self._apply(delivery)
        self.newest = delivery
        if not self.watched:
            return made
        self._assert_falls_are_visible(delivery, before)
        self._assert_guarded(delivery, asked_before)
        self.look()
        return made

    def deliver_again(self) -> None:
        """T6: the newest delivery once more, which changes nothing."""
        if self.newest is None:
            return
        again = replace(self.newest, now=self.now)
        made = plan(self.rows.values(), again, FAMILY, self.rule)
        assert made.changes == ()
        assert made.unpark == frozenset()

    def approve(self, index: int) -> None:
        """Somebody approves one of the prices that wait."""
        waiting = [row for row in self.rows.values() if row.parked is not None]
        if waiting:
            row = waiting[index % len(waiting)]
            change = approve(row, self.now, self.rule)
            self._save(row.id, Held(row.id, row.key, change.state))
            self.look()

    def write_back(self) -> None:
        """A node writes down the rises that are due."""
        for row in list(self._live()):
            self.rows[row.id] = replace(
                row, state=price_rule.advance(row.state, self.now, self.rule)
            )

    def visible_of(self, row: Held[Key]) -> int:
        return price_rule.read(row.state, self.now, self.rule).total

    def look(self) -> None:
        """What customers see now keeps the promises."""
        if not self.watched:
            return
        for day, seen in enumerate(self.seen):
            price = self.visible(day)
            if price is None:
                if seen.is_on:
                    seen.is_on, seen.off_at, seen.cap = False, self.now, seen.price
            else:
                self._see(seen, price.total)
        for row in self._live():
            self._assert_not_stuck(row)

    def _see(self, seen: Seen, price: int) -> None:
        rests = self.now < seen.off_at + self.rule.dwell_s
        if seen.cap is not None and rests:
            assert price <= seen.cap, "G7: listed again for more than it cost"
        listed_later = not seen.is_on and not rests
        if seen.price is not None and price > seen.price and not listed_later:
            assert self.now - seen.changed_at >= self.rule.dwell_s, "T1: it rose too soon"
        if price != seen.price:
            seen.price, seen.changed_at = price, self.now
        seen.is_on = True

    def _assert_not_stuck(self, row: Held[Key]) -> None:
        asked, since = self.asked_since[row.id]
        if self.now >= since + self.rule.dwell_s:
            assert self.visible_of(row) == asked.total, "T5: it is stuck"

    def _assert_falls_are_visible(
        self, delivery: Delivery[Key], before: Mapping[Key, tuple[Held[Key], int]]
    ) -> None:
        for row in self._live():
            asked = delivery.prices.get(row.key)
            if asked is None or row.parked is not None:
                continue
            assert row.state.s == asked
            assert self.visible_of(row) <= asked.total, "T4: a fall is visible at once"
            if row.key in before:
                was = before[row.key][1]
                assert self.visible_of(row) in (asked.total, min(was, asked.total)), "G2, G4"

    def _assert_guarded(self, delivery: Delivery[Key], before: Sequence[Price | None]) -> None:
        """G7: what was accepted for a date was no leap for that date."""
        for day, old in enumerate(before):
            row = self.row_of(day)
            if row is None or old is None or row.parked is not None:
                continue
            if row.key in delivery.prices:
                assert row.state.s == old or not self.rule.suspects(old, row.state.s)

    def _asked(self, day: int) -> Price | None:
        row = self.row_of(day)
        return None if row is None else row.state.s

    def _live(self) -> list[Held[Key]]:
        return [row for row in self.rows.values() if row.withdrawn_at is None]

    def _apply(self, delivery: Delivery[Key]) -> Plan[Key]:
        oldest = self.now - self.rule.dwell_s
        for row in list(self.rows.values()):
            is_forgotten = row.withdrawn_at is not None and row.withdrawn_at <= oldest
            if is_forgotten and row.parked is None:
                del self.rows[row.id]
        made = plan(self.rows.values(), delivery, FAMILY, self.rule)
        for change in made.changes:
            row_id = change.id
            if row_id is None:
                self._ids += 1
                row_id = self._ids
            self._save(
                row_id,
                Held(row_id, change.key, change.state, change.withdrawn_at, change.parked),
            )
        for row_id in made.unpark:
            self.rows[row_id] = replace(self.rows[row_id], parked=None)
        return made

    def _save(self, row_id: int, row: Held[Key]) -> None:
        old = self.rows.get(row_id)
        self.rows[row_id] = row
        if old is None or old.withdrawn_at is not None or old.state.s != row.state.s:
            self.asked_since[row_id] = (row.state.s, self.now)


def settled(price: int, at: float = START, sequence: int = 1) -> PriceState:
    """A state that was filed once, with a tenth of it tax."""
    return price_rule.first(price_rule.SupplierPrice(Price(price, price // 10), sequence, at))
