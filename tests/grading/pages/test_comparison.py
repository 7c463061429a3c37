"""Comparisons: what differs, cut into runs, and where it stands in the frame's bytes."""

import pytest

from holdfast.grading.domain.transcript import Mismatch
from holdfast.grading.pages.comparison import Comparison, comparison_of, marked_bytes
from holdfast.grading.pages.hexdump import Run
from holdfast.grading.wire.course import COURSE, Chat, Registered
from holdfast.grading.wire.message import Message
from tests.support.playing import mismatch_of


def said(expected: Chat, got: Message) -> Comparison:
    return comparison_of(mismatch_of(expected, got))


def test_the_first_differing_character_is_marked_on_both_sides() -> None:
    found = said(Chat(7, "hello world"), Chat(7, "hello World"))
    assert found.field == "text"
    assert found.first_byte == 6
    assert found.expected == (Run('"hello ', False), Run("w", True), Run('orld"', False))
    assert found.got == (Run('"hello ', False), Run("W", True), Run('orld"', False))
    assert "upper and lower case" in found.comment


def test_numbers_and_kinds_have_no_bytes_to_mark() -> None:
    number = said(Chat(7, "x"), Chat(8, "x"))
    assert (number.field, number.first_byte) == ("recipient", None)
    assert number.got == (Run("8", False),)
    assert said(Chat(7, "x"), Registered()).field == "kind of message"


def test_the_length_of_a_long_text_is_no_comment() -> None:
    found = said(Chat(7, "a" * 300), Chat(7, "a" * 299 + "b"))
    assert "long" not in found.comment
    assert found.first_byte == 299


@pytest.mark.parametrize("text", ['say "got" it', "x, got y", "(odd) text", ""])
def test_texts_with_words_of_sentences_do_no_harm(text: str) -> None:
    found = said(Chat(7, "plain"), Chat(7, text))
    assert found.field == "text"
    assert "".join(run.text for run in found.got) == f'"{text}"'


def marked_in(expected: Message, got: Message) -> bytes:
    raw = COURSE.encode(got)
    marked = marked_bytes(said(expected, got), raw)
    return raw[marked.start : marked.stop]


def test_the_differing_byte_is_found_in_the_frame() -> None:
    assert marked_in(Chat(7, "hello world"), Chat(7, "hello World")) == b"W"
    assert marked_in(Chat(7, "x" * 900 + "a"), Chat(7, "x" * 900 + "b")) == b"b"
    utf_16 = b"\0\0\0\4\0\0\0\7\0\4\0h\0i"
    assert marked_bytes(said(Chat(7, "hi"), Chat(7, "\0h\0i")), utf_16) == range(10, 11)


def test_a_text_that_stops_too_early_marks_its_last_byte() -> None:
    assert marked_in(Chat(7, "hello world"), Chat(7, "hello")) == b"o"


def test_a_number_that_differs_is_marked_whole() -> None:
    assert marked_in(Chat(7, "x"), Chat(8, "x")) == b"\0\0\0\x08"


def test_what_cannot_be_found_is_not_marked() -> None:
    assert marked_in(Chat(7, "x"), Registered()) == b""
    assert not marked_bytes(said(Chat(7, "x"), Chat(8, "x")), b"no frame")
    matched = comparison_of(Mismatch("text", "something that starts with x", '"y"'))
    assert not marked_bytes(matched, COURSE.encode(Chat(7, "y")))
