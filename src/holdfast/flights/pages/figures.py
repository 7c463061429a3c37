"""The law of figures: money, dates, times and durations as a traveller of a language reads them.

PURE. Times of flights are local at their airports and stay so; moments (a price's end) are told in
UTC where no script puts them into the reader's own zone.
"""

import re
from datetime import UTC, date, datetime

from holdfast.flights.pages.languages import Language

SIGNS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "CHF": "CHF"}
"""Currencies with a sign of their own; others show their code."""
DAYS: dict[Language, tuple[str, ...]] = {
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "de": ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"),
}
MONTHS: dict[Language, tuple[str, ...]] = {
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    "de": ("Jan", "Feb", "März", "Apr", "Mai", "Juni", "Juli", "Aug", "Sep", "Okt", "Nov", "Dez"),
}
_DURATION = re.compile(r"P(?:(\d{1,4})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,6})M)?)?", re.ASCII)
_FIXED = "\u00a0"


def number(value: int, language: Language) -> str:
    """`12,345` or `12.345`."""
    grouped = f"{value:,}"
    return grouped.replace(",", ".") if language == "de" else grouped


def money(amount: str, currency: str, language: Language) -> str:
    """An amount of the API (`"1234.50"`) as `€1,234.50` or `1.234,50 €`."""
    sign = SIGNS.get(currency, currency)
    minus = "−" if amount.startswith("-") else ""
    whole, _, part = amount.removeprefix("-").partition(".")
    shown = number(int(whole), language) if whole.isdecimal() else whole
    if part:
        shown += ("," if language == "de" else ".") + part
    if language == "de":
        return f"{minus}{shown}{_FIXED}{sign}"
    gap = "" if len(sign) == 1 else _FIXED
    return f"{minus}{sign}{gap}{shown}"


def day(value: date, language: Language) -> str:
    """`Tue 1 Dec 2026` or `Di 1. Dez 2026`."""
    return f"{short_day(value, language)} {value.year}"


def short_day(value: date, language: Language) -> str:
    """`Tue 1 Dec` or `Di 1. Dez`."""
    weekday, month = DAYS[language][value.weekday()], MONTHS[language][value.month - 1]
    dot = "." if language == "de" else ""
    return f"{weekday} {value.day}{dot} {month}"


def clock(value: datetime) -> str:
    """`14:32`, of a moment in whatever zone it is told."""
    return f"{value:%H:%M}"


def moment(value: datetime, language: Language) -> str:
    """A moment for readers without scripts: `1 Dec, 14:32 UTC`."""
    utc = value.astimezone(UTC)
    dot = "." if language == "de" else ""
    return f"{utc.day}{dot} {MONTHS[language][utc.month - 1]}, {utc:%H:%M} UTC"


def iso(value: datetime) -> str:
    """The machine's form of a moment, for `<time datetime>`."""
    return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def duration(minutes: int, language: Language) -> str:
    """`1 h 40 min`, `40 min`, `26 h`."""
    hours, rest = divmod(max(minutes, 0), 60)
    del language  # both write it alike
    if not hours:
        return f"{rest}{_FIXED}min"
    return f"{hours}{_FIXED}h" + (f"{_FIXED}{rest:02d}{_FIXED}min" if rest else "")


def minutes_of(text: str) -> int:
    """Minutes of an ISO 8601 duration of the API (`P1DT2H5M`); 0 for what is none."""
    match = _DURATION.fullmatch(text)
    if match is None:
        return 0
    days, hours, minutes = (int(part or 0) for part in match.groups())
    return days * 1440 + hours * 60 + minutes


def moment_of(text: str) -> datetime | None:
    """A moment of the API, aware; None for what is none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def local_of(text: str) -> datetime:
    """A local time of the API at an airport, without zone; the first day of all for what is
    none, so that one bad line does not cost a page."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return datetime.min  # noqa: DTZ901  local, as all of these
