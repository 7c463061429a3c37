"""What is for sale: every airline's fares and booking class limits, to look up.

Immutable like the timetable: a new version of one airline's fares is a new part, and readers keep
what they began with. `pricing` says what a fare costs; here is where to find it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from holdfast.flights.domain.fare import Cabin, ClassLimits, PassengerType, PublishedFare
from holdfast.flights.domain.flight import LegKey, Segment
from holdfast.flights.domain.price_rule import RULE, PriceRule
from holdfast.flights.domain.pricing import FareBook, Flown, PricedClass


@dataclass(frozen=True, slots=True)
class SalesPart:
    """One airline's fares, the (board, off) that have any, its limits by leg and cabin, and the
    currencies in which its budget for honouring prices is used up."""

    airline: str
    book: FareBook
    markets: frozenset[tuple[str, str]]
    limits: Mapping[tuple[int, str, str, Cabin], tuple[ClassLimits, ...]]
    exhausted: frozenset[str] = frozenset()

    @classmethod
    def build(
        cls,
        airline: str,
        fares: Collection[PublishedFare],
        limits: Iterable[ClassLimits] = (),
        *,
        exhausted: Collection[str] = (),
        rule: PriceRule = RULE,
    ) -> "SalesPart":
        """The index of what the store holds of an airline; `exhausted` as `FareBook` has it."""
        by_leg: dict[tuple[int, str, str, Cabin], list[ClassLimits]] = defaultdict(list)
        for one in limits:
            by_leg[one.number, one.board, one.off, one.cabin].append(one)
        return cls(
            airline,
            FareBook(fares, exhausted=exhausted, rule=rule),
            frozenset((fare.key.board, fare.key.off) for fare in fares),
            {leg: tuple(found) for leg, found in by_leg.items()},
            frozenset(exhausted),
        )


@dataclass(frozen=True, slots=True)
class Sales:
    """All airlines' parts, by airline."""

    parts: Mapping[str, SalesPart] = field(default_factory=dict)

    def with_parts(self, parts: Iterable[SalesPart], without: Iterable[str] = ()) -> "Sales":
        """These with some airlines replaced or added, and some gone."""
        gone = frozenset(without)
        kept = {airline: part for airline, part in self.parts.items() if airline not in gone}
        return Sales({**kept, **{part.airline: part for part in parts}})

    def has_market(self, carrier: str, board: str, off: str) -> bool:
        """Whether a carrier has filed any fare between two points."""
        part = self.parts.get(carrier)
        return part is not None and (board, off) in part.markets

    def is_exhausted(self, carrier: str, currency: str) -> bool:
        """Whether a carrier's prices in a currency may not cost us anything more."""
        part = self.parts.get(carrier)
        return part is not None and currency in part.exhausted

    def price(
        self,
        segment: Segment,
        types: Collection[PassengerType],
        now: float,
        cabin: Cabin | None = None,
    ) -> list[PricedClass]:
        """What is sold on a segment, as its marketing carrier filed it: see `FareBook.price`."""
        sold_as = segment.marketing
        part = self.parts.get(sold_as.carrier)
        if part is None:
            return []
        day = segment.departing_at.date()
        flown = Flown(sold_as.carrier, sold_as.number, segment.board, segment.off, day)
        return part.book.price(flown, types, now, cabin=cabin)

    def limits_of(self, leg: LegKey, cabin: Cabin) -> ClassLimits | None:
        """The limits of a cabin on a leg and its date; None: none were filed."""
        part = self.parts.get(leg.carrier)
        if part is None:
            return None
        found = part.limits.get((leg.number, leg.board, leg.off, cabin), ())
        return next((one for one in found if leg.flight_date in one.period), None)
