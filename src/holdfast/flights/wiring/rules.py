"""The law of the numbers that flights promises by: the settings, in the words of the domain.

Apart from the settings, which every command loads: the domain is for whoever sells."""

from holdfast.flights.domain.hold_limits import HoldRules
from holdfast.flights.domain.price_rule import PriceRule
from holdfast.flights.service.search_rules import SearchRules
from holdfast.flights.wiring.settings import TRAVEL, FlightsSettings


def hold_rules(settings: FlightsSettings) -> HoldRules:
    """How many unpaid holds are allowed, of whom."""
    return HoldRules(
        per_owner=settings.holds_per_owner,
        per_person=settings.holds_per_person,
        per_network=settings.holds_per_network,
        serving=frozenset({TRAVEL}),
    )


def price_rule(settings: FlightsSettings) -> PriceRule:
    """The rule by which prices are published."""
    return PriceRule(dwell_s=settings.dwell_s)


def search_rules(settings: FlightsSettings) -> SearchRules:
    """For how long a price holds that is shown."""
    return SearchRules(
        offer_lifetime_s=settings.lock_s, lease_s=settings.lease_s, price=price_rule(settings)
    )
