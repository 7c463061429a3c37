"""Templates match by field, and a mismatch says what is different in words a student can use."""

from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.grading.domain.templates import (
    ANY,
    ANYTHING,
    SHOWN_CHARS,
    bind,
    capture,
    compare,
    contains,
    describe_template,
    like,
    matching,
    quote,
    starts_with,
)
from holdfast.grading.wire.course import Chat, ErrorReply, Registered
from holdfast.grading.wire.kinds import U16, Bytes
from holdfast.grading.wire.message import Message, message

even = matching(lambda value: isinstance(value, int) and value % 2 == 0, "an even number")


def described(template: object, got: Message) -> str:
    difference = compare(template, got)  # type: ignore[arg-type]
    assert difference is not None
    return difference.describe()


def test_a_message_is_a_template_for_its_equal() -> None:
    assert compare(Chat(7, "x"), Chat(7, "x")) is None
    assert compare(Registered(), Registered()) is None


def test_another_kind_of_message_differs_in_its_type() -> None:
    assert described(Chat(7, "x"), ErrorReply("x")) == (
        "kind of message differs: expected a Chat, got an ErrorReply."
    )


@pytest.mark.parametrize(
    ("template", "matches"),
    [
        (like(Chat), True),
        (like(Chat, recipient=7), True),
        (like(Chat, recipient=8), False),
        (like(Chat, recipient=even), False),
        (like(Chat, recipient=matching(lambda value: value == 7, "seven")), True),
        (like(Chat, text=starts_with("Time")), True),
        (like(Chat, text=starts_with("stamp")), False),
        (like(Chat, text=starts_with(b"Time")), False),
        (like(Chat, text=contains("stamp")), True),
        (like(Chat, text=contains("xyz")), False),
        (like(Chat, text=contains(b"stamp")), False),
        (like(Chat, text=ANY, recipient=ANY), True),
        (like(Chat, text=capture(contains("stamp"))), True),
        (like(Chat, text=capture(contains("no"))), False),
        (like(ErrorReply), False),
        (ANYTHING, True),
    ],
)
def test_a_template_matches_by_field(template: object, matches: bool) -> None:
    assert (compare(template, Chat(7, "Timestamp")) is None) is matches  # type: ignore[arg-type]


def test_a_template_with_an_unknown_field_is_the_authors_mistake() -> None:
    with pytest.raises(TypeError, match="Chat has no field colour"):
        like(Chat, colour="red")


def test_a_capture_keeps_the_value_only_once_the_message_is_taken() -> None:
    text = capture()
    template = like(Chat, recipient=7, text=text)
    assert compare(template, Chat(8, "no")) is not None
    assert text.value is None
    bind(template, Chat(7, "yes"))
    assert text.value == "yes"
    bind(Chat(7, "a plain message binds nothing"), Chat(7, "x"))
    assert text.value == "yes"


@pytest.mark.parametrize(
    ("want", "got", "says"),
    [
        ("hello", "hello\n", 'from byte 5 on: expected "hello", got "hello\\n" (it has an extra'),
        ("hello", " hello", "they differ only in white space at the ends"),
        ("hello", "hello\0\0", "it is padded with zero bytes"),
        ("Hello", "hELLO", "they differ only in upper and lower case"),
        ("hello", "\0h\0e\0l\0l\0o", "it was written as UTF-16"),
        ("hello", "", "it is empty"),
        ("hello", "hel", "it stops after 3 of 5 characters"),
        ("hello", "hello you", "4 characters too many follow"),
        ("hello", "oh hello you", "the expected text stands inside of it"),
        ("hello", "hallo", 'from byte 1 on: expected "hello", got "hallo"'),
    ],
)
def test_a_text_that_differs_is_explained(want: str, got: str, says: str) -> None:
    assert says in described(Chat(7, want), Chat(7, got))


def test_a_note_on_the_field_takes_the_place_of_the_comment() -> None:
    difference = compare(Chat(7, "hi"), Chat(7, "hi\n"))
    assert difference is not None
    said = 'text differs from byte 2 on: expected "hi", got "hi\\n"'
    assert difference.describe() == f"{said} (it has an extra line end)."
    assert difference.describe("`text` ends odd.") == f"{said}. `text` ends odd."
    elsewhere = difference.describe("`recipient` is odd.")
    assert elsewhere == f"{said} (it has an extra line end). `recipient` is odd."


def test_short_texts_are_shown_whole_and_long_ones_around_the_difference() -> None:
    short = "x" * (SHOWN_CHARS - 1)
    assert f'expected "{short}a", got "{short}b"' in described(
        Chat(7, f"{short}a"), Chat(7, f"{short}b")
    )
    assert 'expected "...xxxx' in described(Chat(7, f"{short}aa"), Chat(7, f"{short}bb"))


def test_bytes_are_counted_and_not_characters() -> None:
    difference = compare(Chat(7, "äx"), Chat(7, "äy"))
    assert difference is not None
    assert difference.first_byte == 2


def test_a_number_that_differs_has_no_byte() -> None:
    assert described(Chat(7, "x"), Chat(8, "x")) == "recipient differs: expected 7, got 8."


def test_a_matcher_that_fails_says_what_it_wants() -> None:
    wanted = like(Chat, text=starts_with("Time"))
    assert described(wanted, Chat(7, "no")) == (
        'text differs: expected something that starts with "Time", got "no".'
    )


def test_a_long_text_is_quoted_around_the_difference() -> None:
    want, got = "a" * 5000 + "b" * 100, "a" * 5000 + "c" * 100
    says = described(Chat(7, want), Chat(7, got))
    assert "from byte 5000 on" in says
    assert 'expected "...aaaaaaaaaaaaaaaabbbb' in says
    assert "(5100 long)" in says
    assert len(says) < 400


def test_a_truth_is_not_the_number_one() -> None:
    assert compare(like(Chat, recipient=1), Chat(True, "x")) is not None


@message(tag=9)
class Blob(Message):
    """A message with raw bytes."""

    data: Annotated[bytes, Bytes(U16)]


def test_bytes_fields_are_compared_and_matched() -> None:
    blob = Blob(b"abcd")
    assert described(Blob(b"abxd"), blob) == (
        'data differs from byte 2 on: expected "abxd", got "abcd".'
    )
    assert compare(like(Blob, data=starts_with(b"ab")), blob) is None
    assert compare(like(Blob, data=contains(b"bc")), blob) is None
    assert compare(like(Blob, data=contains("bc")), blob) is not None
    assert compare(like(Blob, data=starts_with("ab")), blob) is not None


@pytest.mark.parametrize(
    ("template", "says"),
    [
        (ANYTHING, "any message"),
        (like(Chat), "a Chat"),
        (
            like(ErrorReply, text=contains("x")),
            'an ErrorReply with text something that contains "x"',
        ),
        (like(Chat, recipient=ANY, text="hi"), 'a Chat with text "hi"'),
        (Chat(7, "hi"), 'a Chat with recipient 7, text "hi"'),
        (like(Chat, recipient=capture(even)), "a Chat with recipient an even number"),
    ],
)
def test_a_template_says_what_it_expects(template: object, says: str) -> None:
    assert describe_template(template) == says  # type: ignore[arg-type]


def test_a_nearer_miss_counts_more() -> None:
    def nearness(got: Message) -> float:
        difference = compare(Chat(7, "hello"), got)
        assert difference is not None
        return difference.nearness

    order = [ErrorReply("hello"), Chat(8, "hello"), Chat(7, "xxxxx"), Chat(7, "hellx")]
    assert sorted(order, key=nearness) == order


@given(st.text(), st.text())
def test_comparing_texts_finds_exactly_the_first_difference(want: str, got: str) -> None:
    difference = compare(Chat(7, want), Chat(7, got))
    if want == got:
        assert difference is None
        return
    assert difference is not None
    assert difference.first_byte is not None
    ours, theirs = want.encode("utf-8", "surrogatepass"), got.encode("utf-8", "surrogatepass")
    at = difference.first_byte
    assert ours[:at] == theirs[:at]
    assert ours[at : at + 1] != theirs[at : at + 1]
    assert difference.describe().isprintable()


def test_quotes_are_short_and_escaped() -> None:
    assert quote("a\ud800\0") == '"a\\ud800\\x00"'
    assert quote(b"\xff") == '"\\xff"'
    assert quote(12) == "12"
    assert len(quote("x" * 70_000)) < 120
