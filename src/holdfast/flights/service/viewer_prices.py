"""What a viewer may be shown: published prices, lowered to what he was shown before (G3).

A lowered price that costs us is not sold once the airline's budget for that is used up. Where a
class that he saw has too few seats now, what costs more instead says so.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from holdfast.flights.domain.absorbed import absorbed
from holdfast.flights.domain.assembly import Combination, cost_of
from holdfast.flights.domain.fare import Price
from holdfast.flights.domain.flight import Segment
from holdfast.flights.domain.offer import Offer, OfferRequest, PriceChangeCause, QuotedFare
from holdfast.flights.domain.party import Party
from holdfast.flights.domain.pricing import PricedClass
from holdfast.flights.domain.sales import Sales
from holdfast.flights.domain.viewer_lease import Bucket, LeaseKey, Product, ViewerLease, lease_key

Priced = Mapping[int, Sequence[PricedClass]]
"""By `id` of a segment, whose own hash would take longer than its price."""


class ViewerPrices:
    """Prices of one search. `published`: of its segments; `known`: what the viewer was shown."""

    def __init__(self, published: Priced, known: Mapping[LeaseKey, Price], sales: Sales) -> None:
        self._published = published
        self._known = known
        self._buckets = {key.bucket for key in known}
        self._sales = sales
        self._lowered: dict[int, Sequence[PricedClass]] = {}
        self._places: dict[int, Bucket] = {}

    def classes(self, segment: Segment) -> Sequence[PricedClass]:
        """The classes of a segment, each worked out once."""
        found = self._lowered.get(id(segment))
        if found is None:
            found = self._published[id(segment)]
            if self._is_known(segment):
                found = [one for one in (self._lower(segment, one) for one in found) if one]
            self._lowered[id(segment)] = found
        return found

    def shown(self, combinations: Iterable[Combination]) -> dict[LeaseKey, Price]:
        """What these combinations show."""
        sold = {
            (id(segment), id(priced)): (segment, priced)
            for one in combinations
            for option in one
            for segment, priced in zip(option.itinerary.segments, option.classes, strict=True)
        }
        return {
            key: fare.price
            for segment, priced in sold.values()
            for key, fare in zip(self._keys(segment, priced), priced.fares, strict=True)
        }

    def cause(
        self, party: Party, seats: Callable[[Segment, PricedClass], int]
    ) -> Callable[[Combination], PriceChangeCause | None]:
        """Tells of a combination why it costs more than what the viewer saw; None: for no reason
        that we know, or it does not. `seats`: left in a class of a segment."""
        judged: dict[tuple[int, int], bool] = {}

        def lost(segment: Segment, sold: PricedClass) -> bool:
            place = (id(segment), id(sold))
            if place not in judged:
                judged[place] = self._lost(segment, sold, party, seats)
            return judged[place]

        def judge(combination: Combination) -> PriceChangeCause | None:
            for option in combination:
                for segment, sold in zip(option.itinerary.segments, option.classes, strict=True):
                    if lost(segment, sold):
                        return PriceChangeCause.FARE_CLASS_SOLD_OUT
            return None

        return judge

    def _lost(
        self,
        segment: Segment,
        sold: PricedClass,
        party: Party,
        seats: Callable[[Segment, PricedClass], int],
    ) -> bool:
        """Whether he saw a cheaper class that has no seats for the party: of the same brand, or
        of any where `sold` is the cheapest of the cabin now."""
        if not self._is_known(segment):
            return False
        cost = cost_of(party, sold).total
        cheaper = [
            one
            for one in self.classes(segment)
            if (one.cabin, one.currency) == (sold.cabin, sold.currency)
            and cost_of(party, one).total < cost
        ]
        gone = [one for one in cheaper if seats(segment, one) < party.seats]
        seen = [one for one in gone if not self._known.keys().isdisjoint(self._keys(segment, one))]
        is_cheapest = len(gone) == len(cheaper)
        return any(is_cheapest or one.terms.brand == sold.terms.brand for one in seen)

    def _lower(self, segment: Segment, one: PricedClass) -> PricedClass | None:
        fares = tuple(map(self._fare, self._keys(segment, one), one.fares))
        if fares == one.fares:
            return one
        if absorbed(fares) and self._sales.is_exhausted(segment.marketing.carrier, one.currency):
            return None
        return replace(one, fares=fares)

    def _is_known(self, segment: Segment) -> bool:
        return bool(self._buckets) and self._place(segment) in self._buckets

    def _place(self, segment: Segment) -> Bucket:
        found = self._places.get(id(segment))
        if found is None:
            found = self._places[id(segment)] = bucket_of(segment)
        return found

    def _keys(self, segment: Segment, one: PricedClass) -> list[LeaseKey]:
        product = Product(
            segment.marketing.number, one.cabin, one.booking_class, one.currency, one.terms.brand
        )
        bucket = self._place(segment)
        return [lease_key(bucket, product, fare.passenger_type) for fare in one.fares]

    def _fare(self, key: LeaseKey, fare: QuotedFare) -> QuotedFare:
        lowest = self._known.get(key)
        return replace(fare, price=lowest) if lowest is not None and lowest < fare.price else fare


def shown_in(request: OfferRequest) -> dict[LeaseKey, ViewerLease]:
    """The leases that began for who saw these offers as his first ones."""
    at = request.created_at.timestamp()
    return {
        key: ViewerLease(at, price)
        for offer in request.offers
        for key, price in prices_in(offer).items()
    }


def prices_in(offer: Offer) -> dict[LeaseKey, Price]:
    """What an offer shows."""
    found = {}
    for sold in (sold for part in offer.slices for sold in part.segments):
        bucket = bucket_of(sold.segment)
        product = Product(
            sold.segment.marketing.number,
            sold.cabin,
            sold.booking_class,
            offer.total.currency,
            sold.terms.brand,
        )
        for fare in sold.fares:
            found[lease_key(bucket, product, fare.passenger_type)] = fare.price
    return found


def bucket_of(segment: Segment) -> Bucket:
    """Where the leases of a segment are."""
    return Bucket(
        segment.marketing.carrier, segment.board, segment.off, segment.departing_at.date()
    )
