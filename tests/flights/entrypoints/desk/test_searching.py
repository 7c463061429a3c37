"""`flights search` asks for what was given and shows the cheapest first."""

from typing import Any

from holdfast.flights.entrypoints.desk.searching import show_offers
from tests.flights.entrypoints.desk.answers import Answers
from tests.flights.entrypoints.desk.test_wish import wish

PATH = "POST /air/offer_requests"


def segment(flight: str, board: str, off: str, flown: str = "") -> dict[str, Any]:
    return {
        "marketing_carrier": {"iata_code": flight[:2]},
        "operating_carrier": {"iata_code": flown or flight[:2]},
        "marketing_carrier_flight_number": flight[2:],
        "origin": {"iata_code": board},
        "destination": {"iata_code": off},
        "departing_at": "2026-12-01T07:30:00",
        "arriving_at": "2026-12-02T07:55:00",
    }


def offer(id_: str, amount: str, *segments: dict[str, Any]) -> dict[str, Any]:
    one = {"segments": list(segments), "duration": "PT1H25M", "fare_brand_name": "Light"}
    return {
        "id": id_,
        "total_amount": amount,
        "total_currency": "EUR",
        "expires_at": "2026-11-26T19:30:00.000000Z",
        "slices": [one],
    }


def test_the_cheapest_offer_comes_first_and_connections_name_their_airport() -> None:
    dear = offer(
        "off_dear", "200.00", segment("ZZ120", "LIS", "FRA"), segment("ZZ100", "FRA", "LHR")
    )
    cheap = offer("off_cheap", "99.50", segment("ZZ4100", "LIS", "LHR", flown="0S"))
    answers = Answers({PATH: {"data": {"id": "orq_1", "offers": [dear, cheap]}}})
    said: list[str] = []
    assert show_offers(answers.api(), wish("LIS", "LHR", "2026-12-01"), said.append) == 0
    assert "2 of 2 offers" in said[0]
    assert "2026-11-26 19:30 UTC" in said[0]
    assert "off_cheap" in said[2]
    assert "ZZ4100 (0S)" in said[2]
    assert "direct" in said[2]
    assert "07:55 +1" in said[2]
    assert "ZZ120 ZZ100" in said[3]
    assert " FRA " in said[3]
    assert answers.asked[0].url.query == b"return_offers=true"


def test_there_may_be_nothing() -> None:
    answers = Answers({PATH: {"data": {"id": "orq_1", "offers": []}}})
    said: list[str] = []
    assert show_offers(answers.api(), wish("LIS", "LHR", "2026-12-01"), said.append) == 1
    assert said == ["No offers for LIS - LHR on 2026-12-01."]


def test_no_more_is_shown_than_was_asked_for() -> None:
    offers = [offer(f"off_{n}", f"{n}.00", segment("ZZ100", "FRA", "LHR")) for n in range(10, 20)]
    answers = Answers({PATH: {"data": {"id": "orq_1", "offers": offers}}})
    said: list[str] = []
    show_offers(answers.api(), wish("FRA", "LHR", "2026-12-01", "--limit", "3"), said.append)
    assert len(said) == 2 + 3
