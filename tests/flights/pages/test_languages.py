"""The language a traveller reads: chosen, or wished by the browser, or English."""

import pytest

from holdfast.flights.pages.languages import language_of, named, wished


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("fr-FR, en;q=0.5, de;q=0.7", "de"),
        ("en-GB,de;q=0.9", "en"),
        ("fr, *;q=0.1", "en"),
        ("de;q=0", "en"),
        ("DE-de", "de"),
        ("de;q=nonsense", "en"),
        ("\x00,;;q=,de ; q=0.3", "de"),
        ("xx," * 50 + "de", "en"),
    ],
)
def test_the_browsers_best_wish_that_we_speak_counts(accepted: str, expected: str) -> None:
    assert wished(accepted) == expected


def test_a_choice_wins_over_the_browser_and_an_unknown_one_is_none() -> None:
    assert language_of("de", "en") == "de"
    assert language_of("xx", "de") == "de"
    assert language_of(None, None) == "en"


def test_there_are_two_languages() -> None:
    assert [named(code) for code in ("en", "de", "EN", "")] == ["en", "de", None, None]
