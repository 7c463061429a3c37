"""The law of what a search promises: how long its prices hold, and how many offers it shows.

Apart from the search, which not everybody who names these numbers loads.
"""

from dataclasses import dataclass

from holdfast.flights.domain import offering
from holdfast.flights.domain.assembly import MAX_OFFERS_SHOWN
from holdfast.flights.domain.ids import MAX_OFFERS
from holdfast.flights.domain.price_rule import RULE, PriceRule
from holdfast.flights.domain.viewer_lease import LENGTH_S


@dataclass(frozen=True, slots=True)
class SearchRules:
    """`offer_lifetime_s`: the price lock. `lease_s` is at least as long, and `price` lets a price
    rest longer than that: the seats of an offer cost no more while it lives because a tier rises
    once at most in that time (`price_rule.read_at`). `max_offers` of one request."""

    offer_lifetime_s: float = 30 * 60
    lease_s: float = LENGTH_S
    max_offers: int = MAX_OFFERS_SHOWN
    price: PriceRule = RULE

    def __post_init__(self) -> None:
        assert offering.SHORTEST_LOCK_S <= self.offer_lifetime_s <= self.lease_s
        assert self.offer_lifetime_s < self.price.dwell_s
        assert self.max_offers <= MAX_OFFERS
