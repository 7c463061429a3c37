"""SSIM chapter 7, a season file of one airline or several: bytes -> legs, faults or a refusal.

`SeasonReader` takes the bytes as they come and gives the legs that are complete; what it holds is
bounded, whatever comes. A record that cannot be read is a fault and the rest stands. The file is
refused whole when it is none, ends early, or its trailer does not agree with its records.
Times in UTC become local by the filed variations: the flight date is the local one of the first
leg, so dates and weekdays move with it over midnight. Tolerated, for real files do it: any line
ends or none, blanks after and blank serials in headers, serials of 8 digits, blanks or zeros
in date variations, several seasons (record types 2 to 5 again).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from holdfast.flights.domain.filing import Fault, FiledLeg, Rejected
from holdfast.flights.domain.schedule import LegPattern, Period, leg_of_values
from holdfast.flights.domain.schedule_rules import fault_of_leg, vet
from holdfast.flights.wire import ssim_fields as fields
from holdfast.flights.wire.ssim_fields import BadField, Remembered
from holdfast.flights.wire.ssim_lines import RECORD_BYTES, LineSplitter, normal
from holdfast.flights.wire.ssim_serials import Serials

MAX_RECORDS = 5_000_000
"""Records of one file; the whole world's airlines file some 2 million legs for a season."""
MAX_BLOCKS = 1_000
"""Schedules (record types 2 to 5) of one file: all airlines of the world, or many seasons."""
MAX_FAULTS = 1_000
"""Faults of one file. More is not a file with faults, it is a faulty file."""
MAX_MARKETED = 50
"""Designators that one leg is sold under; airlines have up to some 20 partners."""

TITLE = "AIRLINE STANDARD SCHEDULE DATA SET"
_NO_SSIM = f"this is no SSIM file: a file begins with '1{TITLE}'"
_CODESHARE, _OPERATED = "010", "050"
_ANYWHERE = ("   ", "QQQ")


@dataclass(frozen=True, slots=True)
class Carrier:
    """A type 2 record: whose schedule follows, of which dates, in which times (`U` or `L`)."""

    airline: str
    time_mode: str
    first: date
    last: date
    season: str
    created: str


@dataclass(frozen=True, slots=True)
class Season:
    """A file that was read to its end. Legs and faults are in the order of their lines."""

    carriers: tuple[Carrier, ...]
    legs: list[FiledLeg]
    faults: list[Fault]
    records: int


def read_season(chunks: Iterable[bytes]) -> Season | Rejected:
    """Read a whole file, however it is cut, and leave out legs that contradict earlier ones."""
    reader = SeasonReader()
    legs: list[FiledLeg] = []
    for chunk in chunks:
        legs += reader.receive(chunk)
        if reader.rejected is not None:
            return reader.rejected
    legs += reader.finish()
    return reader.rejected or season_of(reader, legs)


def season_of(reader: "SeasonReader", legs: list[FiledLeg]) -> Season:
    """What a reader that has finished has found, judged together (`schedule_rules.vet`)."""
    kept, contradictions = vet(legs)
    faults = sorted([*reader.faults, *contradictions], key=lambda fault: fault.line)
    return Season(tuple(reader.carriers), kept, faults, reader.records)


class SeasonReader:
    """`receive` bytes, then `finish`. After each, look at `rejected`: it ends everything."""

    def __init__(self) -> None:
        self.carriers: list[Carrier] = []
        self.faults: list[Fault] = []
        self.records = 0
        """Records of types 3 and 4."""
        self.kept = 0
        """Records of type 3 that could be read."""
        self.rejected: Rejected | None = None
        self._splitter = LineSplitter()
        self._line = 0
        self._held: list[FiledLeg] = []
        self._serials: Serials | None = None
        self._has_header = False
        self._is_continued = False
        self._airline = ""
        self._is_utc = False
        self._flight = ""
        self._turn_of = ""
        self._turn_days = 0
        self._designators = Remembered(fields.read_designator)
        self._numbers = Remembered(fields.read_leg_number)
        self._periods = Remembered(fields.read_periods)
        self._stations = Remembered(fields.read_station)
        self._departures = Remembered(fields.read_departure)
        self._arrivals = Remembered(fields.read_arrival)
        self._variations = Remembered(fields.read_variation_days)
        self._texts = Remembered(fields.read_text)
        self._turned: dict[tuple[str, int], tuple[Period, ...]] = {}

    def receive(self, data: bytes) -> list[FiledLeg]:
        """Legs that these bytes completed."""
        return self._take(self._splitter.receive(data)) if self.rejected is None else []

    def finish(self) -> list[FiledLeg]:
        """The bytes are at their end: the last legs, or `rejected`."""
        if self.rejected is None:
            ready = self._take(self._splitter.finish())
            self._check_end()
            if self.rejected is None:
                ready += self._held
                self._held = []
                return ready
        return []

    def _take(self, lines: list[str]) -> list[FiledLeg]:
        """Read records in order; legs of the last one are held, for type 4 may add to them."""
        held = self._held
        start = 0
        for line in lines:
            self._line += 1
            text = line if len(line) == RECORD_BYTES else normal(line)
            kind = text[:1]
            if kind == "3" and self._serials is not None:
                self.records += 1
                self._serials.count(text)
                start = len(held)
                self._read_leg(text, held)
            elif kind == "4" and self._serials is not None:
                self.records += 1
                self._serials.count(text)
                self._read_segment(text, held, start)
            elif text.strip(" 0\0\x1a"):
                start = len(held)
                self._read_frame(text, kind)
            if self.rejected is not None:
                return []
        if self._splitter.is_overlong:
            reason = f"line {self._line + 1} does not end" if self._has_header else _NO_SSIM
            self._reject(reason, self._line + 1)
        if self.records > MAX_RECORDS:
            self._reject(f"there are more than {MAX_RECORDS} records")
        ready, self._held = held[:start], held[start:]
        return ready if self.rejected is None else []

    def _reject(self, reason: str, line: int | None = None) -> None:
        self.rejected = Rejected(self._line if line is None else line, reason)

    def _fault(self, reason: str, text: str) -> None:
        self.faults.append(Fault.of(self._line, reason, text))
        if len(self.faults) > MAX_FAULTS:
            first = self.faults[0]
            self._reject(
                f"more than {MAX_FAULTS} records are faulty, the first in line {first.line}:"
                f" {first.reason}"
            )

    def _read_leg(self, text: str, out: list[FiledLeg]) -> None:
        """A type 3 record: one leg, or one for each week of a fortnightly period."""
        self._flight = ""
        try:
            leg, periods = self._leg(text)
        except BadField as bad:
            if text[11:13].strip(" 0") == "1":
                self._turn_of = ""
            self._fault(str(bad), text)
            return
        self.kept += 1
        self._flight = text[1:13]
        out.append(FiledLeg(self._line, leg))
        for period in periods[1:]:
            out.append(FiledLeg(self._line, replace(leg, period=period)))

    def _leg(self, text: str) -> tuple[LegPattern, tuple[Period, ...]]:
        """The leg in the first of its periods, and all of them."""
        _check_length(text)
        if text[2:5] != self._airline:
            raise BadField(f"it is of the airline {text[2:5]!r}, the file of {self._airline!r}")
        texts = self._texts
        variation, sequence, service = self._numbers[text[9:14]]
        if text[127] != " ":
            variation += fields.read_overflow(text[127])
        departs, departs_offset = self._departures[text[39:52]]
        arrives, arrives_offset = self._arrivals[text[57:70]]
        departs_days, arrives_days = self._variations[text[192:194]]
        departs += departs_days
        arrives += arrives_days
        periods = self._periods[text[14:36]]
        if self._is_utc or departs_days or self._turn_days:
            if self._is_utc:
                departs += departs_offset
                arrives += arrives_offset
            days = self._turn(text, sequence, departs // 1440)
            departs -= days * 1440
            arrives -= days * 1440
            periods = self._turned_periods(text[14:36], periods, days)
        leg = leg_of_values(
            self._designators[text[1:9]],
            variation,
            sequence,
            service,
            periods[0],
            self._stations[text[36:39]],
            self._stations[text[54:57]],
            departs,
            departs_offset,
            arrives,
            arrives_offset,
            texts[text[72:75]],
            texts[text[172:192]],
            texts[text[52:54]],
            texts[text[70:72]],
            None,
            (),
            texts[text[75:95]],
        )
        reason = fault_of_leg(leg)
        if reason is not None:
            raise BadField(reason)
        return leg, periods

    def _turn(self, text: str, sequence: int, days: int) -> int:
        """Days from the filed flight date to the local one: the first leg's, for all its legs."""
        itinerary = text[1:11] + text[127]
        if sequence == 1:
            self._turn_of, self._turn_days = itinerary, days
            return days
        if itinerary == self._turn_of:
            return self._turn_days
        if self._is_utc:
            raise BadField("the first leg of the flight is not there, so its local date is unknown")
        return 0

    def _turned_periods(
        self, text: str, periods: tuple[Period, ...], days: int
    ) -> tuple[Period, ...]:
        if days == 0:
            return periods
        turned = self._turned.get((text, days))
        if turned is None:
            if len(self._turned) >= fields.MAX_REMEMBERED:
                self._turned.clear()
            turned = tuple(period.shifted(days) for period in periods)
            self._turned[(text, days)] = turned
        return turned

    def _read_segment(self, text: str, held: list[FiledLeg], start: int) -> None:
        """A type 4 record: of its data elements only the codeshares of the leg itself count."""
        if not self._flight or text[30:33] not in (_CODESHARE, _OPERATED):
            return  # of a leg that was left out, or of no interest
        try:
            leg = _with_codeshare(held[start].leg, text, self._flight)
        except BadField as bad:
            self._fault(str(bad), text)
            return
        for place in range(start, len(held)):
            line, one = held[place]
            held[place] = FiledLeg(
                line, replace(one, operating=leg.operating, marketed_as=leg.marketed_as)
            )

    def _read_frame(self, text: str, kind: str) -> None:
        """A record of type 1, 2 or 5, or one that should not be here."""
        if not self._has_header:
            if text[1 : 1 + len(TITLE)] != TITLE or kind != "1":
                self._reject(_NO_SSIM)
            self._has_header = True
        elif self._serials is not None and kind == "5":
            self._close_block(self._serials, text)
        elif self._serials is not None:
            self._serials.count(text)
            self._flight = ""
            if kind in ("1", "2"):
                self._reject("the trailer (record type 5) of the schedule before this is missing")
            else:
                self._fault(f"there is no record type {kind!r}", text)
        elif kind == "2":
            self._open_block(text)
        elif kind != "1" or text[1 : 1 + len(TITLE)] != TITLE:
            self._reject("this record stands outside of a schedule (record types 2 to 5)")

    def _open_block(self, text: str) -> None:
        try:
            carrier = _carrier(text)
        except BadField as bad:
            self._reject(f"the carrier record is not valid: {bad}")
            return
        if len(self.carriers) == MAX_BLOCKS:
            self._reject(f"the file has more than {MAX_BLOCKS} schedules")
        self.carriers.append(carrier)
        self._airline, self._is_utc = text[2:5], carrier.time_mode == "U"
        self._flight = self._turn_of = ""
        self._turn_days = 0
        self._serials = Serials()
        self._serials.count(text)

    def _close_block(self, serials: Serials, text: str) -> None:
        if len(text) != RECORD_BYTES:
            self._reject(f"the trailer has {len(text)} bytes instead of {RECORD_BYTES}")
        elif text[2:5] != self._airline:
            self._reject(
                f"the trailer is of the airline {text[2:5]!r} instead of {self._airline!r}"
            )
        else:
            reason = serials.fault_of_trailer(text)
            if reason is not None:
                self._reject(reason)
        self._is_continued = text[193:194] == "C"
        self._serials = None

    def _check_end(self) -> None:
        """Whether a file may end here."""
        if self.rejected is not None:
            return
        if not self.carriers:
            self._reject("the file is empty" if not self._has_header else "there is no schedule")
        elif self._serials is not None:
            self._reject("the file ends before its trailer (record type 5)")
        elif self._is_continued:
            self._reject("the file ends, but its last trailer says that it continues")
        elif self.faults and self.kept == 0:
            first = self.faults[0]
            self._reject(f"no record can be read: {first.reason}", first.line)


def _check_length(text: str) -> None:
    if len(text) != RECORD_BYTES:
        raise BadField(f"it has {len(text)} bytes instead of {RECORD_BYTES}")


def _carrier(text: str) -> Carrier:
    _check_length(text)
    if text[1] not in ("U", "L"):
        raise BadField(f"the time mode is {text[1]!r} instead of U or L")
    first, last = fields.read_date(text[14:21]), fields.read_date(text[21:28])
    if last < first:
        raise BadField("the schedule ends before it begins")
    season, created = text[10:13].strip(), text[28:35].strip()
    return Carrier(fields.read_carrier(text[2:5]), text[1], first, last, season, created)


def _with_codeshare(leg: LegPattern, text: str, flight: str) -> LegPattern:
    """The leg with what a data element 10 or 50 says, if it is about the leg's own stations."""
    _check_length(text)
    if text[1:13] != flight:
        raise BadField("it belongs to another leg than the record before it")
    board, off = text[33:36], text[36:39]
    if board not in (leg.board, *_ANYWHERE) or off not in (leg.off, *_ANYWHERE):
        return leg
    named = tuple(map(fields.read_flight, filter(str.strip, text[39:194].split("/"))))
    if text[30:33] == _OPERATED:
        if len(named) != 1:
            raise BadField(f"data element 50 names {len(named)} flights instead of one")
        return replace(leg, operating=named[0])
    marketed = tuple(dict.fromkeys((*leg.marketed_as, *named)))
    if len(marketed) > MAX_MARKETED:
        raise BadField(f"the leg is sold under more than {MAX_MARKETED} designators")
    return replace(leg, marketed_as=marketed)
