"""What scenarios say is random, printable, and of the size that was asked for."""

import pytest

from holdfast.grading.domain.dice import SeededDice
from holdfast.grading.domain.scenarios._content import clock_time, sentence, stamp, token


@pytest.mark.parametrize("letters", [1, 4, 5, 20, 200, 2001, 3900])
def test_a_sentence_has_exactly_so_many_printable_characters(letters: int) -> None:
    for seed in range(20):
        text = sentence(SeededDice(str(seed)), letters)
        assert len(text) == letters
        assert text.isascii()
        assert text.isprintable()
        assert text == text.strip(), "white space at the ends is easily lost"


def test_a_token_is_another_one_for_another_seed() -> None:
    assert token(SeededDice("a"), 8) != token(SeededDice("b"), 8)
    assert len(token(SeededDice("a"), 8)) == 8


def test_times_are_zero_padded() -> None:
    assert clock_time(0) == "00:00:00"
    assert clock_time(3 * 3600 + 4 * 60 + 5) == "03:04:05"


def test_a_stamp_has_date_and_milliseconds() -> None:
    assert len(stamp(SeededDice("a"))) == len("2024-11-05 13:37:42.123")
