"""The operator's orders stand for names, and there is an end to them."""

import math

import pytest

from holdfast.platform.balancer.orders import MAX_ORDERS, Order, Orders


def test_orders_stand_until_they_are_taken_back() -> None:
    orders = Orders()
    assert orders.of("a") == Order(drained=False, weight=1.0)
    orders.drain("a")
    assert orders.weigh("a", 2.0) == Order(drained=True, weight=2.0)
    assert orders.undrain("a") == Order(drained=False, weight=2.0)
    assert orders.of("b") == Order()


@pytest.mark.parametrize("weight", [0.0, -1.0, math.nan, math.inf, 1e6])
def test_a_weight_that_makes_no_sense_is_refused(weight: float) -> None:
    orders = Orders()
    with pytest.raises(ValueError, match="between"):
        orders.weigh("a", weight)
    assert orders.of("a") == Order()


def test_orders_are_bounded_and_those_that_say_nothing_are_forgotten() -> None:
    orders = Orders()
    for number in range(MAX_ORDERS):
        orders.drain(f"n{number}")
    with pytest.raises(ValueError, match="standing"):
        orders.drain("one-more")
    orders.weigh("n0", 2.0)
    orders.undrain("n1")
    orders.drain("one-more")
