"""The law of filters: which itineraries are left, how many each choice would leave, and which
filter it was when none is left.

PURE. A group is passed by whoever fits one of its chosen options; without a choice everything
passes. Groups are about fares too: an itinerary stays with those fares that pass. The number beside
an option is what would be left if it were the only choice of its group, the others being as they
are.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from holdfast.flights.pages.itineraries import Fare, Itinerary

BANDS: tuple[tuple[str, int, int], ...] = (
    ("night", 0, 6),
    ("morning", 6, 12),
    ("afternoon", 12, 18),
    ("evening", 18, 24),
)
"""Parts of a day: name, from and to which hour."""
MAX_CHOSEN = 30
"""Options that are chosen of one group."""
MAX_TIMED = 2
"""Directions whose times can be filtered: the way out and the way back."""
STEPS = 4
"""Limits of time or price to choose from."""
ORDERS = ("recommended", "price", "duration", "departure")
Chosen = Mapping[str, tuple[str, ...]]
"""Chosen options by group."""
Test = Callable[[Itinerary, Fare], bool]


@dataclass(frozen=True, slots=True)
class Option:
    """One choice: `label` is a name where no sentence says it."""

    value: str
    test: Test
    label: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """A filter. `kind` says how its options are told: stops, airline, band, hours, price, terms.
    `is_limit`: only one of them makes sense at a time. `currency` of a price."""

    name: str
    kind: str
    options: tuple[Option, ...]
    is_limit: bool = False
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Facet:
    """An option as it is shown: how many it leaves, and whether it is chosen."""

    value: str
    label: str
    left: int
    is_on: bool


@dataclass(frozen=True, slots=True)
class FacetGroup:
    """A filter as it is shown."""

    name: str
    kind: str
    facets: tuple[Facet, ...]
    is_limit: bool
    is_on: bool
    currency: str


@dataclass(frozen=True, slots=True)
class Blame:
    """Without this filter so many itineraries would be left."""

    name: str
    kind: str
    left: int


def groups_of(found: Sequence[Itinerary], chosen: Chosen) -> tuple[Group, ...]:
    """The filters that make sense for these itineraries; what is chosen stays, even if nothing fits
    it any more."""
    groups = [_stops(found), _airlines(found, chosen)]
    for direction in range(min(MAX_TIMED, max((len(one.journeys) for one in found), default=0))):
        groups += [_times(direction, "dep"), _times(direction, "arr")]
    groups += [_hours(found, chosen), _prices(found, chosen), *_terms()]
    return tuple(group for group in groups if group.options)


def chosen_of(asks: Callable[[str], Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """What is chosen in an address. `asks` gives all values of a field."""
    names = ["stops", "airline", "hours", "price", "refundable", "changeable", "bag"]
    names += [f"{kind}{number}" for number in range(MAX_TIMED) for kind in ("dep", "arr")]
    chosen: dict[str, tuple[str, ...]] = {}
    for name in names:
        values = [one for one in asks(name) if one and _is_sane(name, one)]
        if values:
            chosen[name] = tuple(dict.fromkeys(values))[:MAX_CHOSEN]
    return chosen


def pairs_of(chosen: Chosen) -> list[tuple[str, str]]:
    """What is chosen, as fields of an address."""
    return [(name, value) for name, values in chosen.items() for value in values]


def left_by(found: Iterable[Itinerary], groups: Sequence[Group], chosen: Chosen) -> list[Itinerary]:
    """The itineraries that pass all filters, with the fares that do."""
    tests = [_tests(group, chosen) for group in groups]
    active = [one for one in tests if one]
    left = []
    for itinerary in found:
        fares = tuple(
            fare
            for fare in itinerary.fares
            if all(any(test(itinerary, fare) for test in one) for one in active)
        )
        if fares:
            left.append(replace(itinerary, fares=fares))
    return left


def facets(
    found: Sequence[Itinerary], groups: Sequence[Group], chosen: Chosen
) -> tuple[FacetGroup, ...]:
    """The filters with what each option would leave."""
    return tuple(_facets(found, groups, chosen, group) for group in groups)


def blames(
    found: Sequence[Itinerary], groups: Sequence[Group], chosen: Chosen
) -> tuple[Blame, ...]:
    """Which filters, taken away alone, would leave something: the most first. Empty: only several
    together would."""
    told = []
    for group in groups:
        if group.name in chosen:
            left = left_by(found, groups, without(chosen, group.name))
            told.append(Blame(group.name, group.kind, len(left)))
    return tuple(sorted((one for one in told if one.left), key=lambda one: -one.left))


def without(chosen: Chosen, name: str) -> dict[str, tuple[str, ...]]:
    """The choice without one filter."""
    return {other: values for other, values in chosen.items() if other != name}


def in_order(found: Sequence[Itinerary], order: str) -> list[Itinerary]:
    """The itineraries in one of `ORDERS`; equals as the API recommends."""
    keys: dict[str, Callable[[Itinerary], tuple[object, ...]]] = {
        "price": lambda one: (one.cheapest.currency, one.cheapest.minor, one.rank),
        "duration": lambda one: (one.minutes, one.rank),
        "departure": lambda one: (one.journeys[0].departs, one.rank),
    }
    return sorted(found, key=keys.get(order, lambda one: (one.rank,)))


def _facets(
    found: Sequence[Itinerary], groups: Sequence[Group], chosen: Chosen, group: Group
) -> FacetGroup:
    mine = chosen.get(group.name, ())
    others = left_by(found, groups, without(chosen, group.name))
    shown = tuple(
        Facet(
            option.value,
            option.label,
            sum(any(option.test(one, fare) for fare in one.fares) for one in others),
            option.value in mine,
        )
        for option in group.options
    )
    return FacetGroup(group.name, group.kind, shown, group.is_limit, bool(mine), group.currency)


def _tests(group: Group, chosen: Chosen) -> list[Test]:
    mine = chosen.get(group.name, ())
    return [option.test for option in group.options if option.value in mine]


def _is_sane(name: str, value: str) -> bool:
    if name in ("hours", "price"):
        return value.isascii() and value.isdecimal() and len(value) <= 7
    if name == "stops":
        return value in ("0", "1", "2")
    if name == "airline":
        return len(value) <= 3 and value.isascii() and value.isalnum()
    if name[:-1] in ("dep", "arr"):
        return value in [band for band, _, _ in BANDS]
    return value == "1"


def _stops(found: Sequence[Itinerary]) -> Group:
    def at(many: int) -> Test:
        return lambda one, _: min(one.changes, 2) == many

    return Group("stops", "stops", tuple(Option(str(many), at(many)) for many in range(3) if found))


def _airlines(found: Sequence[Itinerary], chosen: Chosen) -> Group:
    def of(code: str) -> Test:
        return lambda one, _: one.carrier == code

    names = {one.carrier: one.airline for one in found}
    gone = {code: code for code in chosen.get("airline", ()) if code not in names}
    listed = sorted({**names, **gone}.items(), key=lambda one: one[1])
    return Group("airline", "airline", tuple(Option(code, of(code), name) for code, name in listed))


def _times(direction: int, kind: str) -> Group:
    def within(first: int, last: int) -> Test:
        def test(one: Itinerary, _: Fare) -> bool:
            if direction >= len(one.journeys):
                return False
            journey = one.journeys[direction]
            at: datetime = journey.departs if kind == "dep" else journey.arrives
            return first <= at.hour < last

        return test

    options = tuple(Option(name, within(first, last)) for name, first, last in BANDS)
    return Group(f"{kind}{direction}", "band", options)


def _hours(found: Sequence[Itinerary], chosen: Chosen) -> Group:
    def most(hours: int) -> Test:
        return lambda one, _: max(part.minutes for part in one.journeys) <= hours * 60

    longest = [-(-max(part.minutes for part in one.journeys) // 60) for one in found]
    limits = _limits(longest, chosen.get("hours", ()), round_to=1)
    options = tuple(Option(str(limit), most(limit)) for limit in limits)
    return Group("hours", "hours", options, is_limit=True)


def _prices(found: Sequence[Itinerary], chosen: Chosen) -> Group:
    """Whole units of the currency; with several currencies there is no limit that means one."""
    currencies = {fare.currency for one in found for fare in one.fares}
    if len(currencies) != 1:
        return Group("price", "price", ())
    scale = _scale(found[0].cheapest)

    def most(limit: int) -> Test:
        return lambda _, fare: fare.minor <= limit * scale

    lowest = [-(-one.cheapest.minor // scale) for one in found]
    limits = _limits(lowest, chosen.get("price", ()), round_to=10)
    options = tuple(Option(str(limit), most(limit)) for limit in limits)
    return Group("price", "price", options, is_limit=True, currency=currencies.pop())


def _scale(fare: Fare) -> int:
    """Minor units of one unit of a fare's currency."""
    scale: int = 10 ** len(fare.total.partition(".")[2])
    return scale


def _limits(values: Sequence[int], chosen: Sequence[str], *, round_to: int) -> list[int]:
    """A few limits between the least and the largest value, rounded up; and those chosen."""
    if not values:
        return sorted({int(one) for one in chosen})
    low, high = min(values), max(values)
    steps = {low + (high - low) * step // STEPS for step in range(STEPS)}
    rounded = {-(-step // round_to) * round_to for step in steps}
    useful = {one for one in rounded if one < high}
    return sorted(useful | {int(one) for one in chosen})


def _terms() -> list[Group]:
    tests: dict[str, Test] = {
        "refundable": lambda _, fare: fare.refund.allowed,
        "changeable": lambda _, fare: fare.change.allowed,
        "bag": lambda _, fare: fare.checked > 0,
    }
    return [Group(name, "terms", (Option("1", test),)) for name, test in tests.items()]
