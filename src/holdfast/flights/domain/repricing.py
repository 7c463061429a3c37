"""A held order at the prices of now: what it costs once its price guarantee has ended (G5).

Each segment is priced in the class and brand that were held, for the same passengers: the seats are
the order's already, so how many are left does not matter. What is not sold in that class and brand
any more has no price of now. The terms stay those that were held.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from holdfast.flights.domain.flight import Segment
from holdfast.flights.domain.money import Money
from holdfast.flights.domain.offer import Offer, SoldSegment
from holdfast.flights.domain.order import Order, SeatChoice, total_of
from holdfast.flights.domain.pricing import PricedClass
from holdfast.flights.domain.pricing import total_of as fares_total

ClassesOf = Callable[[Segment], Sequence[PricedClass]]
"""What is sold on a segment now, for the passenger types of the order."""


@dataclass(frozen=True, slots=True)
class FareGone:
    """The class and brand that were held are not sold any more on this flight."""

    segment: Segment
    booking_class: str
    brand: str


def priced_now(offer: Offer, classes_of: ClassesOf) -> Offer | FareGone:
    """The same trip at the prices of now."""
    slices = []
    for part in offer.slices:
        segments: list[SoldSegment] = []
        for sold in part.segments:
            found = _same_class(sold, classes_of(sold.segment), offer.total.currency)
            if found is None:
                return FareGone(sold.segment, sold.booking_class, sold.terms.brand)
            segments.append(replace(sold, fares=found.fares))
        slices.append(replace(part, segments=tuple(segments)))
    price = fares_total(slices, offer.travellers)
    return replace(
        offer,
        slices=tuple(slices),
        total=Money(price.total, offer.total.currency),
        tax=Money(price.tax, offer.total.currency),
    )


def repriced(
    order: Order, offer: Offer, seats: tuple[SeatChoice, ...], *, at: datetime, lock_s: float
) -> Order:
    """The order at these prices, which hold for so long again, but not longer than its seats."""
    assert order.hold_until is not None, "only what is held has a price of now"
    until = min(at + timedelta(seconds=lock_s), order.hold_until)
    return replace(
        order,
        offer=offer,
        seats=seats,
        total=total_of(offer, seats),
        price_until=until,
        synced_at=at,
    )


def _same_class(
    sold: SoldSegment, classes: Sequence[PricedClass], currency: str
) -> PricedClass | None:
    held = (sold.cabin, sold.booking_class, sold.terms.brand, currency)
    return next(
        (
            one
            for one in classes
            if (one.cabin, one.booking_class, one.terms.brand, one.currency) == held
        ),
        None,
    )
