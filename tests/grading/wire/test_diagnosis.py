"""A failure tells a student where, why, what had been read, and what it probably is."""

from holdfast.grading.wire.diagnosis import (
    DecodeFailure,
    Guess,
    GuessKind,
    LateGuesses,
    in_hex,
    scored,
    shorten,
)

HTTP = Guess(GuessKind.HTTP, "This is HTTP.")
JSON = Guess(GuessKind.JSON, "This is JSON.")


def test_a_failure_is_one_paragraph_with_the_best_guess() -> None:
    failure = DecodeFailure("Chat", (("recipient", 7),), 8, "it ends too early", (HTTP, JSON))

    assert failure.describe() == (
        "Probably: HTTP. This is HTTP. "
        "Reading failed in Chat at byte 8: it ends too early. Read before that: recipient = 7."
    )


def test_a_failure_without_message_fields_and_guesses_is_short() -> None:
    failure = DecodeFailure(None, (), 0, "the type is 9")

    assert failure.describe() == "Reading failed at byte 0: the type is 9."
    assert failure.best is None


def test_guesses_are_not_worked_out_before_somebody_looks_and_only_once() -> None:
    looks: list[int] = []

    def work_out() -> tuple[Guess, ...]:
        looks.append(1)
        return HTTP, JSON

    guesses = LateGuesses(work_out)

    assert repr(guesses) == "LateGuesses(...)"
    assert looks == []
    assert list(guesses) == [HTTP, JSON]
    assert guesses[0] == HTTP
    assert guesses[1:] == (JSON,)
    assert len(guesses) == 2
    assert "HTTP" in repr(guesses)
    assert looks == [1]


def test_failures_are_equal_whatever_is_guessed() -> None:
    assert DecodeFailure(None, (), 0, "x", (HTTP,)) == DecodeFailure(None, (), 0, "x", ())


def test_long_values_are_shortened_for_readers() -> None:
    assert shorten("abc") == "'abc'"
    assert shorten(12) == "12"
    assert shorten("x" * 60_000) == "'" + "x" * 35 + "...'"
    assert len(shorten(tuple(range(1_000)))) == 40


def test_bytes_are_shown_in_hex_and_cut() -> None:
    assert in_hex(b"\0\4") == "00 04"
    assert in_hex(bytes(9)) == "00 00 00 00 00 00 00 00 ..."


def test_a_scored_guess_has_a_weight() -> None:
    assert scored(7, GuessKind.HTTP, "This is HTTP.").guess == HTTP
