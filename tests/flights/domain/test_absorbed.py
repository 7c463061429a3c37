"""What honouring a price costs, by carrier, and when it is enough."""

import pytest

from holdfast.flights.domain.absorbed import absorbed, absorbed_by_carrier, budget_exhausted
from tests.flights.domain.fare_samples import ADULT, CHILD, offered, quoted, sold


def test_each_fare_costs_what_the_supplier_asks_more() -> None:
    assert absorbed([quoted(ADULT, 100, 120), quoted(CHILD, 75, 80)]) == 25


def test_a_gain_does_not_hide_a_loss() -> None:
    assert absorbed([quoted(ADULT, 100, 120), quoted(CHILD, 75, 60)]) == 20


def test_an_order_costs_each_carrier_for_each_passenger() -> None:
    offer = offered(
        sold("ZZ", quoted(ADULT, 100, 110), quoted(CHILD, 75, 76)),
        sold("YY", quoted(ADULT, 50, 50), quoted(CHILD, 40, 40)),
        sold("ZZ", quoted(ADULT, 10, 13), quoted(CHILD, 5, 5)),
        kinds=(ADULT, ADULT, CHILD),
    )
    assert absorbed_by_carrier(offer) == {"ZZ": 21 + 6}


@pytest.mark.parametrize(
    ("budget", "spent", "exhausted"),
    [(None, 10**9, False), (100, 99, False), (100, 100, True), (0, 0, True)],
)
def test_a_budget_is_exhausted_when_all_of_it_is_spent(
    budget: int | None, spent: int, exhausted: bool
) -> None:
    assert budget_exhausted(budget, spent) is exhausted
