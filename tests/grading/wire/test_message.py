"""An annotated class becomes a frozen message with a plan, or the mistake in it is named."""

from dataclasses import FrozenInstanceError
from typing import Annotated, Any, cast

import pytest

from holdfast.grading.wire.compound import Array, Choice, Flag, Tail
from holdfast.grading.wire.kinds import (
    REST,
    U8,
    U16,
    DeclarationError,
    Short,
    Text,
    Unfit,
    Unreadable,
)
from holdfast.grading.wire.message import (
    EncodeError,
    Message,
    Record,
    Usually,
    message,
    record,
    u8,
    u16,
)
from tests.support.wire_samples import Colour, Extended, Named, Ping, Point, Reading, Sealed


def put(value: Message) -> bytes:
    out = bytearray()
    value.plan.put(value, out, 0)
    return bytes(out)


def test_a_message_is_a_frozen_slotted_value() -> None:
    ping = Ping(7, hop=2)

    assert ping == Ping(number=7, hop=2)
    assert not hasattr(ping, "__dict__")
    with pytest.raises(FrozenInstanceError):
        cast("Any", ping).hop = 3


def test_the_plan_knows_name_tag_summary_and_fields() -> None:
    plan = Ping.plan

    assert (plan.name, plan.tag, plan.summary) == ("Ping", 2, "Small, with a sane range.")
    assert [field.name for field in plan.fields] == ["number", "hop"]
    assert plan.fields[0].usually == Usually(0, 999)
    assert plan.fields[1].usually is None
    assert plan.least == 3


def test_enumerations_and_booleans_take_the_integer_they_are_annotated_with() -> None:
    kinds = {field.name: field.kind for field in Reading.plan.fields}

    assert kinds["colour"] == Choice(Colour, U8)
    assert kinds["is_final"] == Flag(U8)
    assert kinds["place"] == Record(Point.plan)


def test_fields_are_written_in_order_and_read_again() -> None:
    raw = put(Ping(7, 2))

    assert raw == b"\0\7\2"
    assert Ping.plan.take(raw, 0, 3, 0) == (Ping(7, 2), 3)


def test_a_wrong_value_is_named_with_its_message_and_field() -> None:
    with pytest.raises(EncodeError) as caught:
        put(Ping(70_000, 1))

    assert str(caught.value) == "Ping.number = 70000 is outside 0..65535"
    assert (caught.value.message, caught.value.field) == ("Ping", "number")


def test_a_long_wrong_value_is_shown_shortened() -> None:
    with pytest.raises(EncodeError) as caught:
        put(Named("é" * 100))

    assert len(str(caught.value)) < 130


def test_a_walk_tells_the_fields_read_and_where_it_stopped() -> None:
    whole = Ping.plan.walk(b"\0\7\2", 0, 3, 0)
    short = Ping.plan.walk(b"\0\7", 0, 2, 0)
    broken = Sealed.plan.walk(b"\0\1x\0\0", 0, 5, 0)

    assert (whole.fields, whole.pos, whole.trouble) == ((("number", 7), ("hop", 2)), 3, None)
    assert short.stopped_at is not None
    assert (short.stopped_at.name, short.pos) == ("hop", 2)
    assert isinstance(short.trouble, Short)
    assert isinstance(broken.trouble, Unreadable)
    assert broken.fields == (("text", "x"),)


def test_a_record_is_a_message_inside_a_message() -> None:
    kind = record(Point)
    out = bytearray()
    kind.put(Point(1, -1), out, 0)

    assert out == b"\1\0\xff\xff"
    assert kind.take(out, 0, 4, 0) == (Point(1, -1), 4)
    assert (kind.least, kind.exact, kind.open_ended) == (4, True, False)
    assert not record(Named).exact
    assert record(Extended).open_ended
    assert str(kind) == "record Point"


def test_a_record_refuses_another_message_and_names_a_wrong_field() -> None:
    with pytest.raises(Unfit, match="is Ping, not Point"):
        record(Point).put(Ping(1, 1), bytearray(), 0)
    with pytest.raises(Unfit, match=r"holds a wrong value: Point.x = 70000 is outside"):
        record(Point).put(Point(70_000, 1), bytearray(), 0)


def test_a_message_without_fields_or_words_is_fine() -> None:
    @message(tag=9)
    class Empty(Message): ...

    Empty.__doc__ = None
    assert Empty.plan.take(b"", 0, 0, 0) == (Empty(), 0)
    assert put(Empty()) == b""


def test_a_field_may_have_a_default() -> None:
    assert Extended(1) == Extended(1, None)


def test_a_field_without_a_kind_is_a_mistake() -> None:
    with pytest.raises(DeclarationError, match="message Bad: field text has no kind"):

        @message()
        class Bad(Message):
            text: str


def test_a_number_with_only_a_range_has_no_kind() -> None:
    with pytest.raises(DeclarationError, match="field number has no kind"):

        @message()
        class Bad(Message):
            number: Annotated[int, Usually(0, 1)]


def test_an_unknown_name_in_an_annotation_is_a_mistake() -> None:
    with pytest.raises(DeclarationError, match=r"message Bad: .*Nowhere"):

        @message()
        class Bad(Message):
            field: "Nowhere"  # type: ignore[name-defined]  # noqa: F821


@pytest.mark.parametrize("kind", [Text(REST), Tail(U8), Array(U8, count=REST)])
def test_a_field_up_to_the_end_must_be_the_last(kind: object) -> None:
    with pytest.raises(DeclarationError, match="field first goes to the end"):

        @message()
        class Bad(Message):
            first: Annotated[object, kind]
            second: u8


def test_a_kind_on_a_type_that_is_no_class_is_taken_as_it_is() -> None:
    @message()
    class Loose(Message):
        number: Annotated[int | None, U16]
        other: Annotated[u16, "a word for readers"]

    assert [field.kind for field in Loose.plan.fields] == [U16, U16]


def test_a_sane_range_holds_its_borders() -> None:
    assert [Usually(1, 3).holds(number) for number in range(5)] == [False, True, True, True, False]
