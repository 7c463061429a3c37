"""The fares feed: JSON Lines or CSV into fares, class limits and seat tiers.

One bad record is set aside with its line and the reason, and the rest stands; without its trailer,
or with another number of records, the file was cut off and is refused. Read in pieces: what is kept
besides the result is one line.
"""

from collections.abc import Iterable, Iterator
from typing import assert_never

from holdfast.flights.domain.fare import ClassLimits, FareKey, FiledFare, SeatTier
from holdfast.flights.domain.fares_load import FaresLoad
from holdfast.flights.domain.filing import Fault, Rejected
from holdfast.flights.domain.refiling import DateClaims
from holdfast.flights.wire.fares_domain import BadRecord, RecordReader
from holdfast.flights.wire.fares_forms import Decode, Form, csv_decoder, json_decoder
from holdfast.flights.wire.fares_records import Fare, Header, Limits, Tier, Trailer

MAX_LINE_BYTES = 8192
"""Of one record; a tier with eight long disclosures has some 3,000."""
MAX_RECORDS = 1_000_000
"""In one file; it is held in memory until it is applied."""
MAX_FAULTS = 10_000
"""Bad records of one file; more means that it is no fares feed."""


def read_fares(
    chunks: Iterable[bytes],
    form: Form,
    *,
    airline: str,
    full: bool,
    sequence: int | None = None,
) -> FaresLoad | Rejected:
    """The content of one file of `airline`; nothing that can be in a file raises.

    `full` and `sequence` (None: any) are those of the delivery's envelope; a header that says
    otherwise refuses the file.
    """
    decode = json_decoder() if form == "jsonl" else csv_decoder()
    reader = _Reader(decode, airline, full=full, sequence=sequence)
    for number, line in enumerate(_lines(chunks), start=1):
        refused = reader.take(number, line)
        if refused:
            return Rejected(number, refused)
    return reader.close()


class _Reader:
    """One file, line by line."""

    def __init__(self, decode: Decode, airline: str, *, full: bool, sequence: int | None) -> None:
        self._decode = decode
        self._airline = airline
        self._mode = "full" if full else "delta"
        self._sequence = sequence
        self._made = RecordReader(airline)
        self._dates = DateClaims()
        self._gone_dates = DateClaims()
        self._tier_keys: set[tuple[object, ...]] = set()
        self._fares: list[FiledFare] = []
        self._gone: list[FareKey] = []
        self._limits: tuple[list[ClassLimits], list[ClassLimits]] = ([], [])
        self._tiers: tuple[list[SeatTier], list[SeatTier]] = ([], [])
        self._faults: list[Fault] = []
        self._records = 0
        self._line = 0
        self._ended = False

    def take(self, number: int, line: bytes | None) -> str:
        """One line without its end, None for one that is too long; why the file is refused, or
        an empty text."""
        self._line = number
        if line is not None and (not line or line.isspace()):
            return ""
        if self._ended:
            return "something follows the trailer"
        record = self._decode(line) if line is not None else f"longer than {MAX_LINE_BYTES} bytes"
        if not isinstance(record, Fare):
            match record:
                case None:
                    return ""
                case Trailer():
                    return self._end(record)
                case Header():
                    return self._begin(record)
        self._records += 1
        reason = record if isinstance(record, str) else self._kept(record)
        if reason:
            shown = (line or b"").decode("utf-8", "replace")
            self._faults.append(Fault.of(number, reason, shown))
        if len(self._faults) > MAX_FAULTS:
            return f"more than {MAX_FAULTS} bad records"
        return "" if self._records <= MAX_RECORDS else f"more than {MAX_RECORDS} records"

    def close(self) -> FaresLoad | Rejected:
        """What was in the file, which is at its end."""
        if not self._ended:
            return Rejected(self._line, "it has no trailer: it was cut off")
        return FaresLoad(
            self._fares,
            self._limits[False],
            self._tiers[False],
            self._gone,
            self._limits[True],
            self._tiers[True],
            self._faults,
        )

    def _begin(self, header: Header) -> str:
        if self._records:
            return "the header is not at the beginning"
        said = (header.airline, header.mode, header.sequence)
        meant = (self._airline, self._mode, self._sequence or header.sequence)
        for mine, other in zip(said, meant, strict=True):
            if mine != other:
                return f"its header says {mine}, the delivery {other}"
        return ""

    def _end(self, trailer: Trailer) -> str:
        self._ended = True
        if trailer.records != self._records:
            return f"its trailer counts {trailer.records} records, {self._records} are there"
        return ""

    def _kept(self, record: Fare | Limits | Tier) -> str:
        """Why the record is set aside; an empty text when it stands."""
        if record.withdrawn and self._mode == "full":
            return "withdrawn in a full file: leave it out"
        try:
            match record:
                case Fare():
                    return self._keep_fare(record)
                case Limits():
                    return self._keep_limits(record)
                case Tier():
                    return self._keep_tier(record)
                case _:
                    assert_never(record)
        except BadRecord as bad:
            return str(bad)

    def _keep_fare(self, record: Fare) -> str:
        if record.withdrawn:
            key = self._made.key(record)
            if not self._gone_dates.claim(key.product(), key.period):
                return "the same fare is withdrawn before for one of these dates"
            self._gone.append(key)
            return ""
        fare = self._made.fare(record)
        if not self._dates.claim(fare.key.product(), fare.key.period):
            return "the same fare is filed before for one of these dates"
        self._fares.append(fare)
        return ""

    def _keep_limits(self, record: Limits) -> str:
        limits = self._made.limits(record)
        name = ("limits", record.number, record.board, record.off, record.cabin)
        dates = self._gone_dates if record.withdrawn else self._dates
        if not dates.claim(name, limits.period):
            return "this cabin has limits before for one of these dates"
        self._limits[record.withdrawn].append(limits)
        return ""

    def _keep_tier(self, record: Tier) -> str:
        tier = self._made.tier(record)
        if tier.key() in self._tier_keys:
            return "the same tier is filed before"
        self._tier_keys.add(tier.key())
        self._tiers[record.withdrawn].append(tier)
        return ""


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes | None]:
    """Lines without their ends; None for a line that is too long, of which little is kept."""
    rest, is_long = b"", False
    for chunk in chunks:
        first, *others = chunk.split(b"\n")
        rest += first
        for following in others:
            yield None if is_long or len(rest) > MAX_LINE_BYTES else rest
            rest, is_long = following, False
        if len(rest) > MAX_LINE_BYTES:
            rest, is_long = b"", True
    if rest or is_long:
        yield None if is_long else rest
