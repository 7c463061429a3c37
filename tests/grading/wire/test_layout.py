"""A declaration can be looked at as data: offsets, sizes and words."""

from holdfast.grading.wire.codec import Protocol
from holdfast.grading.wire.course import COURSE, Chat, Registered
from holdfast.grading.wire.framing import LengthPrefix
from holdfast.grading.wire.kinds import I32, U16
from holdfast.grading.wire.layout import describe_message, layout
from holdfast.grading.wire.message import Usually
from tests.support.wire_samples import Point


def test_the_course_protocol_is_laid_out_by_tag() -> None:
    course = layout(COURSE)

    assert (course.name, course.framing) == ("the course protocol", "none: the type knows its end")
    assert course.frame_bytes_max == 65_549
    assert [(each.name, each.tag, each.least_bytes) for each in course.messages] == [
        ("ErrorReply", 0, 6),
        ("Register", 1, 14),
        ("Registered", 2, 4),
        ("Chat", 4, 10),
    ]


def test_fields_know_their_offset_until_one_varies() -> None:
    register = layout(COURSE).messages[1]

    assert [(each.name, each.offset, each.size_bytes) for each in register.fields] == [
        ("type", 0, 4),
        ("user_id", 4, 4),
        ("host", 8, None),
        ("port", None, 4),
    ]
    assert register.summary.startswith("A client introduces itself.")
    assert register.fields[1].usually == Usually(0, 9999)
    assert register.fields[2].words == "Java modified UTF-8 text, 2-byte length before it"
    assert register.fields[3].kind == I32


def test_a_protocol_without_a_type_field_has_none_in_its_layout() -> None:
    points = layout(Protocol("points", (Point,), LengthPrefix(U16)))

    (message,) = points.messages
    assert (message.tag, message.least_bytes) == (None, 4)
    assert [(each.name, each.offset) for each in message.fields] == [("x", 0), ("y", 2)]


def test_a_message_is_described_field_by_field() -> None:
    assert describe_message(Chat(7, "hi")) == [("recipient", 7), ("text", "hi")]
    assert describe_message(Registered()) == []
