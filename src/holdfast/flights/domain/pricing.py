"""Which filed fare is the one: for a segment on a date, in a class, for each kind of passenger.

The most specific fare wins (of this flight number over any flight), then the cheapest, then the
first by basis and id, so that every process chooses alike. A child without a fare of its own pays
the adult's; an infant on a lap a tenth of it, rounded down. The parts always sum to the total.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from holdfast.flights.domain import price_rule
from holdfast.flights.domain.absorbed import absorbed
from holdfast.flights.domain.fare import Cabin, FareTerms, PassengerType, Price, PublishedFare
from holdfast.flights.domain.offer import QuotedFare, SoldSlice, Traveller
from holdfast.flights.domain.price_rule import RULE, PriceRule

INFANT_PERCENT = 10
MAX_REMEMBERED = 5_000
"""Flights and dates whose fares are remembered, for each airline: some 5 MB at most."""


@dataclass(frozen=True, slots=True)
class Flown:
    """What a fare is looked up for: a marketing flight between two points, leaving on a date (local
    at `board`)."""

    carrier: str
    number: int
    board: str
    off: str
    day: date


@dataclass(frozen=True, slots=True)
class PricedClass:
    """A booking class in one brand, with a fare for each asked passenger type."""

    cabin: Cabin
    booking_class: str
    currency: str
    terms: FareTerms
    fares: tuple[QuotedFare, ...]

    @property
    def adult_total(self) -> int:
        """The total of the first asked passenger type; classes are sorted by it."""
        return self.fares[0].price.total


@dataclass(frozen=True, slots=True)
class _Group:
    """All fares of a market in one cabin, class, brand and currency."""

    cabin: Cabin
    booking_class: str
    fares: tuple[PublishedFare, ...]

    def fit(self, flown: Flown) -> "_Group":
        """Those of its fares that are good for a flight and date."""
        fares = tuple(
            fare
            for fare in self.fares
            if fare.key.number in (None, flown.number) and flown.day in fare.key.period
        )
        return _Group(self.cabin, self.booking_class, fares)


class FareBook:
    """An airline's fares, found by market. Build it once for a version of the fares."""

    __slots__ = ("_exhausted", "_fitting", "_markets", "_rule")

    def __init__(
        self,
        fares: Iterable[PublishedFare],
        *,
        exhausted: Collection[str] = (),
        rule: PriceRule = RULE,
    ) -> None:
        """`exhausted`: currencies in which the airline's budget for honouring prices is used up, so
        what costs us anything is not sold (it does not become dearer either)."""
        markets: dict[tuple[str, str, str], dict[tuple[object, ...], list[PublishedFare]]] = {}
        for fare in fares:
            key = fare.key
            groups = markets.setdefault((key.carrier, key.board, key.off), {})
            name = (key.cabin, key.booking_class, fare.terms.brand, key.currency)
            groups.setdefault(name, []).append(fare)
        self._markets: dict[tuple[str, str, str], tuple[_Group, ...]] = {
            market: tuple(
                _Group(found[0].key.cabin, found[0].key.booking_class, tuple(found))
                for found in groups.values()
            )
            for market, groups in markets.items()
        }
        self._exhausted = frozenset(exhausted)
        self._fitting: dict[Flown, list[_Group]] = {}
        self._rule = rule

    def price(
        self,
        flown: Flown,
        types: Collection[PassengerType],
        now: float,
        *,
        cabin: Cabin | None = None,
    ) -> list[PricedClass]:
        """Every class and brand that is sold on `flown`, cheapest first; [] if none is.

        `types` are the passengers asked for, in order; `cabin` None means all.
        """
        found = []
        for group in self._fit(flown):
            if cabin is not None and group.cabin is not cabin:
                continue
            priced = self._priced(group, types, now)
            if priced is not None:
                found.append(priced)
        found.sort(key=lambda one: (one.adult_total, one.booking_class, one.terms.brand))
        return found

    def _fit(self, flown: Flown) -> list[_Group]:
        """The fares that are good for a flight and date; flights that are asked for often, such as
        tomorrow's of the largest routes, are looked up once."""
        found = self._fitting.get(flown)
        if found is None:
            groups = self._markets.get((flown.carrier, flown.board, flown.off), ())
            found = [one for one in (group.fit(flown) for group in groups) if one.fares]
            if len(self._fitting) >= MAX_REMEMBERED:
                self._fitting.clear()
            self._fitting[flown] = found
        return found

    def _priced(
        self, group: _Group, types: Collection[PassengerType], now: float
    ) -> PricedClass | None:
        fit = group.fares
        adult = choose(fit, PassengerType.ADULT, now, self._rule)
        if adult is None or not types:
            return None
        quoted = tuple(quote(fit, adult, asked, now, rule=self._rule) for asked in types)
        if adult.key.currency in self._exhausted and absorbed(quoted):
            return None
        return PricedClass(
            group.cabin, group.booking_class, adult.key.currency, adult.terms, quoted
        )


def choose(
    fares: Iterable[PublishedFare], asked: PassengerType, now: float, rule: PriceRule = RULE
) -> PublishedFare | None:
    """The fare for a passenger type among fares that are all good for the flight and date."""

    def rank(fare: PublishedFare) -> tuple[bool, int, str, int]:
        total = price_rule.read(fare.state, now, rule).total
        return (fare.key.number is None, total, fare.key.basis, fare.id)

    return min((fare for fare in fares if fare.key.passenger_type is asked), key=rank, default=None)


def quote(
    fares: Sequence[PublishedFare],
    adult: PublishedFare,
    asked: PassengerType,
    now: float,
    *,
    rule: PriceRule = RULE,
) -> QuotedFare:
    """What a passenger type pays where adults pay `adult`."""
    own = choose(fares, asked, now, rule)
    fare = own or adult
    price, supplier = price_rule.read(fare.state, now, rule), fare.state.s
    if own is None and asked is PassengerType.INFANT:
        price, supplier = infant_price(price), infant_price(supplier)
    return QuotedFare(fare.id, asked, fare.key.basis, price, supplier.total)


def infant_price(adult: Price) -> Price:
    """A tenth of the adult's, total and tax each rounded down to minor units."""
    return Price(adult.total * INFANT_PERCENT // 100, adult.tax * INFANT_PERCENT // 100)


@dataclass(frozen=True, slots=True)
class ClassChoice:
    """The class a party is sold, and the cheaper ones with `fewer` seats than it needs: why it pays
    more than the cheapest price."""

    priced: PricedClass
    fewer: tuple[str, ...]


def class_for_party(
    priced: Iterable[PricedClass], left: Mapping[tuple[Cabin, str], int], seats: int
) -> ClassChoice | None:
    """The first class of `priced` with seats for the *whole* party; None if there is none.

    All passengers are priced in one class: a party is not split over two.
    """
    fewer: list[str] = []
    for one in priced:
        if left.get((one.cabin, one.booking_class), 0) >= seats:
            return ClassChoice(one, tuple(dict.fromkeys(fewer)))
        fewer.append(one.booking_class)
    return None


def total_of(slices: Iterable[SoldSlice], travellers: Sequence[Traveller]) -> Price:
    """What all travellers pay for all segments: the sum of the parts, never rounded."""
    total = tax = 0
    for sold in (sold for part in slices for sold in part.segments):
        by_type = {fare.passenger_type: fare.price for fare in sold.fares}
        for traveller in travellers:
            total += by_type[traveller.type].total
            tax += by_type[traveller.type].tax
    return Price(total, tax)
