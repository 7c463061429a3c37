"""The law of a status record: the fields that every format of status has, checked once for all.

A reader of a format collects text; `StatusReader.record` makes an update of it or raises
`BadField`, whose message names the field and what it should be. Nothing a stranger wrote is
believed: lengths, alphabets and moments have bounds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from holdfast.flights.domain.delivery import BadRecord
from holdfast.flights.domain.flight import LegKey
from holdfast.flights.domain.status import TOLD_STATES, LegFacts, LegState, StatusUpdate

MAX_BAD = 10_000
"""Bad records that one file may have before it is taken for something else than a feed."""
MAX_KEPT = 200
"""Characters of a bad record that are kept for a person to see."""
MAX_TEXT_CHARS = 120
"""Of a reason; other texts are shorter."""
CLOCK_SKEW = timedelta(hours=1)
"""An update may be dated so much after its file: a wrong clock must not freeze facts for years."""
_CODE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
_PLACE = _CODE | frozenset("abcdefghijklmnopqrstuvwxyz-/ ")
_DATE_CHARS = 10
_TIMES = ("departure_estimated", "departure_actual", "arrival_estimated", "arrival_actual")
_SHORT = {
    "board_terminal": 8,
    "board_gate": 8,
    "off_terminal": 8,
    "off_gate": 8,
    "aircraft": 4,
    "registration": 12,
}
_YEARS = range(1970, 9999)
"""Of moments: databases take the first and the last one there is for infinite ones."""
_MAX_DAYS_AWAY = 400
"""A time of a leg is never further from its flight date."""


class BadField(ValueError):
    """A record that cannot be read: the message names the field and what it should be."""


@dataclass(frozen=True, slots=True)
class StatusFile:
    """What a status file holds: updates in its order, bad records, and what is wrong with all."""

    updates: tuple[StatusUpdate, ...]
    bad: tuple[BadRecord, ...]
    fault: BadRecord | None = None


@dataclass(slots=True)
class StatusReader:
    """Collects the records of one file that `airline` produced at `produced_at`."""

    airline: str
    produced_at: datetime
    updates: list[StatusUpdate] = field(default_factory=list)
    bad: list[BadRecord] = field(default_factory=list)

    def record(self, told: Mapping[str, str], told_at: str) -> None:
        """Take a record: `told` maps `carrier`, `number`, `suffix`, `date`, `board`, `off` and the
        names of `LegFacts` to text. `BadField` when it is none."""
        leg = self._leg(told)
        moment = _moment("told_at", told_at) if told_at else self.produced_at
        if moment > self.produced_at + CLOCK_SKEW:
            raise BadField(f"told_at {told_at} lies after the file that tells it")
        facts = _facts(told, leg.flight_date)
        if not facts.told():
            raise BadField("it tells nothing of the leg")
        self.updates.append(StatusUpdate(leg, moment, facts))

    def set_aside(self, line: int, reason: str, content: str) -> None:
        """Keep a bad record; `TooManyBad` when there are so many that this is no feed."""
        self.bad.append(BadRecord(line, reason, content[:MAX_KEPT]))
        if len(self.bad) >= MAX_BAD:
            raise TooManyBad(line, f"{MAX_BAD} bad records: this is no status feed")

    def file(self, fault: BadRecord | None = None) -> StatusFile:
        """What was read."""
        return StatusFile(tuple(self.updates), tuple(self.bad), fault)

    def _leg(self, told: Mapping[str, str]) -> LegKey:
        carrier = _code(told, "carrier", (2, 3))
        if carrier != self.airline:
            raise BadField(f"carrier {carrier} is not {self.airline}, whose feed this is")
        number = told.get("number", "").strip()
        if not (number.isascii() and number.isdigit() and 1 <= len(number) <= 4 and int(number)):
            raise BadField(f"number {number[:12]!r} is not 1 to 9999")
        suffix = told.get("suffix", "").strip()
        if suffix and not (len(suffix) == 1 and "A" <= suffix <= "Z"):
            raise BadField(f"suffix {suffix[:12]!r} is not one letter")
        return LegKey(
            carrier,
            int(number),
            suffix,
            _date(told.get("date", "")),
            _code(told, "board", (3,)),
            _code(told, "off", (3,)),
        )


class TooManyBad(Exception):
    """So much is bad that reading on makes no sense."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.fault = BadRecord(line, reason)


def _facts(told: Mapping[str, str], flight_date: date) -> LegFacts:
    found: dict[str, object] = {}
    for name, text in told.items():
        if name in _TIMES:
            found[name] = _near(name, text, flight_date)
        elif name in _SHORT:
            found[name] = _place(name, text, _SHORT[name])
    if "state" in told:
        found["state"] = _state(told["state"])
    if "diverted_to" in told:
        found["diverted_to"] = _code(told, "diverted_to", (3,))
    if "reason" in told:
        found["reason"] = _reason(told["reason"])
    return LegFacts(**found)  # type: ignore[arg-type]


def _state(text: str) -> LegState:
    for state in TOLD_STATES:
        if text == state:
            return state
    raise BadField(f"state {text[:12]!r} is not one of {', '.join(TOLD_STATES)}")


def _code(told: Mapping[str, str], name: str, lengths: tuple[int, ...]) -> str:
    text = told.get(name, "").strip()
    if len(text) in lengths and _CODE.issuperset(text):
        return text
    wanted = " or ".join(map(str, lengths))
    raise BadField(f"{name} {text[:12]!r} is not {wanted} capital letters or digits")


def _place(name: str, text: str, longest: int) -> str:
    text = text.strip()
    if len(text) <= longest and _PLACE.issuperset(text):
        return text
    raise BadField(f"{name} {text[:12]!r} is not up to {longest} letters and digits")


def _reason(text: str) -> str:
    text = " ".join(text.split())
    if len(text) <= MAX_TEXT_CHARS and text.isprintable():
        return text
    raise BadField(f"reason is not up to {MAX_TEXT_CHARS} printable characters")


def _date(text: str) -> date:
    text = text.strip()
    try:
        if len(text) == _DATE_CHARS:
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise BadField(f"date {text[:12]!r} is not a date like 2026-12-01")


def _moment(name: str, text: str) -> datetime:
    """A moment with its offset; without one it is UTC, as AIDX has it."""
    text = text.strip()
    try:
        found = datetime.fromisoformat(text)
        if len(text) <= _DATE_CHARS:
            raise BadField(f"{name} {text[:12]!r} has no time of day")
        moment = (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadField(f"{name} {text[:40]!r} is not a moment like 2026-12-01T08:25:00Z") from None
    if moment.year not in _YEARS:
        raise BadField(f"{name} {text[:40]!r} is not a moment of these times")
    return moment


def _near(name: str, text: str, flight_date: date) -> datetime:
    found = _moment(name, text)
    if abs((found.date() - flight_date).days) > _MAX_DAYS_AWAY:
        raise BadField(f"{name} {text.strip()[:40]} is far from the flight's date")
    return found
