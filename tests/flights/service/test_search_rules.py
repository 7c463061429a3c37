"""What a search promises cannot be set so that it would not hold."""

import pytest

from holdfast.flights.domain.ids import MAX_OFFERS
from holdfast.flights.domain.price_rule import PriceRule
from holdfast.flights.service.search_rules import SearchRules


def test_a_lock_is_not_shorter_than_promised_nor_longer_than_the_lease() -> None:
    with pytest.raises(AssertionError):
        SearchRules(offer_lifetime_s=60)
    with pytest.raises(AssertionError):
        SearchRules(lease_s=60)


def test_a_price_rests_longer_than_an_offer_lives() -> None:
    """Of a seat tier only the last rise is kept: a second one would show through an old offer."""
    with pytest.raises(AssertionError):
        SearchRules(price=PriceRule(dwell_s=1800))


def test_no_more_offers_are_shown_than_a_request_can_hold() -> None:
    assert SearchRules(max_offers=MAX_OFFERS).max_offers == MAX_OFFERS
    with pytest.raises(AssertionError):
        SearchRules(max_offers=MAX_OFFERS + 1)
