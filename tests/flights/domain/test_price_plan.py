"""What a delivery changes of what is stored; random histories are in `test_price_rule`."""

from dataclasses import replace

import pytest

from holdfast.flights.domain.fare import Price
from holdfast.flights.domain.price_plan import (
    Cause,
    Change,
    Delivery,
    Family,
    Held,
    approve,
    plan,
)
from holdfast.flights.domain.price_rule import RULE, read
from tests.support.price_world import FAMILY, START, Key, PriceWorld, period_of, settled

D = RULE.dwell_s
MON_TUE, MON, TUE, WED = (Key("YOW", period_of(days)) for days in ([0, 1], [0], [1], [2]))


@pytest.fixture
def world() -> PriceWorld:
    return PriceWorld(RULE)


def causes(changes: tuple[Change[Key], ...]) -> dict[Key, Cause]:
    return {change.key: change.cause for change in changes}


def test_what_is_new_is_published_and_what_is_missing_from_a_full_file_withdrawn(
    world: PriceWorld,
) -> None:
    world.deliver({MON: Price(100), TUE: Price(90)}, full=True)
    made = world.deliver({MON: Price(100), WED: Price(80)}, full=True)
    assert causes(made.changes) == {WED: Cause.PUBLISHED, TUE: Cause.WITHDRAWN}
    assert made.unchanged == 1
    assert world.visible(1) is None


def test_a_delta_withdraws_only_what_it_says(world: PriceWorld) -> None:
    world.deliver({MON: Price(100), TUE: Price(90)}, full=True)
    made = world.deliver({}, withdrawn=[TUE, WED], full=False)
    assert causes(made.changes) == {TUE: Cause.WITHDRAWN}


def test_a_delta_may_not_file_dates_that_another_fare_keeps(world: PriceWorld) -> None:
    world.deliver({MON_TUE: Price(100)}, full=True)
    made = world.deliver({MON: Price(90)}, full=False)
    assert made.refused == (MON,)
    assert made.changes == ()


def test_a_delta_may_file_them_when_it_withdraws_the_other(world: PriceWorld) -> None:
    world.deliver({MON_TUE: Price(100)}, full=True)
    made = world.deliver({MON: Price(90)}, withdrawn=[MON_TUE], full=False)
    assert causes(made.changes) == {MON: Cause.REFILED, MON_TUE: Cause.WITHDRAWN}
    assert made.refused == ()


def test_a_leap_is_parked_once_and_given_up_when_the_price_returns(world: PriceWorld) -> None:
    world.deliver({MON: Price(100)}, full=True)
    assert causes(world.deliver({MON: Price(900)}, full=True).changes) == {MON: Cause.PARKED}
    assert world.deliver({MON: Price(900)}, full=True).changes == ()
    made = world.deliver({MON: Price(100)}, full=True)
    assert made.unpark == {1}
    assert made.changes == ()


def test_a_parked_price_is_overtaken_by_an_accepted_one_and_by_a_withdrawal(
    world: PriceWorld,
) -> None:
    world.deliver({MON: Price(100), TUE: Price(100)}, full=True)
    world.deliver({MON: Price(900), TUE: Price(900)}, full=True)
    made = world.deliver({MON: Price(110)}, full=True)
    assert made.unpark == {1, 2}


def test_what_was_never_on_sale_is_given_up_when_it_is_not_filed_any_more(
    world: PriceWorld,
) -> None:
    world.deliver({MON: Price(100), TUE: Price(120)}, full=True)
    world.deliver({MON_TUE: Price(900)}, full=True)
    assert world.visible(0) is None
    assert world.deliver({MON_TUE: Price(900)}, full=True).unchanged == 1
    assert world.deliver({}, withdrawn=[MON_TUE], full=False).unpark == {3}


def test_what_was_never_on_sale_loses_its_dates_to_what_is_filed_after_it(
    world: PriceWorld,
) -> None:
    world.deliver({MON: Price(100), TUE: Price(120)}, full=True)
    world.deliver({MON_TUE: Price(900)}, full=True)
    made = world.deliver({MON: Price(110)}, full=False)
    assert causes(made.changes) == {MON: Cause.REFILED}
    assert made.unpark == {3}


def test_waiting_for_approval_is_no_way_around_the_guard(world: PriceWorld) -> None:
    world.deliver({MON: Price(100), TUE: Price(120)}, full=True)
    world.deliver({MON_TUE: Price(900)}, full=True)
    world.wait(3 * D)
    made = world.deliver({MON_TUE: Price(901)}, full=True)
    assert causes(made.changes) == {MON_TUE: Cause.PARKED}
    assert world.visible(0) is None
    made = world.deliver({MON_TUE: Price(110)}, full=True)
    assert causes(made.changes) == {MON_TUE: Cause.REFILED}
    assert made.unpark == {3}
    assert world.visible(0) == Price(100)


def test_an_approval_of_what_is_on_sale_is_a_change_like_any_other(world: PriceWorld) -> None:
    world.deliver({MON: Price(100)}, full=True)
    world.deliver({MON: Price(900)}, full=True)
    world.approve(0)
    assert world.visible(0) == Price(100)
    world.wait(D)
    assert world.visible(0) == Price(900)


def test_an_approval_after_long_waiting_off_sale_is_a_first_publication() -> None:
    held = Held(1, MON, settled(100), withdrawn_at=START, parked=Price(900))
    assert approve(held, START + D, RULE).state.p == Price(900)
    early = approve(held, START + D / 2, RULE).state
    assert read(early, START + D) == Price(100, 10)
    assert read(early, START + 1.5 * D) == Price(900)


def test_a_delivery_that_is_older_than_the_state_changes_nothing() -> None:
    held = [
        Held(1, MON, settled(100, sequence=5)),
        Held(2, TUE, settled(100, sequence=5), withdrawn_at=START),
    ]
    delivery = Delivery({MON: Price(90), TUE: Price(90)}, (), True, 4, START)
    made = plan(held, delivery, FAMILY, RULE)
    assert made.changes == ()
    assert made.unchanged == 2


def test_keys_without_dates_are_their_own_families() -> None:
    tiers: Family[str] = Family(lambda key: key)
    held = [Held(1, "front", settled(20)), Held(2, "exit", settled(30), withdrawn_at=START)]
    delivery = Delivery({"front": Price(22), "exit": Price(50)}, (), True, 2, START + 60)
    made = plan(held, delivery, tiers, RULE)
    assert {change.key: change.state.p.total for change in made.changes} == {
        "front": 20,
        "exit": 30,
    }


def test_a_price_that_leaps_back_to_what_one_date_had_is_parked_again_in_each_delivery() -> None:
    """The parked price is looked at before the accepted one: both may be equal."""
    state = replace(settled(100), s=Price(100, 10))
    held = [Held(1, MON, state, parked=Price(100, 10))]
    made = plan(held, Delivery({MON: Price(100, 10)}, (), True, 2, START), FAMILY, RULE)
    assert (made.unchanged, made.unpark) == (1, frozenset())
