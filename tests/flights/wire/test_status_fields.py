"""The fields of a status record, whatever format it came in."""

from datetime import UTC, date, datetime, timedelta

import pytest

from holdfast.flights.domain.flight import LegKey
from holdfast.flights.domain.status import LegFacts, LegState, StatusUpdate
from holdfast.flights.wire.status_fields import MAX_BAD, BadField, StatusReader, TooManyBad

SENT = datetime(2026, 12, 1, 6, tzinfo=UTC)
LEG = {"carrier": "BA", "number": "117", "date": "2026-12-01", "board": "LHR", "off": "JFK"}


def read(told_at: str = "2026-12-01T05:00:00Z", **told: str) -> StatusUpdate:
    reader = StatusReader("BA", SENT)
    reader.record({**LEG, **told}, told_at)
    return reader.file().updates[0]


def fault(told_at: str = "2026-12-01T05:00:00Z", **told: str) -> str:
    with pytest.raises(BadField) as caught:
        read(told_at, **told)
    return str(caught.value)


def test_every_fact_is_read() -> None:
    update = read(
        suffix="A",
        state="diverted",
        departure_estimated="2026-12-01T08:30:00+01:00",
        departure_actual="2026-12-01T07:31",
        arrival_estimated="2026-12-01 16:00:00Z",
        arrival_actual="2026-12-02T01:00:00Z",
        board_terminal=" 5 ",
        board_gate="C57",
        off_terminal="",
        off_gate="12-14",
        aircraft="789",
        registration="G-ZBKA",
        diverted_to="BOS",
        reason=" late \n aircraft ",
    )
    assert update.leg == LegKey("BA", 117, "A", date(2026, 12, 1), "LHR", "JFK")
    assert update.told_at == datetime(2026, 12, 1, 5, tzinfo=UTC)
    assert update.facts == LegFacts(
        state=LegState.DIVERTED,
        departure_estimated=datetime(2026, 12, 1, 7, 30, tzinfo=UTC),
        departure_actual=datetime(2026, 12, 1, 7, 31, tzinfo=UTC),
        arrival_estimated=datetime(2026, 12, 1, 16, tzinfo=UTC),
        arrival_actual=datetime(2026, 12, 2, 1, tzinfo=UTC),
        board_terminal="5",
        board_gate="C57",
        off_terminal="",
        off_gate="12-14",
        aircraft="789",
        registration="G-ZBKA",
        diverted_to="BOS",
        reason="late aircraft",
    )


def test_without_a_time_of_its_own_an_update_is_as_old_as_its_file() -> None:
    assert read("", board_gate="1").told_at == SENT


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"carrier": "AA"}, "carrier AA is not BA, whose feed this is"),
        ({"carrier": "ba"}, "carrier 'ba' is not 2 or 3 capital letters or digits"),
        ({"number": "0"}, "number '0' is not 1 to 9999"),
        ({"number": "12345"}, "number '12345' is not 1 to 9999"),
        ({"number": "١"}, "number '١' is not 1 to 9999"),
        ({"suffix": "AB"}, "suffix 'AB' is not one letter"),
        ({"suffix": "1"}, "suffix '1' is not one letter"),
        ({"date": "2026-02-30"}, "date '2026-02-30' is not a date like 2026-12-01"),
        ({"date": "20261201"}, "date '20261201' is not a date like 2026-12-01"),
        ({"board": "LHRX"}, "board 'LHRX' is not 3 capital letters or digits"),
        ({"off": ""}, "off '' is not 3 capital letters or digits"),
        ({"state": "late"}, "state 'late' is not one of scheduled, cancelled, diverted, returned"),
        ({"state": "arrived"}, "state 'arrived' is not one of"),
        ({"board_gate": "<script>"}, "board_gate '<script>' is not up to 8 letters and digits"),
        ({"aircraft": "77777"}, "aircraft '77777' is not up to 4 letters and digits"),
        ({"reason": "x" * 121}, "reason is not up to 120 printable characters"),
        ({"reason": "\x1b[2J"}, "reason is not up to 120 printable characters"),
        ({"departure_actual": "soon"}, "departure_actual 'soon' is not a moment like"),
        ({"departure_actual": "2026-12-01"}, "departure_actual '2026-12-01' is not a moment"),
        ({"departure_actual": "0001-01-01T00:00:00+23:00"}, "departure_actual '0001-01-01T"),
        ({"arrival_actual": "2029-12-01T00:00:00Z"}, "arrival_actual 2029-12-01T00:00:00Z is far"),
        ({}, "it tells nothing of the leg"),
    ],
)
def test_a_bad_field_is_named_with_what_it_should_be(told: dict[str, str], reason: str) -> None:
    assert fault(**told).startswith(reason)


def test_an_update_from_the_future_is_refused_for_it_would_freeze_its_facts() -> None:
    edge = SENT + timedelta(hours=1)
    assert read(edge.isoformat(), board_gate="1").told_at == edge
    assert "lies after the file" in fault("2036-12-01T05:00:00Z", board_gate="1")


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"])
def test_moments_that_a_database_takes_for_infinite_are_refused(moment: str) -> None:
    assert "is not a moment of these times" in fault(moment, board_gate="1")
    day = moment.partition("T")[0]
    assert "is not a moment of these times" in fault(date=day, departure_actual=moment)


def test_a_file_of_nothing_but_bad_records_is_given_up() -> None:
    reader = StatusReader("BA", SENT)
    for line in range(1, MAX_BAD):
        reader.set_aside(line, "bad", "x" * 1000)
    with pytest.raises(TooManyBad) as caught:
        reader.set_aside(MAX_BAD, "bad", "x" * 1000)
    assert caught.value.fault.line == MAX_BAD
    assert len(reader.file().bad[0].content) == 200
