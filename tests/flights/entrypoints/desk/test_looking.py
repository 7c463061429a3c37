"""`flights status` tells how a flight stands and what was told of it."""

from typing import Any

import httpx
import pytest

from holdfast.errors import Mistake
from holdfast.flights.entrypoints.desk.looking import HISTORY_SHOWN, flight_status, show_status
from tests.flights.entrypoints.desk.answers import Answers


def point(station: str, **told: Any) -> dict[str, Any]:
    return {
        "station": station,
        "scheduled": "2026-12-01T07:30:00+01:00",
        "estimated": None,
        "actual": None,
        "delay_min": None,
        "terminal": "1",
        "gate": "",
        **told,
    }


def flight(**told: Any) -> dict[str, Any]:
    leg = {
        "departure": point("FRA", actual="2026-12-01T07:42:00+01:00", delay_min=12, gate="A12"),
        "arrival": point("LHR", terminal=""),
        "aircraft": "E90",
        "registration": "HABCD",
        "diverted_to": "",
        "reason": "crew rotation",
    }
    return {
        "flight": "ZZ100",
        "date": "2026-12-01",
        "status": "departed",
        "operated_as": "ZZ100",
        "partners": [],
        "legs": [leg],
        "history": [],
        **told,
    }


def test_a_flight_is_asked_for_by_its_number_and_date() -> None:
    answers = Answers({"GET /api/flights/status/ZZ100": flight()})
    assert flight_status(answers.api(), "zz 100", "2026-12-01")["flight"] == "ZZ100"
    assert answers.asked[0].url.query == b"date=2026-12-01"
    flight_status(answers.api(), "ZZ100")
    assert answers.asked[1].url.query == b""


@pytest.mark.parametrize("wrong", ["", "ZZ", "../../x", "ZZ123456", "ZÄ12"])
def test_what_is_no_flight_number_is_not_asked_for(wrong: str) -> None:
    answers = Answers()
    with pytest.raises(Mistake, match="no flight number"):
        flight_status(answers.api(), wrong)
    assert answers.asked == []


def test_a_flight_that_is_not_there_says_what_to_do() -> None:
    error = {"what": "ZZ1 does not fly on 2026-12-01", "where": "x", "fix": "try 2026-12-02"}
    gone = httpx.Response(404, json={"error": error})
    answers = Answers({"GET /api/flights/status/ZZ1": lambda _: gone})
    with pytest.raises(Mistake, match="does not fly on 2026-12-01: try 2026-12-02"):
        flight_status(answers.api(), "ZZ1")


def test_times_gates_and_delays_are_shown() -> None:
    said: list[str] = []
    show_status(flight(), said.append)
    assert said[0] == "ZZ100 on 2026-12-01: departed"
    assert "07:42 (+12)" in said[2]
    assert "1/A12" in said[2]
    assert "crew rotation" in said[2]


def test_who_flies_it_and_who_sells_it_are_named() -> None:
    said: list[str] = []
    show_status(flight(operated_as="0S101", partners=["0S101"]), said.append)
    assert said[0].endswith("flown as 0S101, also 0S101")


def test_a_diversion_is_told_before_its_reason() -> None:
    diverted = flight()
    diverted["legs"][0]["diverted_to"] = "DUS"
    said: list[str] = []
    show_status(diverted, said.append)
    assert said[2].endswith("to DUS")


def test_the_newest_updates_follow() -> None:
    update = {
        "told_at": "2026-12-01T06:42:00Z",
        "board": "FRA",
        "off": "LHR",
        "told": {"board_gate": "A12\x1b"},
    }
    said: list[str] = []
    show_status(flight(history=[update] * (HISTORY_SHOWN + 5)), said.append)
    assert len(said) == 3 + HISTORY_SHOWN
    assert said[-1] == "  2026-12-01 06:42  FRA-LHR  board_gate A12?"
