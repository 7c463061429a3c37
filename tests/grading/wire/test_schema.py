"""One frame is read at an offset, fast; or described, slowly; both see the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.grading.wire.codec import Protocol
from holdfast.grading.wire.course import COURSE, Chat, Registered
from holdfast.grading.wire.framing import Fixed, SelfDelimiting
from holdfast.grading.wire.kinds import U8, Short, Unreadable
from holdfast.grading.wire.schema import Limits, Schema
from tests.support.wire_samples import (
    PLAIN,
    PREFIXED,
    Named,
    Ping,
    chat_bytes,
    register_bytes,
)

FIXED = Protocol("fixed", (Ping,), Fixed(8), tag=U8)
UNTAGGED = Protocol("untagged", (Named,), SelfDelimiting())


def trouble(schema: Schema, data: bytes) -> Short | Unreadable:
    with pytest.raises((Short, Unreadable)) as caught:
        schema.read(data, 0, 0)
    assert isinstance(caught.value, Short | Unreadable)
    return caught.value


def test_a_frame_is_read_at_its_offset() -> None:
    data = register_bytes() + chat_bytes(b"hi") + b"\0\0\0\2"

    assert COURSE.schema.read(data, 23, 0) == (Chat(1234, "hi"), 35)
    assert COURSE.schema.read(data, 35, 0) == (Registered(), 39)


def test_a_protocol_without_a_type_has_one_message() -> None:
    assert UNTAGGED.schema.read(b"\2abc", 0, 0) == (Named("ab"), 3)
    assert isinstance(trouble(UNTAGGED.schema, b"\2a"), Short)


def test_an_unknown_type_is_unreadable_and_the_known_ones_are_told() -> None:
    failure = trouble(COURSE.schema, b"\0\0\0\3")

    assert isinstance(failure, Unreadable)
    assert failure.reason == "the type is 3 (bytes 00000003), but only 0, 1, 2, 4 exist"


def test_a_frame_that_would_be_longer_than_the_limit_is_unreadable_at_once() -> None:
    short = Protocol(
        "short", (Chat,), SelfDelimiting(), Limits(frame_bytes=20), tag=COURSE.schema.tag
    )

    too_long = trouble(short.schema, chat_bytes(b"x" * 11)[:10])

    assert isinstance(too_long, Unreadable)
    assert too_long.reason == "the frame would take more than 20 bytes"
    assert isinstance(trouble(short.schema, chat_bytes(b"x" * 10)[:10]), Short)
    assert isinstance(trouble(short.schema, chat_bytes(b"x" * 11)), Unreadable)


def test_a_field_cannot_run_over_the_end_of_its_frame() -> None:
    failure = trouble(PREFIXED.schema, b"\0\2\2\0" + b"more bytes")

    assert isinstance(failure, Unreadable)
    assert failure.offset == 4
    assert failure.reason == "it ends too early: at least 2 more bytes are needed"


def test_bytes_left_in_the_frame_are_unreadable() -> None:
    failure = trouble(PREFIXED.schema, b"\0\6\2\0\7\1xx")

    assert isinstance(failure, Unreadable)
    assert failure.reason == "2 bytes are left over behind the last field"


def test_zero_bytes_fill_a_fixed_frame_and_nothing_else_does() -> None:
    assert FIXED.schema.read(b"\2\0\7\1\0\0\0\0", 0, 0) == (Ping(7, 1), 8)
    assert isinstance(trouble(FIXED.schema, b"\2\0\7\1\0\0\0x"), Unreadable)


def test_all_of_a_datagram_must_be_the_frame() -> None:
    frame = chat_bytes(b"hi")

    assert COURSE.schema.read_all(frame) == Chat(1234, "hi")
    with pytest.raises(Unreadable, match="1 byte is left over"):
        COURSE.schema.read_all(frame + b"\n")
    with pytest.raises(Unreadable, match="at least 2 more bytes are needed"):
        COURSE.schema.read_all(frame[:-2])


def test_a_failure_names_message_fields_and_offset() -> None:
    data = register_bytes()[:-3]

    failure = COURSE.schema.failure(data, trouble(COURSE.schema, data))

    assert failure.message == "Register"
    assert failure.fields == (("user_id", 1234), ("host", "localhost"))
    assert failure.offset == 20
    assert "ends in the middle of port, at least 3 more bytes are missing" in failure.reason


def test_a_failure_before_the_type_knows_no_message() -> None:
    failure = COURSE.schema.failure(b"\0\0\0", trouble(COURSE.schema, b"\0\0\0"))

    assert failure.message is None
    assert failure.reason.endswith(
        "in the middle of its length or type, at least 1 more byte is missing"
    )


def test_a_failure_at_an_unknown_type_has_read_nothing() -> None:
    data = b"\0\0\0\x09abc"

    failure = COURSE.schema.failure(data, trouble(COURSE.schema, data))

    assert (failure.message, failure.fields, failure.offset) == (None, (), 0)
    assert COURSE.schema.walk(data) is None


def test_a_failure_in_a_message_without_type_names_it() -> None:
    failure = UNTAGGED.schema.failure(b"\2\xff\xff", trouble(UNTAGGED.schema, b"\2\xff\xff"))

    assert (failure.message, failure.offset) == ("Named", 1)


@given(st.binary(max_size=80), st.sampled_from([COURSE, PLAIN, PREFIXED, FIXED, UNTAGGED]))
def test_any_bytes_are_a_frame_or_are_described(data: bytes, protocol: Protocol) -> None:
    schema = protocol.schema
    try:
        _, stop = schema.read(data, 0, 0)
    except (Short, Unreadable) as failed:
        failure = schema.failure(data, failed)
        assert 0 <= failure.offset <= len(data)
        assert failure.describe().isprintable()
    else:
        assert 0 < stop <= len(data)
