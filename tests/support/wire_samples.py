"""Bytes written by hand and protocols declared for tests, so that no test trusts the encoder alone.

`i32`, `u16` and `utf` write what the course protocol's page says, with nothing but `struct`.
"""

import struct
from enum import Enum
from typing import Annotated

from holdfast.grading.wire.codec import Protocol
from holdfast.grading.wire.compound import Algorithm, Array, Checksum, Tail
from holdfast.grading.wire.framing import Datagram, LengthPrefix, SelfDelimiting
from holdfast.grading.wire.kinds import REST, U8, U16, U32, Bytes, Text
from holdfast.grading.wire.message import (
    Message,
    Usually,
    i8,
    i16le,
    i64,
    message,
    record,
    u8,
    u16,
    u32le,
    u64,
)
from holdfast.grading.wire.schema import Limits
from holdfast.grading.wire.text import Encoding

UID = 1234
HOST = b"localhost"
PORT = 4444
TRIGGER = b"TEST 1 USER ID CORRECTNESS"


def u16_bytes(number: int) -> bytes:
    return struct.pack(">H", number)


def i32_bytes(number: int) -> bytes:
    return struct.pack(">i", number)


def utf(raw: bytes) -> bytes:
    """What writeUTF writes for a text of these bytes."""
    return u16_bytes(len(raw)) + raw


def register_bytes(uid: int = UID, host: bytes = HOST, port: int = PORT) -> bytes:
    return i32_bytes(1) + i32_bytes(uid) + utf(host) + i32_bytes(port)


def chat_bytes(text: bytes = TRIGGER, recipient: int = UID) -> bytes:
    return i32_bytes(4) + i32_bytes(recipient) + utf(text)


def error_bytes(text: bytes) -> bytes:
    return i32_bytes(0) + utf(text)


class Colour(Enum):
    """An enumeration on the wire."""

    RED = 1
    GREEN = 2


@message()
class Point(Message):
    """A place."""

    x: i16le
    y: i16le


@message()
class Named(Message):
    """A name of its own length."""

    name: Annotated[str, Text(U8, Encoding.ASCII)]


@message(tag=1)
class Reading(Message):
    """Every kind of field in one message."""

    serial: u64
    level: i8
    small: u32le
    balance: i64
    colour: Annotated[Colour, U8]
    is_final: Annotated[bool, U8]
    place: Point
    label: Annotated[str, Text(6, Encoding.LATIN_1)]
    key: Annotated[bytes, Bytes(4)]
    blob: Annotated[bytes, Bytes(U16)]
    wide: Annotated[str, Text(U16, Encoding.UTF_16_LE)]
    numbers: Annotated[tuple[int, ...], Array(U16, count=U8)]
    pair: Annotated[tuple[int, ...], Array(U8, count=2)]
    points: Annotated[tuple[Message, ...], Array(record(Point), count=U8)]
    names: Annotated[tuple[Message, ...], Array(record(Named), count=U16)]
    check: Annotated[int | None, Checksum(U32)] = None


@message(tag=2)
class Ping(Message):
    """Small, with a sane range."""

    number: Annotated[u16, Usually(0, 999)]
    hop: u8


@message(tag=3)
class Note(Message):
    """Text up to the end of the frame."""

    text: Annotated[str, Text(REST)]


@message(tag=4)
class Extended(Message):
    """A field that older clients leave out."""

    level: u8
    comment: Annotated[str | None, Tail(Text(U8))] = None


@message(tag=5)
class Sealed(Message):
    """A checksum at its end."""

    text: Annotated[str, Text(U16)]
    seal: Annotated[int | None, Checksum(U16, Algorithm.SUM)] = None


PLAIN = Protocol("plain", (Reading, Ping, Sealed), SelfDelimiting(), Limits(4_096, 512), tag=U8)
PREFIXED = Protocol("prefixed", (Reading, Ping, Note, Extended, Sealed), LengthPrefix(U16), tag=U8)
DATAGRAMS = Protocol("datagrams", (Note, Extended, Ping), Datagram(), tag=U16)
