"""A dated flight, and the segment of it that is sold: one or more consecutive legs.

Moments are given twice: local at the station without a zone (what people and tickets say) and as
minutes since 1970 UTC (what is compared and added).
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from holdfast.flights.domain.schedule import Designator, LegPattern

_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True, order=True)
class LegKey:
    """Names the seats of one leg on one date: the unit of inventory. Always the operating flight.

    The order of keys is the order in which legs are locked.
    """

    carrier: str
    number: int
    suffix: str
    flight_date: date
    board: str
    off: str

    def __str__(self) -> str:
        flight = f"{self.carrier}{self.number}{self.suffix}"
        return f"{flight}/{self.flight_date.isoformat()}/{self.board}-{self.off}"


@dataclass(frozen=True, slots=True)
class DatedLeg:
    """One leg of one flight date, with local and absolute times."""

    key: LegKey
    departing_at: datetime
    arriving_at: datetime
    departing_utc_min: int
    arriving_utc_min: int
    aircraft: str
    configuration: str
    board_terminal: str = ""
    off_terminal: str = ""

    @staticmethod
    def of(pattern: LegPattern, flight_date: date) -> "DatedLeg":
        """The leg of `pattern` on a date, which must be in its period."""
        flown = pattern.flown_as
        midnight = datetime.combine(flight_date, datetime.min.time())
        base = (flight_date - _EPOCH).days * 1440
        return DatedLeg(
            key=LegKey(
                flown.carrier, flown.number, flown.suffix, flight_date, pattern.board, pattern.off
            ),
            departing_at=midnight + timedelta(minutes=pattern.departure_min),
            arriving_at=midnight + timedelta(minutes=pattern.arrival_min),
            departing_utc_min=base + pattern.departure_min - pattern.departure_offset_min,
            arriving_utc_min=base + pattern.arrival_min - pattern.arrival_offset_min,
            aircraft=pattern.aircraft,
            configuration=pattern.configuration,
            board_terminal=pattern.board_terminal,
            off_terminal=pattern.off_terminal,
        )


@dataclass(frozen=True, slots=True)
class Segment:
    """What a passenger flies under one flight number without changing it: consecutive `legs`."""

    marketing: Designator
    operating: Designator
    flight_date: date
    legs: tuple[DatedLeg, ...]

    @property
    def board(self) -> str:
        return self.legs[0].key.board

    @property
    def off(self) -> str:
        return self.legs[-1].key.off

    @property
    def departing_at(self) -> datetime:
        return self.legs[0].departing_at

    @property
    def arriving_at(self) -> datetime:
        return self.legs[-1].arriving_at

    @property
    def duration_min(self) -> int:
        return self.legs[-1].arriving_utc_min - self.legs[0].departing_utc_min


@dataclass(frozen=True, slots=True)
class Itinerary:
    """Segments that connect, in order: what is flown for one slice of a request."""

    segments: tuple[Segment, ...]

    @property
    def duration_min(self) -> int:
        last, first = self.segments[-1].legs[-1], self.segments[0].legs[0]
        return last.arriving_utc_min - first.departing_utc_min
