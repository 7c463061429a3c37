"""Dated legs, segments and itineraries: local times for people, UTC minutes to compare."""
# ruff: noqa: DTZ001  times at stations have no zone

from datetime import datetime

from holdfast.flights.domain.flight import DatedLeg, Itinerary, LegKey, Segment
from holdfast.flights.domain.schedule import Designator
from tests.flights.domain.schedules import BA117, DATES, leg

OUT = DatedLeg.of(leg(board_terminal="5", off_terminal="8"), DATES[0])
ON = DatedLeg.of(
    leg(
        sequence=2,
        board="JFK",
        off="BOS",
        departure_min=1500,
        departure_offset_min=-240,
        arrival_min=1570,
    ),
    DATES[0],
)


def test_a_dated_leg_has_local_times_and_moments() -> None:
    assert OUT.key == LegKey("BA", 117, "", DATES[0], "LHR", "JFK")
    assert OUT.departing_at == datetime(2026, 3, 9, 8, 20)
    assert OUT.arriving_at == datetime(2026, 3, 9, 11, 20)
    assert OUT.arriving_utc_min - OUT.departing_utc_min == 420
    midnight = (DATES[0].toordinal() - 719163) * 1440
    assert OUT.departing_utc_min == midnight + 500
    assert (OUT.aircraft, OUT.configuration) == ("77W", "J048Y183")
    assert (OUT.board_terminal, OUT.off_terminal) == ("5", "8")


def test_a_leg_after_midnight_keeps_its_flight_date() -> None:
    assert ON.key.flight_date == DATES[0]
    assert ON.departing_at == datetime(2026, 3, 10, 1, 0)


def test_seats_of_a_codeshare_are_those_of_the_operating_flight() -> None:
    partner = leg(designator=Designator("AA", 6134), operating=Designator("BA", 117, "A"))
    key = DatedLeg.of(partner, DATES[0]).key
    assert (key.carrier, key.number, key.suffix) == ("BA", 117, "A")


def test_a_leg_key_is_written_as_people_do() -> None:
    assert str(OUT.key) == "BA117/2026-03-09/LHR-JFK"


def test_a_segment_spans_its_legs() -> None:
    segment = Segment(Designator("AA", 6134), BA117, DATES[0], (OUT, ON))
    assert (segment.board, segment.off) == ("LHR", "BOS")
    assert (segment.departing_at, segment.arriving_at) == (OUT.departing_at, ON.arriving_at)
    assert segment.duration_min == ON.arriving_utc_min - OUT.departing_utc_min


def test_an_itinerary_lasts_from_its_first_departure_to_its_last_arrival() -> None:
    first = Segment(BA117, BA117, DATES[0], (OUT,))
    second = Segment(BA117, BA117, DATES[0], (ON,))
    itinerary = Itinerary((first, second))
    assert itinerary.duration_min == ON.arriving_utc_min - OUT.departing_utc_min
