"""Who flies where in a small world: three shapes of networks, a few seats, two departure dates."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from random import Random

from holdfast.flights.domain.disruption import LegTimes
from holdfast.flights.domain.fare import Cabin
from holdfast.flights.domain.flight import DatedLeg, LegKey
from holdfast.flights.domain.inventory import LegCabin
from holdfast.flights.domain.schedule import LegPattern, Period
from tests.simulation.office import Filing
from tests.support.flights_world import DAY, WINTER, leg

DAYS = (DAY, DAY + timedelta(days=1))
EXACT = Period(DAYS[0], DAYS[-1])
CABIN = Cabin.ECONOMY
CARRIER = "BA"
AIRCRAFT = ("320", "E90")
SIZES = (1, 1, 2, 3, 6)
"""Seats of an aircraft."""
Limits = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Network:
    """Legs, what fares are filed for, and what people search."""

    legs: tuple[LegPattern, ...]
    markets: tuple[tuple[str, str], ...]
    trips: tuple[tuple[str, str], ...]
    limits: Limits = ()
    overbooking: int = 0


def network(dice: Random) -> Network:
    """Two flights side by side, two that connect, or one flight of two legs."""
    seats = f"Y{dice.choice(SIZES)}"

    def of(flight: str, board: str, off: str, at: str, sequence: int = 1) -> LegPattern:
        takes = 100 if off == "LHR" else 480
        return leg(flight, board, off, at, takes, sequence=sequence, configuration=seats)

    shape = dice.choice(["beside", "beside", "connecting", "through"])
    if shape == "beside":
        legs = (of("BA1", "LHR", "JFK", "10:00"), of("BA3", "LHR", "JFK", "12:00"))
        markets: tuple[tuple[str, str], ...] = (("LHR", "JFK"),)
        trips = markets
    elif shape == "connecting":
        legs = (of("BA5", "FRA", "LHR", "07:00"), of("BA1", "LHR", "JFK", "10:00"))
        markets = (("FRA", "LHR"), ("LHR", "JFK"))
        trips = (("FRA", "JFK"), ("LHR", "JFK"))
    else:
        legs = (of("BA7", "FRA", "LHR", "07:00"), of("BA7", "LHR", "JFK", "10:00", 2))
        markets = (("FRA", "LHR"), ("LHR", "JFK"), ("FRA", "JFK"))
        trips = markets
    most = int(seats[1:])
    limits = (("Y", most), ("M", dice.randint(0, most))) if dice.random() < 0.4 else ()
    return Network(legs, markets, trips, limits, int(dice.random() < 0.1))


def filings(patterns: tuple[LegPattern, ...], overbooking: int) -> dict[LegKey, Filing]:
    """All dated legs of these patterns."""
    found = {}
    for pattern in patterns:
        for day in DAYS:
            dated = DatedLeg.of(pattern, day)
            times = LegTimes(
                _utc(dated.departing_utc_min), _utc(dated.arriving_utc_min), pattern.aircraft
            )
            seats = int(pattern.configuration[1:])
            found[dated.key] = Filing(times, seats, overbooking)
    return found


def counters(
    filed: Mapping[LegKey, Filing], limits: Limits
) -> dict[tuple[LegKey, Cabin], LegCabin]:
    """What all counters start with."""
    return {
        (one, CABIN): LegCabin(filing.capacity, filing.overbooking, limits=limits)
        for one, filing in filed.items()
    }


def moved(pattern: LegPattern, minutes: int) -> LegPattern:
    """The leg so many minutes later."""
    return replace(
        pattern,
        departure_min=pattern.departure_min + minutes,
        arrival_min=pattern.arrival_min + minutes,
    )


def periods_of(days: tuple[date, ...], *, wide: bool) -> Period:
    """The period of a fare that is sold on these dates."""
    return WINTER if wide and days == DAYS else Period(days[0], days[-1])


def _utc(minutes: int) -> datetime:
    return datetime.fromtimestamp(minutes * 60, UTC)
