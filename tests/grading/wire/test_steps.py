"""Compiled steps read exactly what the kinds read one by one, and fail in the same way."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.grading.wire.compound import Array, Flag
from holdfast.grading.wire.kinds import (
    I8,
    I16,
    I32,
    I64LE,
    REST,
    U8,
    U16,
    U16LE,
    U64,
    Buffer,
    Bytes,
    Kind,
    Short,
    Text,
    Unreadable,
)
from holdfast.grading.wire.steps import compile_take
from holdfast.grading.wire.text import Encoding

some_kinds = st.sampled_from(
    [
        I8,
        I32,
        I64LE,
        U16,
        U64,
        Bytes(U8),
        Bytes(3),
        Text(U8, Encoding.JAVA),
        Text(U8, Encoding.UTF_16_BE),
        Text(U16LE),
        Bytes(I16),
        Array(U8, count=U8),
        Flag(U8),
    ]
)


def together(*values: object) -> tuple[object, ...]:
    return values


def one_by_one(kinds: Sequence[Kind], data: Buffer) -> object:
    """What reading each kind by itself gives: the values and the offset, or the failure."""
    values: list[object] = []
    pos = 0
    try:
        for kind in kinds:
            value, pos = kind.take(data, pos, len(data), 0)
            values.append(value)
    except Short:
        return "short"
    except Unreadable as unreadable:
        return unreadable.offset, unreadable.reason
    return tuple(values), pos


def compiled(kinds: Sequence[Kind], data: Buffer) -> object:
    try:
        return compile_take(kinds, together)(data, 0, len(data), 0)
    except Short as short:
        return "short" if short.need > len(data) else "too modest"
    except Unreadable as unreadable:
        return unreadable.offset, unreadable.reason


@given(st.lists(some_kinds, max_size=6), st.binary(max_size=60))
def test_steps_read_what_the_kinds_read(kinds: list[Kind], data: bytes) -> None:
    assert compiled(kinds, data) == one_by_one(kinds, data)
    assert compiled(kinds, bytearray(data)) == one_by_one(kinds, data)


@pytest.mark.parametrize("size", [U8, U16, 4, REST])
def test_raw_bytes_come_as_bytes_from_any_buffer(size: object) -> None:
    take = compile_take([Bytes(size)], together)  # type: ignore[arg-type]

    (value,), _ = take(bytearray(b"\0\2ab"), 0, 4, 0)

    assert type(value) is bytes


def test_text_in_utf_16_is_not_taken_for_ascii() -> None:
    take = compile_take([Text(U8, Encoding.UTF_16_LE)], together)

    assert take(b"\4a\0b\0", 0, 5, 0) == (("ab",), 5)
