"""Sane values are told from chance by their range and by their letters."""

import pytest

from holdfast.grading.wire.kinds import U32, Bytes, Text
from holdfast.grading.wire.message import Field, Usually
from holdfast.grading.wire.plausible import is_plausible, is_printable, is_printable_ascii


@pytest.mark.parametrize("text", ["", "Hello, world!", "Grüße", "two\r\nlines\t", "\ud800", "日本"])
def test_typed_text_is_printable(text: str) -> None:
    assert is_printable(text)


@pytest.mark.parametrize("text", ["a\0b", "\x1b[0m", "bell\7", "\x85"])
def test_control_characters_are_not(text: str) -> None:
    assert not is_printable(text)


def test_printable_ascii_has_neither_controls_nor_high_bytes() -> None:
    assert is_printable_ascii(b"hello\n")
    assert not is_printable_ascii(b"hello\0")
    assert not is_printable_ascii("ü".encode())


@pytest.mark.parametrize(
    ("value", "usually", "expected"),
    [
        (True, None, True),
        (5, None, True),
        (1 << 24, None, False),
        (-(1 << 24), None, False),
        (10, Usually(0, 9), False),
        (9, Usually(0, 9), True),
        ("hi", None, True),
        ("\0", None, False),
        (b"\0", None, True),
        (None, None, True),
    ],
)
def test_a_value_is_plausible_by_its_range_or_its_letters(
    value: object, usually: Usually | None, expected: bool
) -> None:
    assert is_plausible(Field("x", U32, usually), value) is expected


def test_the_kind_does_not_matter_for_that() -> None:
    assert is_plausible(Field("x", Text(U32)), "hi")
    assert is_plausible(Field("x", Bytes(U32)), b"hi")
