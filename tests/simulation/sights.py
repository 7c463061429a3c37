"""What a viewer sees in an answer, said in the observer's words: fare keys, leases, prices."""

from collections.abc import Callable, Iterable
from datetime import datetime

from holdfast.flights.domain.offer import Offer
from holdfast.flights.domain.viewer_lease import LeaseKey, Product, lease_key
from holdfast.flights.service.viewer_prices import bucket_of
from tests.simulation.log import FareDay, Sight


def sights_of(
    offers: Iterable[Offer], fare_of: Callable[[int, datetime], FareDay]
) -> tuple[Sight, ...]:
    """Every price in the offers, each once. `fare_of`: the fare key of a filing on a date."""
    found: dict[Sight, None] = {}
    for offer in offers:
        for sold in (sold for part in offer.slices for sold in part.segments):
            segment = sold.segment
            product = Product(
                segment.marketing.number,
                sold.cabin,
                sold.booking_class,
                offer.total.currency,
                sold.terms.brand,
            )
            for fare in sold.fares:
                key: LeaseKey = lease_key(bucket_of(segment), product, fare.passenger_type)
                what = fare_of(fare.fare_id, segment.departing_at)
                found[Sight(what, key, fare.passenger_type, fare.price.total)] = None
    return tuple(found)
