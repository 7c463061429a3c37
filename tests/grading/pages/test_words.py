"""Words: what a reader is told, and that nothing can hide in it."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.grading.domain.standings import Standing
from holdfast.grading.domain.verdict import CheckState, Verdict
from holdfast.grading.pages import words


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("a\nb\tc\0", "a\\nb\\tc\\0"),
        ("\x07\x85", "\\x07\\x85"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("\ud800", "\\ud800"),
        ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"),
        ("José Müller 张", "José Müller 张"),
    ],
)
def test_what_would_not_show_is_written_as_an_escape(text: str, shown: str) -> None:
    assert words.visible(text) == shown


def test_escapes_stand_apart_from_the_same_characters_in_plain() -> None:
    assert words.pieces("a\n\\n") == [("a", False), ("\\n", True), ("\\n", False)]
    assert words.pieces("") == []


@given(st.text(st.characters()))
def test_whatever_is_shown_can_be_encoded_and_stays_on_its_line(text: str) -> None:
    shown = words.visible(text)
    shown.encode("utf-8")
    assert len(shown.splitlines()) <= 1


def test_a_name_keeps_the_joiners_that_its_script_needs() -> None:
    assert words.person("می\u200cخواهم") == "می\u200cخواهم"
    assert words.person("a\u202eb") == "a\\u202eb"


def test_long_text_is_cut_and_says_how_much_is_missing() -> None:
    assert words.shortened("abc", 3) == "abc"
    assert words.shortened("abcd", 3) == "abc… (1 more character)"
    assert words.shortened("x" * 1500, 100).endswith("… (1,400 more characters)")


def test_an_excerpt_is_cut_between_words() -> None:
    assert words.excerpt("one two three", 20) == "one two three"
    assert words.excerpt("one two three four", 11) == "one two…"
    assert words.excerpt("x" * 50, 10) == "x" * 10 + "…"


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (-3, "0 ms"),
        (0.04, "40 ms"),
        (1, "1 s"),
        (1.24, "1.24 s"),
        (60, "1 min"),
        (200, "3 min 20 s"),
        (3600, "1 h"),
        (3900, "1 h 5 min"),
    ],
)
def test_a_duration_has_the_units_of_its_size(seconds: float, told: str) -> None:
    assert words.duration_words(seconds) == told


def test_a_moment_is_utc_for_machines_and_for_readers() -> None:
    moment = datetime(2025, 3, 1, 0, 30, 5, 250_000, tzinfo=timezone(timedelta(hours=2)))
    assert words.iso(moment) == "2025-02-28T22:30:05.250Z"
    assert words.moment_words(moment) == "28 Feb 2025, 22:30:05 UTC"
    assert words.iso(datetime(2025, 1, 1, tzinfo=UTC)) == "2025-01-01T00:00:00.000Z"


def test_counts_and_numbers_read_well() -> None:
    assert words.count(1, "attempt") == "1 attempt"
    assert words.count(2000, "try", "tries") == "2,000 tries"
    assert words.number_words(300.0) == "300"
    assert words.number_words(0.015) == "0.015"
    assert words.offset_words(0.5) == "0.500"


def test_every_state_has_a_word_and_a_mark() -> None:
    for verdict in (None, *Verdict):
        assert words.VERDICT_WORDS[verdict]
        assert words.VERDICT_MARKS[verdict]
        assert words.VERDICT_MEANINGS[verdict]
    assert set(words.STANDING_MARKS) == set(Standing)
    assert set(words.CHECK_MARKS) == set(CheckState)


def test_backticks_become_code() -> None:
    assert words.paragraph("send `A B`\n  twice") == (
        ("send ", False),
        ("A B", True),
        (" twice", False),
    )


def test_only_names_in_backticks_are_set_apart_in_a_hint() -> None:
    assert words.named("`text`  ends; got `a b` `") == (
        ("text", True),
        ("  ends; got `a b` `", False),
    )
    assert words.named("") == ()
