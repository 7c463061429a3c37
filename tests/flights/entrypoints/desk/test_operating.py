"""How the system stands, for who runs it."""

from typing import Any

import pytest

from holdfast.flights.entrypoints.desk.operating import (
    audit,
    decide_file,
    decide_price,
    exit_code,
    feeds,
    held_files,
    show_audit,
    show_feeds,
    show_held_files,
    show_stopped_prices,
    stopped_prices,
)
from tests.flights.entrypoints.desk.answers import Answers

AUDIT = "GET /api/flights/audit"
FEEDS = "GET /api/flights/feeds"


def report(wrong: int = 0) -> dict[str, Any]:
    one = {
        "name": "seat_unique",
        "meaning": "no seat has two passengers",
        "checked": 10,
        "wrong": wrong,
        "examples": ["12A"] * wrong,
    }
    return {"ok": not wrong, "at": "2026-11-26T19:00:00Z", "assertions": [one]}


def feed(**told: Any) -> dict[str, Any]:
    return {
        "airline": "ZZ",
        "feed": "fares",
        "health": "good",
        "sequence": 498000,
        "accepted_at": "2026-11-26T19:00:00Z",
        "age_s": 420.0,
        "records": 3000,
        "quarantined": 2,
        "last_outcome": "accepted",
        "last_reason": "",
        **told,
    }


HELD = {
    "id": 7,
    "airline": "0S",
    "feed": "schedule",
    "reason": "9 records instead of 90",
    "received_at": "2026-11-26T18:00:00Z",
}


def all_feeds(*found: dict[str, Any]) -> dict[str, Any]:
    source = {"airline": "ZZ", "fault": "it does not answer"}
    good = {"airline": "0S", "fault": ""}
    return {"feeds": list(found), "held": [dict(HELD)], "sources": [source, good]}


def test_a_green_audit_is_a_success_and_a_wrong_one_shows_examples() -> None:
    said: list[str] = []
    green = audit(Answers({AUDIT: report()}).api())
    show_audit(green, said.append)
    assert said[0].startswith("ok    seat_unique")
    assert exit_code(green) == 0
    wrong = audit(Answers({AUDIT: report(2)}).api())
    show_audit(wrong, said.append)
    assert "2 of 10" in said[1]
    assert said[2:] == ["      12A", "      12A"]
    assert exit_code(wrong) == 1


@pytest.mark.parametrize(
    ("age_s", "shown"), [(420.0, "7 min"), (7_200.0, "2 h"), (259_200.0, "3 d"), (None, "-")]
)
def test_a_feed_shows_how_old_what_it_says_is(age_s: float | None, shown: str) -> None:
    said: list[str] = []
    show_feeds(all_feeds(feed(age_s=age_s)), said.append)
    assert shown in said[1]
    assert "2026-11-26 19:00" in said[1]


def test_what_waits_and_what_cannot_be_fetched_follows_the_feeds() -> None:
    said: list[str] = []
    show_feeds(all_feeds(feed(sequence=None, last_reason="it shrank")), said.append)
    assert "accepted it shrank" in said[1]
    assert said[2:] == [
        "waits: file 7, 0S schedule: 9 records instead of 90",
        "source of ZZ: it does not answer",
    ]


def test_the_feeds_of_one_airline_are_those_alone() -> None:
    answers = Answers({FEEDS: all_feeds(feed(), feed(airline="0S"))})
    found = feeds(answers.api(), "0S")
    assert [one["airline"] for one in found["feeds"]] == ["0S"]
    assert [one["id"] for one in found["held"]] == [7]
    assert [one["airline"] for one in found["sources"]] == ["0S"]
    assert len(feeds(answers.api())["feeds"]) == 2


def test_files_that_wait_are_listed_with_their_numbers() -> None:
    said: list[str] = []
    show_held_files(held_files(Answers({FEEDS: all_feeds()}).api()), said.append)
    assert said[1].split() == [
        "7",
        "0S",
        "schedule",
        "2026-11-26",
        "18:00",
        "9",
        "records",
        "instead",
        "of",
        "90",
    ]


@pytest.mark.parametrize(("refuse", "word"), [(False, "approve"), (True, "refuse")])
def test_a_file_is_taken_in_or_dropped(refuse: bool, word: str) -> None:
    answers = Answers({f"POST /api/flights/feeds/held/7/{word}": {"outcome": word}})
    assert decide_file(answers.api(), 7, refuse=refuse) == {"outcome": word}


PRICE = {
    "id": 9,
    "airline": "ZZ",
    "what": "FRA-LHR economy KL12",
    "accepted": "136.90",
    "asked": "13.69",
    "currency": "EUR",
    "is_on_sale": True,
    "parked_at": "2026-11-26T19:00:00Z",
}


def test_stopped_prices_show_what_counts_and_what_is_asked() -> None:
    unsold = {**PRICE, "is_on_sale": False}
    answers = Answers({"GET /api/flights/prices/parked": {"prices": [PRICE, unsold]}})
    said: list[str] = []
    show_stopped_prices(stopped_prices(answers.api(), "ZZ"), said.append)
    assert "136.90  13.69  EUR" in said[1]
    assert "not sold  13.69" in said[2]
    assert answers.asked[0].url.query == b"airline=ZZ"
    assert len(stopped_prices(answers.api())) == 2


@pytest.mark.parametrize(("refuse", "word"), [(False, "approve"), (True, "refuse")])
def test_a_price_is_let_through_or_dropped(refuse: bool, word: str) -> None:
    answers = Answers({f"POST /api/flights/prices/parked/9/{word}": {"outcome": word}})
    assert decide_price(answers.api(), 9, refuse=refuse) == {"outcome": word}
