"""When two flights connect: minimum connection times, the longest wait, and a night between.

Airlines may file minimum connection times one day; until then these are our own cautious ones:
by airport, for connections within one country and all others, longer between terminals.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from holdfast.flights.domain.flight import DatedLeg

DOMESTIC_MIN = 45
INTERNATIONAL_MIN = 60
"""Minutes at airports that are not in the table."""
OTHER_TERMINAL_MIN = 30
"""More, when both terminals are known and differ."""
SHORTEST_MIN = 25
"""No connection is shorter than this, so a search may count on it."""
EVENING_MIN = 18 * 60
NOON_MIN = 12 * 60
"""A night: arriving after the one, departing before the other on the next day, local time."""

AT_AIRPORTS: Mapping[str, tuple[int, int]] = {
    "AMS": (40, 50),
    "ATL": (50, 90),
    "CDG": (60, 75),
    "CPH": (35, 45),
    "DFW": (50, 90),
    "DOH": (60, 60),
    "DXB": (75, 75),
    "EWR": (60, 105),
    "FCO": (45, 60),
    "FRA": (45, 45),
    "HEL": (35, 40),
    "HKG": (60, 60),
    "ICN": (60, 70),
    "IST": (60, 75),
    "JFK": (60, 120),
    "LAX": (70, 120),
    "LHR": (60, 75),
    "MAD": (45, 60),
    "MIA": (55, 105),
    "MUC": (30, 40),
    "NRT": (60, 75),
    "ORD": (50, 105),
    "SIN": (60, 60),
    "VIE": (25, 30),
    "ZRH": (40, 40),
}
"""Minutes for connections within one country, and for others."""


@dataclass(frozen=True, slots=True)
class ConnectionRules:
    """`country_of` tells airports' countries; one that is missing counts as abroad.

    `longest_min`: the longest wait by day. `night_min`: the longest over a night, 0 forbids it.
    """

    country_of: Mapping[str, str]
    longest_min: int = 6 * 60
    night_min: int = 14 * 60
    at_airports: Mapping[str, tuple[int, int]] = field(default_factory=lambda: AT_AIRPORTS)

    @property
    def most_min(self) -> int:
        """The longest wait of all."""
        return max(self.longest_min, self.night_min)

    def least_min(self, arriving: DatedLeg, departing: DatedLeg) -> int:
        """The minimum connection time between two legs at the airport where they meet."""
        at = departing.key.board
        domestic, international = self.at_airports.get(at, (DOMESTIC_MIN, INTERNATIONAL_MIN))
        here = self.country_of.get(at)
        is_domestic = here is not None and (
            here == self.country_of.get(arriving.key.board)
            and here == self.country_of.get(departing.key.off)
        )
        terminals = {arriving.off_terminal, departing.board_terminal}
        between = OTHER_TERMINAL_MIN if "" not in terminals and len(terminals) > 1 else 0
        return max(SHORTEST_MIN, (domestic if is_domestic else international) + between)

    def connect(self, arriving: DatedLeg, departing: DatedLeg) -> bool:
        """Whether a passenger makes it from one leg to the other and need not wait too long."""
        wait_min = departing.departing_utc_min - arriving.arriving_utc_min
        if wait_min < self.least_min(arriving, departing):
            return False
        if wait_min <= self.longest_min:
            return True
        return wait_min <= self.night_min and _over_night(arriving, departing)


def _over_night(arriving: DatedLeg, departing: DatedLeg) -> bool:
    arrived, departs = arriving.arriving_at, departing.departing_at
    return (
        (departs.date() - arrived.date()).days == 1
        and arrived.hour * 60 + arrived.minute >= EVENING_MIN
        and departs.hour * 60 + departs.minute <= NOON_MIN
    )
