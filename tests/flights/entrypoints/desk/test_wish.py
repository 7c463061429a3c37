"""What was typed after `flights search` becomes the request of an offer."""

import argparse
from datetime import date

import pytest

from holdfast.flights.entrypoints.desk.wish import Wish, add_search_arguments, day, wish_of


def wish(*words: str) -> Wish:
    parser = argparse.ArgumentParser()
    add_search_arguments(parser)
    return wish_of(parser.parse_args(words))


def test_words_become_a_request() -> None:
    asked = wish(
        "fra", "lhr", "2026-12-01", "--return", "2026-12-08", "--adults", "2", "--children", "1",
        "--infants", "1", "--cabin", "business", "--connections", "0",
    )  # fmt: skip
    assert asked.request() == {
        "slices": [
            {"origin": "FRA", "destination": "LHR", "departure_date": "2026-12-01"},
            {"origin": "LHR", "destination": "FRA", "departure_date": "2026-12-08"},
        ],
        "passengers": [
            {"type": "adult"},
            {"type": "adult"},
            {"type": "child"},
            {"type": "infant_without_seat"},
        ],
        "cabin_class": "business",
        "max_connections": 0,
    }


def test_without_a_cabin_any_is_asked_for() -> None:
    assert "cabin_class" not in wish("FRA", "LHR", "2026-12-01").request()


def test_a_wrong_date_is_told_as_such() -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="2026-13-01"):
        day("2026-13-01")
    assert day("2026-12-01") == date(2026, 12, 1)
