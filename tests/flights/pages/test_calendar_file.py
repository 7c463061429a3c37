from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from holdfast.flights.pages.calendar_file import (
    MAX_LINE_BYTES,
    CalendarFlight,
    calendar_file,
    escaped,
    folded,
    stamp,
)

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
FLIGHT = CalendarFlight(
    id="seg_1",
    title="BA101 Frankfurt to London",
    place="FRA, Terminal 1",
    text="Booking K7PQ2M\nSeat 14C",
    departs=datetime(2026, 12, 1, 8, 0),  # noqa: DTZ001  local at the airport
    departs_zone="Europe/Berlin",
    arrives=datetime(2026, 12, 1, 8, 40),  # noqa: DTZ001
    arrives_zone="Europe/London",
)


def test_a_flight_is_an_event_in_utc() -> None:
    lines = calendar_file([FLIGHT], NOW).decode().split("\r\n")
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-2:] == ["END:VCALENDAR", ""]
    assert "UID:seg_1@holdfast" in lines
    assert "DTSTAMP:20261126T120000Z" in lines
    assert "DTSTART:20261201T070000Z" in lines
    assert "DTEND:20261201T084000Z" in lines
    assert "LOCATION:FRA\\, Terminal 1" in lines
    assert "DESCRIPTION:Booking K7PQ2M\\nSeat 14C" in lines


def test_where_no_zone_is_known_the_time_stays_local() -> None:
    for zone in ("", "Nowhere/Else", "../../etc/passwd", "\0"):
        assert stamp(FLIGHT.departs, zone) == "20261201T080000"


def test_whatever_is_typed_cannot_add_a_line() -> None:
    hostile = replace(FLIGHT, title="x\r\nATTENDEE:evil;b,c\\")
    text = calendar_file([hostile], NOW).decode()
    assert "\nATTENDEE" not in text
    assert escaped("a;b,c\\d\x07") == "a\\;b\\,c\\\\d "


@given(st.text(max_size=400))
def test_long_lines_are_folded_without_losing_anything(text: str) -> None:
    pieces = list(folded(text))
    assert all(len(piece) <= MAX_LINE_BYTES for piece in pieces)
    joined = pieces[0] + b"".join(piece[1:] for piece in pieces[1:])
    assert joined == text.encode("utf-8", "replace")
    assert all(piece.startswith(b" ") for piece in pieces[1:])
