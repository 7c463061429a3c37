"""What flights promises follows from its settings."""

from holdfast.flights.domain.price_rule import RULE, PriceRule
from holdfast.flights.service.search_rules import SearchRules
from holdfast.flights.wiring.rules import hold_rules, price_rule, search_rules
from holdfast.flights.wiring.settings import TRAVEL, FlightsSettings


def test_prices_rest_for_a_feed_period_unless_set_otherwise() -> None:
    assert price_rule(FlightsSettings()) == RULE
    assert price_rule(FlightsSettings(dwell_s=7_200.0)) == PriceRule(dwell_s=7_200.0)


def test_only_the_pages_serve_people_who_are_counted_one_by_one() -> None:
    rules = hold_rules(FlightsSettings(holds_per_owner=7))
    assert rules.per_owner == 7
    assert rules.serving == {TRAVEL}


def test_a_price_holds_for_the_lock_and_is_kept_for_the_lease() -> None:
    assert search_rules(FlightsSettings()) == SearchRules()
    found = search_rules(FlightsSettings(lock_s=900.0, lease_s=5_400.0, dwell_s=7_200.0))
    assert (found.offer_lifetime_s, found.lease_s, found.price.dwell_s) == (900.0, 5_400.0, 7_200.0)
