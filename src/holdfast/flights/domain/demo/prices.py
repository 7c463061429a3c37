"""What the demo's airlines ask for, as a function of the hour.

Each market (board, off, cabin, month of travel) has its own rhythm: every so many hours its price
takes a step, mostly a small one, rarely a large one, and drifts back to its base. All brands and
passenger types of a market move together, so a dearer brand never costs less. In one hour about
two in a hundred fares change.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import combinations

from holdfast.flights.domain.cabin_layout import CabinLayout, Place, layout
from holdfast.flights.domain.demo.dice import pick, roll
from holdfast.flights.domain.demo.filing import HORIZON_DAYS, seasons
from holdfast.flights.domain.demo.network import LONG_KM, Flight, World, flights, shared_flights
from holdfast.flights.domain.demo.roster import Airline
from holdfast.flights.domain.fare import (
    CABIN_LETTERS,
    Cabin,
    ClassLimits,
    FareKey,
    FareTerms,
    FiledFare,
    PassengerType,
    Price,
    SeatTier,
)
from holdfast.flights.domain.place import between
from holdfast.flights.domain.schedule import Period, seats_of
from holdfast.flights.domain.seat_map import EXIT_DISCLOSURES

CURRENCY = "EUR"
RHYTHM_H = (36, 72)
"""Shortest and longest time between two steps of one market."""
STEPS = 8
"""So many steps back are felt."""
FADES = 0.8
USUAL_STEP = 0.05
JUMP = 0.18
JUMP_SHARE = 0.03
LOWEST, HIGHEST = 0.6, 1.7
"""Bounds of the walk, relative to the base: no single step leaves the feed's quarantine band."""
_MONTH_FACTOR = (0.90, 0.88, 0.95, 1.05, 1.02, 1.15, 1.32, 1.30, 1.05, 1.00, 0.90, 1.18)
_CABIN_FACTOR = {
    Cabin.ECONOMY: (1.0, 1.0),
    Cabin.PREMIUM_ECONOMY: (1.7, 1.8),
    Cabin.BUSINESS: (2.4, 3.4),
}
"""On short and on long routes."""
_BRANDS = (("Light", 1.0), ("Classic", 1.28), ("Flex", 1.85))
_CLASSES = {
    Cabin.ECONOMY: "KMY",
    Cabin.PREMIUM_ECONOMY: "RPW",
    Cabin.BUSINESS: "ZDJ",
}
"""One booking class for each brand, the cheapest first."""
_SHARES = (0.55, 0.85, 1.0)
"""What part of a cabin each class may sell, the cheapest first."""
_SEATS = {
    Place.STANDARD: ("Standard", 1_200),
    Place.FRONT: ("Front", 2_400),
    Place.LEGROOM: ("Extra legroom", 3_900),
    Place.EXIT: ("Exit row", 3_400),
}
_PASSENGERS = (
    (PassengerType.ADULT, "", 1.0),
    (PassengerType.CHILD, "CH", 0.75),
    (PassengerType.INFANT, "IN", 0.10),
)


@dataclass(frozen=True, slots=True)
class Market:
    """Where a price is asked for: a segment of one airline, a cabin, a month of travel."""

    carrier: str
    board: str
    off: str
    cabin: Cabin
    km: float
    period: Period


def fares(world: World, airline: Airline, today: date, hour: int) -> Iterator[FiledFare]:
    """All fares of an airline as they stand in an hour (hours since 1970 UTC)."""
    for market in _markets(world, airline, today):
        yield from _fares(world.seed, market, hour)


def changed_fares(world: World, airline: Airline, today: date, hour: int) -> Iterator[FiledFare]:
    """The fares whose price takes a step in exactly this hour."""
    for market in _markets(world, airline, today):
        if _steps_taken(world.seed, market, hour) != _steps_taken(world.seed, market, hour - 1):
            yield from _fares(world.seed, market, hour)


def limits(world: World, airline: Airline, today: date) -> Iterator[ClassLimits]:
    """How many seats each booking class of the airline's own flights may sell."""
    for season in seasons(today):
        for flight in flights(world, airline, season):
            yield from _limits(flight, season)


def tiers(world: World, airline: Airline, today: date) -> Iterator[SeatTier]:
    """What seats of the airline's aircraft cost where they are not part of the fare."""
    found = {
        (flight.aircraft.type, flight.aircraft.configuration)
        for season in seasons(today)
        for flight in flights(world, airline, season)
    }
    for aircraft, configuration in sorted(found):
        for cabin in layout(aircraft, configuration).cabins:
            if cabin.cabin is not Cabin.BUSINESS:
                yield from _tiers(airline, aircraft, cabin)


def months(today: date) -> list[Period]:
    """The months of travel that fares are filed for: this one and those to the horizon."""
    last = today + timedelta(days=HORIZON_DAYS)
    first = today.replace(day=1)
    found = []
    while first <= last:
        following = (first + timedelta(days=32)).replace(day=1)
        found.append(Period(first, following - timedelta(days=1)))
        first = following
    return found


def _markets(world: World, airline: Airline, today: date) -> Iterator[Market]:
    points: dict[tuple[str, str], str] = {}
    for season in seasons(today)[1:3]:
        sold = [*flights(world, airline, season), *shared_flights(world, airline, season)]
        for flight in sold:
            # Every station and every one after it: a part of the way is sold, too.
            for pair in combinations(flight.chain, 2):
                points[pair] = flight.aircraft.configuration
    for (board, off), configuration in sorted(points.items()):
        km = between(world.places[board], world.places[off])
        for letter in seats_of(configuration):
            for period in months(today):
                yield Market(airline.code, board, off, CABIN_LETTERS[letter], km, period)


def _fares(seed: int, market: Market, hour: int) -> Iterator[FiledFare]:
    base = _base(market) * _walk(seed, market, hour)
    tax = int(1_900 + min(market.km, 12_000) * 0.45)
    for place, (brand, factor) in enumerate(_BRANDS):
        letter = _CLASSES[market.cabin][place]
        for kind, suffix, share in _PASSENGERS:
            net = round(base * factor * share / 100) * 100
            due = tax if kind is not PassengerType.INFANT else 0
            yield FiledFare(
                key=FareKey(
                    carrier=market.carrier,
                    number=None,
                    board=market.board,
                    off=market.off,
                    cabin=market.cabin,
                    booking_class=letter,
                    basis=f"{letter}{brand[0]}{market.period.first.month:02d}{suffix}",
                    passenger_type=kind,
                    currency=CURRENCY,
                    period=market.period,
                ),
                terms=_terms(market, place),
                price=Price(net + due, due),
            )


@lru_cache(maxsize=4096)
def _terms_of(brand: str, bags: int, price_h: int, space_h: int) -> FareTerms:
    match brand:
        case "Light":
            return FareTerms(brand)
        case "Classic":
            return FareTerms(
                brand,
                changeable=True,
                change_penalty=7_000,
                checked_bags=bags,
                hold_space_h=space_h,
                hold_price_h=price_h,
            )
        case _:
            return FareTerms(
                brand,
                changeable=True,
                change_penalty=0,
                refundable=True,
                refund_penalty=0,
                checked_bags=bags + 1,
                seat_included=True,
                hold_space_h=72,
                hold_price_h=48,
            )


def _terms(market: Market, place: int) -> FareTerms:
    """Some airlines guarantee the price of a hold for as long as its seats, one does not at all."""
    bags = 1 if market.cabin is not Cabin.BUSINESS else 2
    price_h = (24, 24, 0)[(ord(market.carrier[-1]) - ord("Z")) % 3]
    return _terms_of(_BRANDS[place][0], bags, price_h, 24)


def _base(market: Market) -> float:
    """What a trip of that length costs in that month, in cents, before taxes."""
    short, long = _CABIN_FACTOR[market.cabin]
    factor = long if market.km >= LONG_KM else short
    return (
        (2_500 + 70 * math.pow(market.km, 0.72))
        * factor
        * _MONTH_FACTOR[market.period.first.month - 1]
    )


def _walk(seed: int, market: Market, hour: int) -> float:
    """The price of a market relative to its base: the last steps, the older the fainter."""
    taken = _steps_taken(seed, market, hour)
    level = sum(_step(seed, market, taken - back) * FADES**back for back in range(STEPS))
    return min(HIGHEST, max(LOWEST, 1 + level))


def _step(seed: int, market: Market, number: int) -> float:
    name = (market.carrier, market.board, market.off, market.cabin.value, market.period.first)
    size = JUMP if roll(seed, "jumps", *name, number) < JUMP_SHARE else USUAL_STEP
    return size * (2 * roll(seed, "step", *name, number) - 1)


def _steps_taken(seed: int, market: Market, hour: int) -> int:
    shortest, longest = RHYTHM_H
    name = (market.carrier, market.board, market.off, market.cabin.value, market.period.first)
    every = shortest + pick(seed, longest - shortest + 1, "rhythm", *name)
    return (hour + pick(seed, every, "phase", *name)) // every


def _limits(flight: Flight, season: Period) -> Iterator[ClassLimits]:
    for board, off in flight.spans():
        for letter, seats in seats_of(flight.aircraft.configuration).items():
            cabin = CABIN_LETTERS[letter]
            allowed = zip(_CLASSES[cabin], _SHARES, strict=True)
            yield ClassLimits(
                carrier=flight.designator.carrier,
                number=flight.designator.number,
                board=board,
                off=off,
                cabin=cabin,
                period=Period(season.first, season.last, flight.days),
                limits=tuple((each, int(seats * share)) for each, share in allowed)[::-1],
            )


def _tiers(airline: Airline, aircraft: str, cabin: CabinLayout) -> Iterator[SeatTier]:
    """A tier for each kind of place, and one for all rows."""
    rows: dict[Place, list[int]] = {}
    for seat in cabin.seats():
        rows.setdefault(seat.place, []).append(seat.row)
    every = [row for found in rows.values() for row in found]
    for place, found in sorted({**rows, Place.STANDARD: every}.items()):
        name, cents = _SEATS[place]
        yield SeatTier(
            carrier=airline.code,
            aircraft=aircraft,
            cabin=cabin.cabin,
            tier=place.value,
            name=name,
            first_row=min(found),
            last_row=max(found),
            columns="",
            currency=CURRENCY,
            price=Price(cents),
            disclosures=EXIT_DISCLOSURES if place is Place.EXIT else (),
        )
