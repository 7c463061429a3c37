"""The viewer lease: for an hour from the first look, a fare does not become dearer for you (G3).

It is anchored at the first sighting and never extended by looking again; otherwise somebody who
refreshes would hold every price for ever. What is leased is a flight on a date in one class and
brand, whichever filed fare it is sold at: airlines cut the periods of their fares anew.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from holdfast.flights.domain.fare import Cabin, PassengerType, Price

LENGTH_S = 3600.0
"""Seconds; not shorter than the life of an offer."""


@dataclass(frozen=True, slots=True)
class ViewerLease:
    """When a viewer first saw a fare (seconds since 1970), and the lowest price shown since."""

    first_seen: float
    lowest: Price

    def runs(self, now: float, length_s: float) -> bool:
        """Whether it still holds at `now`."""
        return now < self.first_seen + length_s


class Bucket(NamedTuple):
    """What is kept together: a carrier's flights between two points that leave on one date. A fare
    is in exactly one, a search touches a few, and searches of other trips touch others."""

    carrier: str
    board: str
    off: str
    day: date


class Product(NamedTuple):
    """What is sold on one flight, whoever flies."""

    number: int
    cabin: Cabin
    booking_class: str
    currency: str
    brand: str


class LeaseKey(NamedTuple):
    """What is leased; `fare` is unique within its bucket."""

    bucket: Bucket
    fare: str


def lease_key(bucket: Bucket, product: Product, passenger_type: PassengerType) -> LeaseKey:
    """The key of a product as one passenger type pays it. The brand, which may be any text, is the
    last part of it."""
    number, cabin, booking_class, currency, brand = product
    fare = f"{number} {cabin.value} {booking_class} {currency} {passenger_type.value} {brand}"
    return LeaseKey(bucket, fare)


@dataclass(frozen=True, slots=True)
class Leased:
    """What a look into the store found of one viewer. `versions`: by which the store knows whether
    a bucket was changed since; a missing one has none yet."""

    leases: Mapping[LeaseKey, ViewerLease] = field(default_factory=dict)
    versions: Mapping[Bucket, int] = field(default_factory=dict)

    def lowest(self, now: float, length_s: float) -> dict[LeaseKey, Price]:
        """The lowest prices shown in leases that still run."""
        return {
            key: lease.lowest for key, lease in self.leases.items() if lease.runs(now, length_s)
        }

    def seeded(self, first: Mapping[LeaseKey, ViewerLease]) -> "Leased":
        """These, and `first` where these have none."""
        return Leased({**first, **self.leases}, self.versions)


def shown(
    effective: Price, lease: ViewerLease | None, now: float, length_s: float = LENGTH_S
) -> tuple[Price, ViewerLease]:
    """What to show for a fare whose published price is `effective`, and the lease to keep."""
    if lease is None or not lease.runs(now, length_s):
        return effective, ViewerLease(now, effective)
    lowest = min(lease.lowest, effective)
    return lowest, ViewerLease(lease.first_seen, lowest)


def changed(
    leases: Mapping[LeaseKey, ViewerLease],
    prices: Mapping[LeaseKey, Price],
    now: float,
    length_s: float = LENGTH_S,
) -> dict[LeaseKey, ViewerLease]:
    """The leases that begin or change when these prices are shown; none: nothing need be kept."""
    found = {}
    for key, price in prices.items():
        before = leases.get(key)
        _, after = shown(price, before, now, length_s)
        if after != before:
            found[key] = after
    return found


def buckets_of(keys: Iterable[LeaseKey]) -> set[Bucket]:
    """The buckets of these keys."""
    return {key.bucket for key in keys}
