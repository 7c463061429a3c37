"""A reading knows whether it is whole and whether it says anything."""

from holdfast.grading.wire.course import COURSE, Chat
from holdfast.grading.wire.kinds import I32, REST, U16, Bytes, Text
from holdfast.grading.wire.spelling import AS_DECLARED, Piece, Reading, Spelling, Story
from tests.support.wire_samples import Ping

TEXT = COURSE.messages[0].plan.fields[0].kind


def reading(*texts: str, missing: int = 0) -> Reading:
    pieces = tuple(Piece("text", TEXT, text, 0, 1) for text in texts)
    return Reading(Chat.plan, 0, 10, (Piece("type", I32, 4, 0, 4), *pieces), missing)


def test_a_reading_with_missing_bytes_is_not_whole() -> None:
    assert reading("x").whole
    assert not reading("x", missing=1).whole


def test_a_reading_says_something_unless_all_its_texts_are_empty() -> None:
    assert reading("x").says_something
    assert reading("", "x").says_something
    assert not reading("").says_something
    assert reading().says_something
    assert reading("a", "b").texts == ("a", "b")


def test_a_story_has_text_if_any_reading_has_letters() -> None:
    assert Story(AS_DECLARED, (reading(""), reading("x")), 0).has_text
    assert not Story(AS_DECLARED, (reading(""), reading()), 0).has_text
    assert Story(AS_DECLARED, (reading("x"),), 0).first == reading("x")


def test_only_a_text_declared_with_a_length_has_a_length_field() -> None:
    sizes = {
        kind: Piece("x", kind, "", 0, 1).size for kind in (Text(U16), Bytes(4), Text(REST), I32)
    }

    assert sizes == {Text(U16): U16, Bytes(4): None, Text(REST): None, I32: None}


def test_the_default_spelling_is_as_declared() -> None:
    assert Spelling() == AS_DECLARED
    assert Ping.plan.fields[0].name not in AS_DECLARED.order
