"""The native JSON of a flight's status."""

from datetime import UTC, date, datetime

import msgspec

from holdfast.flights.domain.flight_status import NotFlown, UnknownFlight, compose
from holdfast.flights.domain.schedule import Designator
from holdfast.flights.domain.status import LegFacts, LegState, LegStatus, Stamp, ToldUpdate
from holdfast.flights.wire.status_shapes import encode_look_up, encode_problem
from tests.flights.domain.test_flight_status import BA117, DAY, DEPARTS, KEY, ON, OUT, TOLD_AT

FACTS = LegFacts(departure_estimated=DEPARTS, board_gate="C57", state=LegState.SCHEDULED)
KNOWN = {KEY: LegStatus(FACTS, {"board_gate": Stamp(TOLD_AT, 1)})}


def test_a_flight_is_told_with_all_its_fields() -> None:
    history = [ToldUpdate(KEY, TOLD_AT, datetime(2026, 12, 1, 6, 1, tzinfo=UTC), "ops", FACTS)]
    found = compose([OUT, ON], DAY, KNOWN, history=history)
    told = msgspec.json.decode(encode_look_up(found))
    legs, lines = told.pop("legs"), told.pop("history")
    assert told == {
        "flight": "BA117",
        "carrier": "BA",
        "number": 117,
        "suffix": "",
        "date": "2026-12-01",
        "status": "scheduled",
        "operated_as": "BA117",
        "partners": ["AA6143"],
    }
    assert legs[0] == {
        "status": "scheduled",
        "departure": {
            "station": "LHR",
            "scheduled": "2026-12-01T08:25:00Z",
            "estimated": "2026-12-01T08:25:00Z",
            "actual": None,
            "delay_min": 0,
            "terminal": "5",
            "gate": "C57",
        },
        "arrival": {
            "station": "JFK",
            "scheduled": "2026-12-01T11:20:00-05:00",
            "estimated": None,
            "actual": None,
            "delay_min": None,
            "terminal": "8",
            "gate": "",
        },
        "aircraft": "777",
        "registration": "",
        "duration_min": 475,
        "diverted_to": "",
        "reason": "",
        "updated_at": "2026-12-01T06:00:00Z",
    }
    assert lines == [
        {
            "told_at": "2026-12-01T06:00:00Z",
            "received_at": "2026-12-01T06:01:00Z",
            "feed": "ops",
            "board": "LHR",
            "off": "JFK",
            "told": {
                "state": "scheduled",
                "departure_estimated": "2026-12-01T08:25:00+00:00",
                "board_gate": "C57",
            },
        }
    ]


def problem(body: bytes) -> dict[str, str]:
    return msgspec.json.decode(body, type=dict[str, dict[str, str]])["error"]


def test_a_flight_that_nobody_files_is_told_as_such() -> None:
    assert problem(encode_look_up(UnknownFlight(Designator("ZZ", 9, "A")))) == {
        "what": "no airline files a flight ZZ9A",
        "where": "flight ZZ9A",
        "fix": "check the airline's code and the number",
    }


def test_a_day_without_the_flight_names_the_nearest_ones() -> None:
    before, after = date(2026, 11, 30), date(2026, 12, 7)
    told = problem(encode_look_up(NotFlown(BA117, DAY, before, after)))
    assert told["what"] == "BA117 does not fly on 2026-12-01"
    assert told["fix"] == "the nearest dates are 2026-11-30 and 2026-12-07"
    assert (
        "check the flight number"
        in problem(encode_look_up(NotFlown(BA117, DAY, None, None)))["fix"]
    )


def test_a_problem_says_what_where_and_what_to_do() -> None:
    assert problem(encode_problem("a", "b", "c")) == {"what": "a", "where": "b", "fix": "c"}
