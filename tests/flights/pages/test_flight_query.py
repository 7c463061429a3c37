"""`BA117 tomorrow` is a flight and a day."""

from datetime import date

import pytest

from holdfast.flights.pages.flight_query import FlightAsk, flight_ask, near_of

TODAY = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("BA117", FlightAsk("BA117")),
        ("ba 0117", FlightAsk("BA117")),
        ("BA117 tomorrow", FlightAsk("BA117", near=1)),
        ("BA 117 Tomorrow!", FlightAsk("BA117", near=1)),
        ("LH400 morgen", FlightAsk("LH400", near=1)),
        ("LH400 gestern", FlightAsk("LH400", near=-1)),
        ("LH400 übermorgen", FlightAsk("LH400", near=2)),
        ("4U12A on 2026-12-01", FlightAsk("4U12A", date(2026, 12, 1))),
        ("BA117 am 1.12.", FlightAsk("BA117", date(2026, 12, 1))),
        ("BA117 1/12/2027", FlightAsk("BA117", date(2027, 12, 1))),
        ("BA117 5. 1.", FlightAsk("BA117", date(2027, 1, 5))),
        ("BA117 2026-1-2", FlightAsk("BA117", date(2026, 1, 2))),
    ],
)
def test_a_flight_and_a_day_are_understood(text: str, asked: FlightAsk) -> None:
    assert flight_ask(text, TODAY) == asked


@pytest.mark.parametrize(
    "text", ["", "hello", "tomorrow", "BA117 soon", "BA117 2026-13-01", "BA117 30.2.", "x" * 500]
)
def test_what_is_none_is_none(text: str) -> None:
    assert flight_ask(text, TODAY) is None


def test_words_for_days_near_today() -> None:
    assert near_of(" Today ") == 0
    assert near_of("soon") is None
