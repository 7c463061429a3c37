"""How long aircraft take between places, and what the clocks say there."""

import math
from collections.abc import Callable
from datetime import date

from holdfast.flights.domain.demo.roster import Aircraft
from holdfast.flights.domain.place import Airport, between

EPOCH = date(1970, 1, 1)
DAY_MIN = 1440
SHORT_KM = 1_500
TAXI_MIN = 32
"""From the gate to the runway and back, and the climb: what no distance explains."""

Offsets = Callable[[str, int], int]
"""UTC offset in minutes of a time zone at a moment (minutes since 1970 UTC)."""


def block_min(one: Airport, other: Airport, aircraft: Aircraft) -> int:
    """Minutes from gate to gate, a multiple of five: shorter with the west wind, longer against."""
    km = between(one, other)
    eastward = (other.longitude - one.longitude + 540) % 360 - 180 > 0
    wind = 1.0 if km < SHORT_KM else 0.96 if eastward else 1.05
    return math.ceil((TAXI_MIN + km / aircraft.speed_kmh * 60 * wind) / 5) * 5


def utc_of(offsets: Offsets, zone: str, day: date, local_min: int) -> int:
    """The moment of a local time: minutes after midnight of `day` become minutes since 1970 UTC."""
    local = (day - EPOCH).days * DAY_MIN + local_min
    guess = local - offsets(zone, local)
    return local - offsets(zone, guess)


def local_of(offsets: Offsets, zone: str, day: date, utc_min: int) -> int:
    """The local time of a moment, in minutes after midnight of `day`."""
    return utc_min + offsets(zone, utc_min) - (day - EPOCH).days * DAY_MIN
