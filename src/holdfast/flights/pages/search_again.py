"""The law of another try: an offer that ended is looked for anew, and the difference is told.

PURE. The search is the same as before; of what it finds, the same flights in the same brand are
what was wanted, then the same flights, then the cheapest. Nothing is booked by that.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from holdfast.flights.domain.money import Money, parse_amount
from holdfast.flights.wire.duffel_offers import OfferRequestShape, OfferShape
from holdfast.flights.wire.duffel_search_asks import OfferRequestBody, PassengerBody, SliceBody


@dataclass(frozen=True, slots=True)
class Instead:
    """What there is in an offer's place. `same`: the same flights in the same brand."""

    offer: OfferShape
    same: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """What an offer costs more (or less, when negative) than the one before."""

    before: Money
    more: Money

    @property
    def is_dearer(self) -> bool:
        """Whether it costs more."""
        return self.more.minor > 0

    @property
    def is_cheaper(self) -> bool:
        """Whether it costs less."""
        return self.more.minor < 0

    @property
    def size(self) -> Money:
        """How much more or less."""
        return Money(abs(self.more.minor), self.more.currency)


def body_of(request: OfferRequestShape, lost: OfferShape | None) -> OfferRequestBody:
    """The search once more."""
    slices = [
        SliceBody(one.origin.iata_code, one.destination.iata_code, one.departure_date)
        for one in request.slices
    ]
    # An age alone decides its type; both together are refused.
    people = [
        PassengerBody(type=who.type.value) if who.age is None else PassengerBody(age=who.age)
        for who in request.passengers
    ]
    changes = max((len(one.segments) - 1 for one in lost.slices), default=0) if lost else 0
    return OfferRequestBody(slices, people, request.cabin_class, max(1, changes))


def instead_of(lost: OfferShape | None, found: Sequence[OfferShape]) -> Instead | None:
    """The best of what was found for somebody who wanted the lost offer; None for nothing."""
    if not found:
        return None
    cheapest = min(found, key=_cost)
    if lost is None:
        return Instead(cheapest, same=False)
    alike = [one for one in found if _flights(one) == _flights(lost)]
    same = [one for one in alike if _brands(one) == _brands(lost)]
    if same:
        return Instead(min(same, key=_cost), same=True)
    return Instead(min(alike, key=_cost), same=False) if alike else Instead(cheapest, same=False)


def difference(before: str, offer: OfferShape) -> Difference | None:
    """What an offer costs more than `before` (`123.45EUR`, from an address); None when that cannot
    be compared."""
    amount, currency = before[:-3], before[-3:]
    minor = parse_amount(amount, currency)
    now = parse_amount(offer.total_amount, offer.total_currency)
    if minor is None or now is None or currency != offer.total_currency:
        return None
    return Difference(Money(minor, currency), Money(now - minor, currency))


def price_text(offer: OfferShape) -> str:
    """An offer's price as it stands in an address."""
    return f"{offer.total_amount}{offer.total_currency}"


def _cost(offer: OfferShape) -> tuple[str, int]:
    return offer.total_currency, parse_amount(offer.total_amount, offer.total_currency) or 0


def _flights(offer: OfferShape) -> list[str]:
    return [one.comparison_key for one in offer.slices]


def _brands(offer: OfferShape) -> list[str | None]:
    return [one.fare_brand_name for one in offer.slices]
