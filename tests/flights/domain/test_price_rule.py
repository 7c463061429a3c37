"""The price rule by its properties T1 and T3 to T6 on random histories, and by its edge cases."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from holdfast.flights.domain.fare import Price, PriceState, Rise
from holdfast.flights.domain.price_rule import (
    RULE,
    Accepted,
    Parked,
    PriceRule,
    Stale,
    SupplierPrice,
    accept,
    advance,
    due_at,
    first,
    ingest,
    inherit,
    read,
    read_at,
    refile,
    withdraw,
)
from holdfast.flights.domain.viewer_lease import LENGTH_S, ViewerLease, shown
from tests.support.price_world import START, Key, PriceWorld, period_of, settled

HISTORIES = 3000
D = RULE.dwell_s
NO_GUARD = PriceRule(max_fall_percent=100, max_rise_percent=10**9)


def take(state: PriceState, price: Price, at: float, rule: PriceRule = RULE) -> PriceState:
    """The state after the next delivery, which must be accepted."""
    verdict = ingest(state, SupplierPrice(price, state.s_seq + 1, START + at), rule)
    assert isinstance(verdict, Accepted)
    return verdict.state


def price_at(state: PriceState, at: float) -> int:
    return read(state, START + at).total


# --- T1, T3, T4, T5, T6, G2, G3, G4, G7 on histories --------------------------------------------

labels = st.lists(st.sampled_from([None, 0, 1, 2]), min_size=7, max_size=7)
prices = st.sampled_from([40, 60, 100, 100, 110, 120, 150, 190, 400])
seconds = st.sampled_from([0.0, 0.25, 60.0, 1800.0, D - 0.25, D, 2.5 * D])


@dataclass(frozen=True)
class Deliver:
    labels: Sequence[int | None]
    prices: Sequence[int]
    full: bool
    withdraw: Sequence[int]


@dataclass(frozen=True)
class Look:
    viewer: int
    day: int


deliveries = st.builds(
    Deliver,
    labels,
    st.lists(prices, min_size=3, max_size=3),
    st.booleans(),
    st.lists(st.integers(0, 6), max_size=3),
)
events = st.one_of(
    deliveries,
    deliveries,
    st.builds(Look, st.integers(0, 1), st.integers(0, 6)),
    seconds,
    seconds,
    st.sampled_from(["again", "approve"]),
)


def filed(event: Deliver) -> dict[Key, Price]:
    """Days with one label are one fare."""
    groups: dict[int, list[int]] = {}
    for day, label in enumerate(event.labels):
        if label is not None:
            groups.setdefault(label, []).append(day)
    return {
        Key("YOW", period_of(days)): Price(event.prices[label], event.prices[label] // 10)
        for label, days in groups.items()
    }


def perform(world: PriceWorld, event: object) -> None:
    match event:
        case float():
            world.wait(event)
        case Deliver(full=full):
            asked = filed(event)
            live = [world.row_of(day) for day in event.withdraw]
            gone = [] if full else [row.key for row in live if row and row.key not in asked]
            world.deliver(asked, withdrawn=gone, full=full)
        case "again":
            world.deliver_again()
        case "approve":
            world.approve(0)


class Viewers:
    """What each viewer was shown, and when that began."""

    def __init__(self) -> None:
        self.leases: dict[tuple[int, int], ViewerLease] = {}
        self.shown: dict[tuple[int, int], tuple[float, int]] = {}

    def look(self, world: PriceWorld, look: Look) -> None:
        effective = world.visible(look.day)
        if effective is None:
            return
        key = (look.viewer, look.day)
        price, self.leases[key] = shown(effective, self.leases.get(key), world.now)
        began, lowest = self.shown.get(key, (float("-inf"), 0))
        if world.now >= began + LENGTH_S:
            began, lowest = world.now, effective.total
        assert price.total <= min(lowest, effective.total), "T3"
        self.shown[key] = (began, price.total)


@pytest.mark.timeout(600)
@settings(max_examples=HISTORIES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(events, min_size=4, max_size=12))
def test_every_history_keeps_the_promises_for_every_departure_date(
    history: list[float | Deliver | Look | str],
) -> None:
    world, eager, viewers = PriceWorld(RULE), PriceWorld(RULE, watched=False), Viewers()
    for event in history:
        perform(world, event)
        perform(eager, event)
        eager.write_back()
        assert [world.visible(day) for day in range(7)] == [eager.visible(day) for day in range(7)]
        if isinstance(event, Look):
            viewers.look(world, event)
    world.wait(D)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(prices, seconds, st.integers(0, 12)), min_size=1, max_size=20),
)
def test_deliveries_in_any_order_give_what_their_increasing_ones_give(
    history: list[tuple[int, float, int]],
) -> None:
    """T6: what is older than the newest, or was seen, never changes anything."""
    everything = only_newer = first(SupplierPrice(Price(100), 0, START))
    now = START
    for price, wait, sequence in history:
        now += wait
        asked = SupplierPrice(Price(price), sequence, now)
        verdict = ingest(everything, asked, NO_GUARD)
        if sequence > only_newer.s_seq:
            only_newer = accept(only_newer, asked, NO_GUARD)
        if isinstance(verdict, Accepted):
            everything = verdict.state
        assert everything == only_newer


# --- the state machine --------------------------------------------------------------------------


def test_a_first_publication_is_sold_at_once_for_what_is_asked() -> None:
    state = settled(100)
    assert price_at(state, 0) == 100
    assert due_at(state) is None


def test_a_rise_waits_until_the_price_has_rested() -> None:
    state = take(settled(100), Price(120), 600)
    assert due_at(state) == START + D
    assert price_at(state, D - 0.25) == 100
    assert price_at(state, D) == 120


def test_a_rise_of_a_rested_price_is_published_at_once() -> None:
    state = take(settled(100), Price(120), 2 * D)
    assert price_at(state, 2 * D) == 120
    assert advance(state, START + 3 * D).p_since == START + 2 * D


def test_before_its_last_rise_a_price_was_what_it_rose_from_or_is_less_by_now() -> None:
    before = PriceState(Price(100), START - D, Price(150), START, 1)
    rise, after = Rise(Price(100), START + 60), replace(before, p=Price(150), p_since=START + 60)
    assert read_at(after, rise, START).total == 100
    assert read_at(after, rise, START + 60).total == 150
    assert read_at(after, None, START).total == 150
    fallen = replace(after, p=Price(80), s=Price(80))
    assert read_at(fallen, rise, START).total == 80


def test_a_fall_is_published_at_once_and_rests() -> None:
    state = take(settled(100), Price(80), 2 * D)
    assert price_at(state, 2 * D) == 80
    state = take(state, Price(100), 2 * D + 1)
    assert price_at(state, 3 * D - 0.25) == 80
    assert price_at(state, 3 * D) == 100


def test_a_waiting_rise_vanishes_when_the_supplier_takes_it_back() -> None:
    state = take(take(settled(100), Price(120), 600), Price(100), 1200)
    assert due_at(state) is None
    assert price_at(state, 10 * D) == 100


def test_a_fall_below_a_waiting_rise_only_changes_what_waits() -> None:
    state = take(take(settled(100), Price(150), 600), Price(120), 1200)
    assert price_at(state, 1200) == 100
    assert price_at(state, D) == 120


def test_an_equal_price_sent_again_does_not_put_off_a_rise() -> None:
    state = take(settled(100), Price(120), 600)
    again = take(state, Price(120), D - 1)
    assert due_at(again) == due_at(state)


def test_a_duplicate_and_an_older_delivery_are_ignored() -> None:
    state = settled(100, sequence=7)
    assert ingest(state, SupplierPrice(Price(80), 7, START + 1)) == Stale()
    assert ingest(state, SupplierPrice(Price(80), 6, START + 1)) == Stale()


def test_an_outage_of_the_feed_raises_nothing() -> None:
    assert price_at(settled(100), 1000 * D) == 100


def test_a_mistake_fare_is_corrected_like_every_rise() -> None:
    mistake = take(settled(400), Price(210), 2 * D)
    corrected = take(mistake, Price(400), 2 * D + 60)
    assert price_at(corrected, 2 * D + 60) == 210
    assert price_at(corrected, 3 * D) == 400


def test_a_change_of_tax_is_a_change_of_the_total() -> None:
    state = take(settled(100), Price(105, 15), 600)
    assert read(state, START + 600) == Price(100, 10)
    assert read(state, START + D) == Price(105, 15)


def test_another_share_of_tax_in_the_same_total_is_published_at_once_and_rests_no_longer() -> None:
    state = take(settled(100), Price(100, 12), 600)
    assert read(state, START + 600) == Price(100, 12)
    assert state.p_since == START


@pytest.mark.parametrize(("old", "new"), [(100, 49), (100, 201), (0, 1), (3, 1)])
def test_a_leap_is_parked_and_the_old_price_stays(old: int, new: int) -> None:
    state = settled(old)
    verdict = ingest(state, SupplierPrice(Price(new), 2, START + 2 * D))
    assert verdict == Parked(replace(state, s_seq=2))


@pytest.mark.parametrize(("old", "new"), [(100, 50), (100, 200), (0, 0), (3, 2)])
def test_a_change_inside_the_guard_band_is_accepted(old: int, new: int) -> None:
    verdict = ingest(settled(old), SupplierPrice(Price(new), 2, START + 2 * D))
    assert isinstance(verdict, Accepted)


def test_the_guard_band_can_be_set() -> None:
    rule = PriceRule(max_fall_percent=10, max_rise_percent=10)
    assert isinstance(ingest(settled(100), SupplierPrice(Price(89), 2, START), rule), Parked)
    assert isinstance(ingest(settled(100), SupplierPrice(Price(111), 2, START), rule), Parked)
    assert isinstance(ingest(settled(100), SupplierPrice(Price(110), 2, START), rule), Accepted)


def test_the_delivery_of_a_parked_price_counts_as_seen() -> None:
    verdict = ingest(settled(100), SupplierPrice(Price(1), 5, START))
    assert isinstance(verdict, Parked)
    assert ingest(verdict.state, SupplierPrice(Price(1), 5, START)) == Stale()


def test_an_approved_leap_follows_the_rule_like_every_change() -> None:
    parked = ingest(settled(100), SupplierPrice(Price(300), 2, START + 60))
    assert isinstance(parked, Parked)
    approved = accept(parked.state, SupplierPrice(Price(300), 2, START + 120))
    assert price_at(approved, 120) == 100
    assert price_at(approved, D) == 300


def test_a_clock_that_was_set_back_does_not_shorten_the_rest() -> None:
    fell = take(settled(100), Price(80), 2 * D)
    asked = SupplierPrice(Price(70), 9, START + D)
    back = accept(fell, asked)
    assert back.p == Price(70)
    assert back.p_since == START + 2 * D


def test_nodes_with_other_clocks_read_the_old_or_the_new_price_and_nothing_else() -> None:
    state = take(settled(100), Price(120), 600)
    assert {price_at(state, D + skew) for skew in (-2, -0.25, 0, 2)} == {100, 120}


# --- withdrawn, and listed again ----------------------------------------------------------------


def listed_again(price: int, at: float) -> PriceState:
    """Sold for 100, withdrawn at five dwell times, listed again at `at` for `price`."""
    gone = withdraw(settled(100), sequence=2, now=START + 5 * D)
    verdict = refile([gone], SupplierPrice(Price(price), 3, START + at), covered=False)
    assert isinstance(verdict, Accepted)
    return verdict.state


def test_listed_again_within_the_dwell_time_it_costs_no_more_and_rests() -> None:
    state = listed_again(150, 5.5 * D)
    assert price_at(state, 5.5 * D) == 100
    assert price_at(state, 6.5 * D - 0.25) == 100
    assert price_at(state, 6.5 * D) == 150


def test_listed_again_for_less_it_costs_less() -> None:
    assert price_at(listed_again(60, 5.5 * D), 5.5 * D) == 60


def test_a_withdrawal_applies_a_rise_that_was_due_and_forgets_one_that_was_not() -> None:
    waiting = take(settled(100), Price(120), 600)
    assert withdraw(waiting, sequence=3, now=START + D).p == Price(120)
    early = withdraw(waiting, sequence=3, now=START + 700)
    assert early.p == Price(100, 10)
    assert due_at(early) is None


# --- other dates than before --------------------------------------------------------------------


def test_a_split_period_goes_on_resting() -> None:
    waiting = take(settled(100), Price(120), 600)
    part = inherit([waiting], covered=True, now=START + 1000)
    assert part == waiting


def test_merged_periods_cost_the_lowest_of_their_prices_and_rest_from_now() -> None:
    merged = refile(
        [settled(100), settled(80)],
        SupplierPrice(Price(110), 2, START + 5 * D),
        covered=True,
    )
    assert isinstance(merged, Accepted)
    assert price_at(merged.state, 5 * D) == 80
    assert price_at(merged.state, 6 * D - 0.25) == 80
    assert price_at(merged.state, 6 * D) == 110


def test_a_period_with_a_new_date_rests_from_now() -> None:
    state = inherit([settled(100)], covered=False, now=START + 5 * D)
    assert state.p_since == START + 5 * D


def test_a_leap_for_one_of_several_dates_parks_the_whole_fare() -> None:
    asked = SupplierPrice(Price(150), 2, START + D)
    assert isinstance(refile([settled(100), settled(400)], asked, covered=True), Parked)


def test_parked_while_its_dates_cost_the_same_it_keeps_that_price() -> None:
    asked = SupplierPrice(Price(900), 2, START + D)
    verdict = refile([settled(100), settled(100)], asked, covered=True)
    assert isinstance(verdict, Parked)
    assert verdict.keeps
    assert verdict.state.p == Price(100, 10)


def test_parked_while_its_dates_cost_differently_it_has_no_price_to_keep() -> None:
    asked = SupplierPrice(Price(900), 2, START + D)
    verdict = refile([settled(100), settled(120)], asked, covered=True)
    assert isinstance(verdict, Parked)
    assert not verdict.keeps


def test_an_older_delivery_cannot_take_dates_over() -> None:
    asked = SupplierPrice(Price(90), 3, START + D)
    assert refile([settled(100, sequence=3)], asked, covered=True) == Stale()
