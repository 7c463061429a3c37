"""Itineraries and fares become offers: one owner, one currency, one party, seats for all of it.

A slice option is an itinerary in one brand of one cabin: on each segment the cheapest class of
that brand with seats for the whole party. Options of several slices are combined within
one carrier, currency, cabin and brand, each slice after the one before. Caps keep what looks best.
"""

import heapq
import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from holdfast.flights.domain.availability import Availability
from holdfast.flights.domain.fare import Cabin, Price
from holdfast.flights.domain.flight import Itinerary, Segment
from holdfast.flights.domain.itineraries import score
from holdfast.flights.domain.party import Party
from holdfast.flights.domain.pricing import PricedClass

MAX_OFFERS_SHOWN = 200
"""Offers of one request: more than anybody compares, a stored request of some 100 kB at most."""
MAX_COMBINED = 2000
MAX_FAMILIES = 40
LEAST_EACH = 2
"""Combinations of slices that are looked at, in equal shares for each carrier, cabin and brand;
of how many of those, the ones with the cheapest first slice; and options of each slice that are
combined at least: of six slices 64 combinations of each family."""
MIN_BETWEEN_SLICES_MIN = 60
"""From the arrival of one slice to the departure of the next."""

Brand = tuple[Cabin, str, str]
"""A cabin, a currency, a fare brand."""


@dataclass(frozen=True, slots=True)
class SliceOption:
    """One slice as it could be sold. `cost`: for the whole party. `minutes`: the itinerary's score.
    `name` orders equally good options the same way everywhere."""

    itinerary: Itinerary
    classes: tuple[PricedClass, ...]
    brand: str
    cost: Price
    minutes: int
    name: tuple[object, ...]

    @property
    def family(self) -> tuple[str, str, Cabin, str]:
        """What options of one offer share: carrier, currency, cabin, brand."""
        first = self.classes[0]
        carrier = self.itinerary.segments[0].marketing.carrier
        return carrier, first.currency, first.cabin, self.brand


Combination = tuple[SliceOption, ...]
"""One option for each slice, in order."""


@dataclass(frozen=True, slots=True)
class Counter:
    """What is needed to sell to one party. `priced`: every class of a segment, as this viewer is
    to see its prices."""

    priced: Callable[[Segment], Sequence[PricedClass]]
    availability: Availability
    party: Party

    def options(self, itinerary: Itinerary) -> list[SliceOption]:
        """The ways to buy an itinerary: one for each cabin, currency and brand that all its
        segments have; where a cabin has no common brand, the cheapest mixture."""
        on_segments = [self._cheapest(segment) for segment in itinerary.segments]
        common = set(on_segments[0]).intersection(*on_segments[1:])
        options = [self._option(itinerary, one, on_segments) for one in sorted(common)]
        have = {(cabin, currency) for cabin, currency, _ in common}
        mixed = [self._of_any_brand(found) for found in on_segments]
        for key in sorted(set(mixed[0]).intersection(*mixed[1:])):
            if key[:2] not in have:
                options.append(self._option(itinerary, key, mixed))
        return options

    def _cheapest(self, segment: Segment) -> dict[Brand, PricedClass]:
        """By cabin, currency and brand: the cheapest class with seats for the whole party."""
        found: dict[Brand, PricedClass] = {}
        for one in self.priced(segment):
            brand = (one.cabin, one.currency, one.terms.brand)
            other = found.get(brand)
            if other is not None and self._order(other) <= self._order(one):
                continue
            seats = self.availability.seats(segment, one.cabin, one.booking_class)
            if seats >= self.party.seats:
                found[brand] = one
        return found

    def _of_any_brand(self, found: dict[Brand, PricedClass]) -> dict[Brand, PricedClass]:
        cheapest: dict[Brand, PricedClass] = {}
        for (cabin, currency, _), one in found.items():
            other = cheapest.get((cabin, currency, ""))
            if other is None or self._order(one) < self._order(other):
                cheapest[cabin, currency, ""] = one
        return cheapest

    def _order(self, one: PricedClass) -> tuple[int, str]:
        return cost_of(self.party, one).total, one.booking_class

    def _option(
        self, itinerary: Itinerary, brand: Brand, on_segments: Sequence[dict[Brand, PricedClass]]
    ) -> SliceOption:
        classes = tuple(found[brand] for found in on_segments)
        costs = [cost_of(self.party, one) for one in classes]
        total = Price(sum(cost.total for cost in costs), sum(cost.tax for cost in costs))
        return SliceOption(
            itinerary, classes, brand[2], total, score(itinerary), _name(itinerary, classes)
        )


def cost_of(party: Party, priced: PricedClass) -> Price:
    """What a class costs the whole party."""
    total = tax = 0
    for (_, count), fare in zip(party.counts, priced.fares, strict=True):
        total += fare.price.total * count
        tax += fare.price.tax * count
    return Price(total, tax)


def combine(
    slices: Sequence[Sequence[SliceOption]], limit: int = MAX_OFFERS_SHOWN
) -> list[Combination]:
    """The best combinations, recommended first: cheap and quick, in equal shares.

    For one slice all its options; for several the best of each family, as the limits have it.
    """
    if len(slices) == 1:
        found: list[Combination] = [(option,) for option in slices[0]]
    else:
        found = list(itertools.chain.from_iterable(map(_chained, _families(slices))))
    if not found:
        return []
    cheapest: dict[str, int] = {}
    for one in found:
        currency = one[0].classes[0].currency
        cheapest[currency] = min(cheapest.get(currency, _total(one)), _total(one))
    quickest = max(1, min(map(_minutes, found)))

    def rank(one: Combination) -> tuple[float, tuple[object, ...]]:
        least = max(1, cheapest[one[0].classes[0].currency])
        name = tuple(option.name for option in one)
        return _total(one) / least + _minutes(one) / quickest, name

    return heapq.nsmallest(limit, found, key=rank)


def _families(slices: Sequence[Sequence[SliceOption]]) -> Iterator[list[list[SliceOption]]]:
    """For each family that has options on every slice: those, best first."""
    by_family: list[dict[object, list[SliceOption]]] = []
    for options in slices:
        found: dict[object, list[SliceOption]] = defaultdict(list)
        for option in options:
            found[option.family].append(option)
        by_family.append(found)
    common = [one for one in by_family[0] if all(one in found for found in by_family[1:])]
    common = heapq.nsmallest(
        MAX_FAMILIES, common, key=lambda one: min(map(_alone, by_family[0][one]))
    )
    share = MAX_COMBINED / max(1, len(common))
    each = max(LEAST_EACH, int(share ** (1 / len(slices))))
    for family in common:
        yield [heapq.nsmallest(each, found[family], key=_alone) for found in by_family]


def _chained(slices: Iterable[Sequence[SliceOption]]) -> Iterator[Combination]:
    """Every choice of one option for each slice in which none departs before it can."""
    for chosen in itertools.product(*slices):
        if all(_follows(one, other) for one, other in itertools.pairwise(chosen)):
            yield chosen


def _follows(one: SliceOption, other: SliceOption) -> bool:
    arrives = one.itinerary.segments[-1].legs[-1].arriving_utc_min
    departs = other.itinerary.segments[0].legs[0].departing_utc_min
    return departs >= arrives + MIN_BETWEEN_SLICES_MIN


def _alone(option: SliceOption) -> tuple[int, int, tuple[object, ...]]:
    return option.cost.total, option.minutes, option.name


def _total(combination: Combination) -> int:
    return sum(option.cost.total for option in combination)


def _minutes(combination: Combination) -> int:
    return sum(option.minutes for option in combination)


def _name(itinerary: Itinerary, classes: tuple[PricedClass, ...]) -> tuple[object, ...]:
    return tuple(
        (str(segment.marketing), segment.flight_date, one.booking_class, one.terms.brand)
        for segment, one in zip(itinerary.segments, classes, strict=True)
    )
