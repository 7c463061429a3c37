"""The law of calendar files: the flights of an order as events that any calendar takes (RFC 5545).

PURE. Times are moments in UTC where the airport's zone is known, else local times without a zone.
Lines end in CRLF and are folded at 75 bytes; whatever somebody typed is escaped.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

MAX_LINE_BYTES = 75
PRODUCT = "-//Holdfast//Flights//EN"
MEDIA_TYPE = "text/calendar; charset=utf-8"


@dataclass(frozen=True, slots=True)
class CalendarFlight:
    """One event. Times are local at the airports, whose IANA zones stand beside them."""

    id: str
    title: str
    place: str
    text: str
    departs: datetime
    departs_zone: str
    arrives: datetime
    arrives_zone: str


def calendar_file(flights: Iterable[CalendarFlight], now: datetime) -> bytes:
    """The file. `now`: when it is made."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}", "CALSCALE:GREGORIAN"]
    for flight in flights:
        lines += _event(flight, now)
    lines.append("END:VCALENDAR")
    return b"".join(piece + b"\r\n" for line in lines for piece in folded(line))


def escaped(text: str) -> str:
    """A text that stays one value of a line."""
    text = "".join(char if char.isprintable() or char == "\n" else " " for char in text)
    for char in ("\\", ";", ","):
        text = text.replace(char, "\\" + char)
    return text.replace("\n", "\\n")


def folded(line: str) -> Iterator[bytes]:
    """The pieces of a line, none longer than `MAX_LINE_BYTES`; later ones begin with a space. No
    character is cut in two."""
    piece = b""
    for char in line:
        raw = char.encode("utf-8", "replace")
        if len(piece) + len(raw) > MAX_LINE_BYTES:
            yield piece
            piece = b" "
        piece += raw
    yield piece


def stamp(at: datetime, zone: str) -> str:
    """A local time as `20261201T070000Z`; without the `Z` and unmoved where no zone is known."""
    known = _zone(zone)
    if known is None:
        return f"{at:%Y%m%dT%H%M%S}"
    return f"{at.replace(tzinfo=known).astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _event(flight: CalendarFlight, now: datetime) -> list[str]:
    return [
        "BEGIN:VEVENT",
        f"UID:{escaped(flight.id)}@holdfast",
        f"DTSTAMP:{now.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        f"DTSTART:{stamp(flight.departs, flight.departs_zone)}",
        f"DTEND:{stamp(flight.arrives, flight.arrives_zone)}",
        f"SUMMARY:{escaped(flight.title)}",
        f"LOCATION:{escaped(flight.place)}",
        f"DESCRIPTION:{escaped(flight.text)}",
        "END:VEVENT",
    ]


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # no such zone, or no name of one
        return None
