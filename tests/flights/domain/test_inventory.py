"""Counters of seats against a simple model: a list of who has which seat in which class."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from holdfast.flights.domain.fare import Cabin, ClassLimits
from holdfast.flights.domain.inventory import LegCabin, Occupancy, displaced, opened
from holdfast.flights.domain.schedule import Period

CLASSES = "YMQ"
LIMITS = st.none() | st.lists(st.integers(0, 12), min_size=3, max_size=3)


def filed(limits: list[int] | None) -> tuple[tuple[str, int], ...]:
    """Limits that do not grow from the dearest class to the cheapest."""
    if limits is None:
        return ()
    return tuple(zip(CLASSES, sorted(limits, reverse=True), strict=True))


class Counting(RuleBasedStateMachine):
    """The model: `taken` lists (class, held) of each seat; `room` is what is really flown."""

    def __init__(self) -> None:
        super().__init__()
        self.counter = LegCabin(6)
        self.room = 6
        self.overbooking = 0
        self.limits: tuple[tuple[str, int], ...] = ()
        self.taken: list[tuple[str, bool]] = []

    def may_sell(self, name: str) -> int:
        left = max(0, self.room + self.overbooking - len(self.taken))
        if not self.limits:
            return left
        cheaper = CLASSES[CLASSES.index(name) :] if name in CLASSES else ""
        below = sum(one in cheaper for one, _ in self.taken)
        return max(0, min(dict(self.limits).get(name, 0) - below, left))

    @rule(name=st.sampled_from("YMQZ"), seats=st.integers(1, 4), held=st.booleans())
    def take(self, name: str, seats: int, held: bool) -> None:
        got = self.counter.take(name, seats, held=held)
        if seats > self.may_sell(name):
            assert got is None
            return
        assert got is not None
        self.counter = got
        self.taken += [(name, held)] * seats

    @precondition(lambda self: self.taken)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        name, held = data.draw(st.sampled_from(self.taken))
        seats = data.draw(st.integers(1, self.taken.count((name, held))))
        self.counter = self.counter.release(name, seats, held=held)
        for _ in range(seats):
            self.taken.remove((name, held))

    @rule(data=st.data())
    def settle(self, data: st.DataObject) -> None:
        holds = [one for one in self.taken if one[1]]
        seats = data.draw(st.integers(0, len(holds)))
        self.counter = self.counter.settle(seats)
        for name, _ in holds[:seats]:
            self.taken.remove((name, True))
            self.taken.append((name, False))

    @rule(capacity=st.integers(0, 10), overbooking=st.integers(0, 3))
    def resize(self, capacity: int, overbooking: int) -> None:
        self.counter = self.counter.resized(capacity, overbooking)
        self.room, self.overbooking = capacity, overbooking

    @rule(limits=LIMITS)
    def relimit(self, limits: list[int] | None) -> None:
        self.limits = filed(limits)
        self.counter = self.counter.relimited(self.limits)

    @invariant()
    def counters_are_what_the_model_says(self) -> None:
        now = self.counter
        assert now.sold + now.held == len(self.taken) == sum(now.taken.values())
        assert now.held == sum(held for _, held in self.taken)
        assert min(now.sold, now.held, now.left, now.short, now.capacity) >= 0
        assert now.short == max(0, len(self.taken) - self.room - self.overbooking)
        assert now.capacity - now.short == self.room
        assert {name: now.sellable(name) for name in "YMQZ"} == {
            name: self.may_sell(name) for name in "YMQZ"
        }


TestCounting = Counting.TestCase


def test_cheap_classes_are_nested_in_dear_ones() -> None:
    counter = LegCabin(10, limits=(("Y", 10), ("M", 6), ("Q", 2)))
    assert [counter.sellable(name) for name in CLASSES] == [10, 6, 2]
    after = counter.take("Q", 2, held=False)
    assert after is not None
    assert [after.sellable(name) for name in CLASSES] == [8, 4, 0]
    assert after.take("Q", 1, held=False) is None


@pytest.mark.parametrize(
    ("configuration", "cabin", "seats"),
    [
        ("C028Y189", Cabin.ECONOMY, 189),
        ("C028Y189", Cabin.BUSINESS, 28),
        ("J10C5", Cabin.BUSINESS, 15),
        ("C028Y189", Cabin.FIRST, 0),
        ("", Cabin.ECONOMY, 0),
    ],
)
def test_a_cabin_opens_with_the_seats_of_the_aircraft(
    configuration: str, cabin: Cabin, seats: int
) -> None:
    assert opened(configuration, cabin) == LegCabin(seats)


@pytest.mark.parametrize(("capacity", "seats"), [(None, 180), (170, 170), (0, 0)])
def test_filed_limits_may_give_another_capacity(capacity: int | None, seats: int) -> None:
    period = Period(date(2027, 6, 1), date(2027, 6, 30))
    limits = ClassLimits(
        "HF", 1, "FRA", "LHR", Cabin.ECONOMY, period, (("Y", 9),), capacity, overbooking=3
    )
    assert opened("Y180", Cabin.ECONOMY, limits) == LegCabin(seats, 3, limits=(("Y", 9),))


NOON = datetime(2027, 6, 1, 12, tzinfo=UTC)


def who(name: str, seats: int, minute: int, *, held: bool = False) -> Occupancy:
    return Occupancy(name, seats, held, NOON + timedelta(minutes=minute))


def test_holds_go_first_then_the_last_who_booked_in_whole_orders() -> None:
    orders = [who("a", 2, 1), who("b", 2, 3), who("c", 1, 2), who("h", 1, 0, held=True)]
    assert [one.order_id for one in displaced(orders, 1)] == ["h"]
    assert [one.order_id for one in displaced(orders, 2)] == ["h", "b"]
    assert [one.order_id for one in displaced(orders, 4)] == ["h", "b", "c"]
    assert len(displaced(orders, 99)) == 4
    assert displaced(orders, 0) == ()
