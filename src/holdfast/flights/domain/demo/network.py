"""Where and when the demo's airlines fly: banks at a hub, and the way back of each aircraft.

Aircraft leave the hub in banks, so that what came in before connects to what goes out; one comes
back as soon as it was turned round. A flight keeps its local departure time for a whole season.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from holdfast.flights.domain.demo.dice import pick
from holdfast.flights.domain.demo.geography import (
    DAY_MIN,
    SHORT_KM,
    Offsets,
    block_min,
    local_of,
    utc_of,
)
from holdfast.flights.domain.demo.roster import (
    AIRLINES,
    TWICE_SURE,
    Aircraft,
    Airline,
    fleet_for,
)
from holdfast.flights.domain.place import Airport, between
from holdfast.flights.domain.schedule import ALL_DAYS, Designator, Period

LONG_KM = 4_500
TURN_MIN = 50
LONG_TURN_MIN = 105
STOP_MIN = 80
"""On the ground between two legs of one flight."""
BANKS_MIN = (7 * 60, 12 * 60 + 30, 17 * 60 + 40)
LONG_BANKS_MIN = (10 * 60 + 30, 13 * 60 + 30, 22 * 60)
NIGHT_ENDS_MIN = 330
"""Nothing leaves a spoke between midnight and half past five: it waits for the morning."""
FIRST_NUMBER = 100
NUMBERS_PER_SPOKE = 20
SHARED_FROM = 4_000
"""Added to the number of a flight when another airline sells it."""


@dataclass(frozen=True, slots=True)
class World:
    """What everything follows from: the first `airlines` of the roster with `spokes` each."""

    seed: int
    airlines: int
    spokes: int
    places: Mapping[str, Airport]
    offsets: Offsets

    def roster(self) -> tuple[Airline, ...]:
        """The airlines there are."""
        return AIRLINES[: self.airlines]


@dataclass(frozen=True, slots=True)
class Flight:
    """A flight number on the stations of `chain`; `departure_min` is local at the first of them.

    `days` are weekdays as in `Period`. `shared_as`: under which number another airline sells it.
    """

    designator: Designator
    chain: tuple[str, ...]
    departure_min: int
    days: int
    aircraft: Aircraft
    shared_as: Designator | None = None

    def spans(self) -> list[tuple[str, str]]:
        """The stations of its legs."""
        return list(pairwise(self.chain))


@dataclass(frozen=True, slots=True)
class Timing:
    """When a leg is flown: local minutes after midnight of the flight date, with UTC offsets."""

    departure_min: int
    departure_offset_min: int
    arrival_min: int
    arrival_offset_min: int


def flights(world: World, airline: Airline, season: Period) -> list[Flight]:
    """The flights of an airline in a season, there and back."""
    found: list[Flight] = []
    for place, spoke in enumerate(airline.spokes[: world.spokes]):
        chain = (airline.hub, *spoke.split("-"))
        number = FIRST_NUMBER + place * NUMBERS_PER_SPOKE
        for rotation in range(_rotations(world, chain)):
            out = _outbound(world, airline, chain, number + 2 * rotation, rotation)
            found += [out, _inbound(world, out, season)]
    return found


def shared_flights(world: World, airline: Airline, season: Period) -> list[Flight]:
    """Flights of others that an airline sells under its own numbers."""
    return [
        flight
        for other in world.roster()
        if other.code != airline.code and _meets(world, other, airline)
        for flight in flights(world, other, season)
        if flight.shared_as is not None and flight.shared_as.carrier == airline.code
    ]


def timings(world: World, flight: Flight, day: date) -> tuple[Timing, ...]:
    """When its legs are flown if it leaves on `day`."""
    found = []
    zones = [world.places[code].time_zone for code in flight.chain]
    moment = utc_of(world.offsets, zones[0], day, flight.departure_min)
    for index, (board, off) in enumerate(flight.spans()):
        lands = moment + block_min(world.places[board], world.places[off], flight.aircraft)
        found.append(
            Timing(
                local_of(world.offsets, zones[index], day, moment),
                world.offsets(zones[index], moment),
                local_of(world.offsets, zones[index + 1], day, lands),
                world.offsets(zones[index + 1], lands),
            )
        )
        moment = lands + STOP_MIN
    return tuple(found)


def longest_km(world: World, chain: tuple[str, ...]) -> float:
    """The distance of the longest leg."""
    return max(between(world.places[a], world.places[b]) for a, b in pairwise(chain))


def _rotations(world: World, chain: tuple[str, ...]) -> int:
    """How often a day an aircraft goes there and back."""
    if TWICE_SURE.issuperset(chain):
        return 3
    return 2 if longest_km(world, chain) < SHORT_KM else 1


def _outbound(
    world: World, airline: Airline, chain: tuple[str, ...], number: int, rotation: int
) -> Flight:
    km = longest_km(world, chain)
    banks = BANKS_MIN if km < LONG_KM else LONG_BANKS_MIN
    # Two rotations take the first and the last bank.
    bank = rotation if _rotations(world, chain) == len(banks) else -rotation
    if km >= LONG_KM:
        bank = pick(world.seed, len(banks), "bank", airline.code, number)
    designator = Designator(airline.code, number)
    return Flight(
        designator,
        chain,
        banks[bank] + 5 * pick(world.seed, 7, "minute", airline.code, number),
        _days(world, chain, number),
        fleet_for(km),
        _partner(world, designator, chain),
    )


def _inbound(world: World, out: Flight, season: Period) -> Flight:
    """The way back leaves when the aircraft has come and was turned round."""
    day = season.first + timedelta(days=45)  # well inside: the clocks have their usual distance
    landed = timings(world, out, day)[-1].arrival_min
    is_long = longest_km(world, out.chain) >= LONG_KM
    ready = math.ceil((landed + (LONG_TURN_MIN if is_long else TURN_MIN)) / 5) * 5
    ready += max(0, NIGHT_ENDS_MIN - ready % DAY_MIN)
    later, minute = divmod(ready, DAY_MIN)
    designator = Designator(out.designator.carrier, out.designator.number + 1)
    return Flight(
        designator,
        out.chain[::-1],
        minute,
        _shifted(out.days, later),
        out.aircraft,
        _partner(world, designator, out.chain),
    )


def _days(world: World, chain: tuple[str, ...], number: int) -> int:
    """Every day on short routes; some long ones rest on a day or two."""
    if longest_km(world, chain) < LONG_KM:
        return ALL_DAYS
    rests = pick(world.seed, 3, "rests", chain, number)
    days = ALL_DAYS
    for rest in range(rests):
        days &= ~(1 << (1 + pick(world.seed, 3, "rest", chain, number, rest)))
    return days


def _shifted(days: int, by: int) -> int:
    """The weekdays `by` days later."""
    by %= 7
    return ((days << by) | (days >> (7 - by))) & ALL_DAYS


def _partner(world: World, flown: Designator, chain: tuple[str, ...]) -> Designator | None:
    """Who else sells the flight: the airline at home at its spoke, on every other rotation."""
    if flown.number % 4 > 1:
        return None
    for other in world.roster():
        if other.hub in chain and other.code != flown.carrier:
            number = SHARED_FROM + _place(flown.carrier) * 100 + flown.number % 100
            return Designator(other.code, number)
    return None


def _meets(world: World, other: Airline, airline: Airline) -> bool:
    """Whether the other airline comes to this one's hub."""
    return any(airline.hub in spoke.split("-") for spoke in other.spokes[: world.spokes])


def _place(code: str) -> int:
    return next(index for index, each in enumerate(AIRLINES) if each.code == code)
