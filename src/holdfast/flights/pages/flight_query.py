"""The law of flight questions: `BA117 tomorrow` is a flight number and a day.

PURE. Days are a date, or so many days from today where the flight departs: only the timetable knows
which day that is there.
"""

import re
from dataclasses import dataclass
from datetime import date

from holdfast.flights.domain.flight_status import designator_of

MAX_CHARS = 60
NEAR: dict[str, int] = {
    "yesterday": -1,
    "today": 0,
    "tomorrow": 1,
    "gestern": -1,
    "heute": 0,
    "morgen": 1,
    "übermorgen": 2,
}
"""Words for days near today, in both languages."""
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_DAY_FIRST = re.compile(r"(\d{1,2})[./](\d{1,2})[./]?(\d{4})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class FlightAsk:
    """A flight, and when: a date, or days from today there; today when neither was told."""

    designator: str
    day: date | None = None
    near: int = 0


def flight_ask(text: str, today: date) -> FlightAsk | None:
    """What was asked for; None when there is no flight number in it, or a day that is none.
    `today` gives a date without a year its year: the nearest one."""
    words = text[:MAX_CHARS].strip().split()
    for length in range(len(words), 0, -1):
        designator = designator_of("".join(words[:length]))
        if designator is not None:
            return _on(str(designator), " ".join(words[length:]), today)
    return None


def near_of(text: str) -> int | None:
    """Days from today for a word; None if it is none."""
    return NEAR.get(text.casefold().strip(" ,.!?"))


def _on(designator: str, when: str, today: date) -> FlightAsk | None:
    when = when.casefold().strip(" ,.!?")
    for small in ("on ", "am "):
        when = when.removeprefix(small)
    if not when:
        return FlightAsk(designator)
    near = near_of(when)
    if near is not None:
        return FlightAsk(designator, near=near)
    day = _date_in(when, today)
    return None if day is None else FlightAsk(designator, day)


def _date_in(text: str, today: date) -> date | None:
    iso = _ISO.fullmatch(text)
    if iso is not None:
        return _date(*map(int, iso.groups()))
    match = _DAY_FIRST.fullmatch(text.replace(" ", ""))
    if match is None:
        return None
    day, month = int(match.group(1)), int(match.group(2))
    if match.group(3):
        return _date(int(match.group(3)), month, day)
    years = (today.year - 1, today.year, today.year + 1)
    possible = [found for year in years if (found := _date(year, month, day)) is not None]
    return min(possible, key=lambda one: abs((one - today).days), default=None)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
