"""The log of a session that can move: each event as it was taken in, to be played again.

No I/O. The bytes of a stream are not in it, only how many were taken at once, for the balancer has
them; datagrams are named by a checksum, because one or another may never have arrived here. Answers
of the store are in it whole: they must not be asked for again. See `session_replay`.
"""

import zlib
from typing import Literal, assert_never

import msgspec

from holdfast.grading.service.ledger_calls import join_answers
from holdfast.grading.service.session_exchange import (
    Abandon,
    Answer,
    BytesIn,
    DatagramIn,
    Eof,
    Gone,
    Moved,
    SessionEvent,
    Tick,
)
from holdfast.grading.service.session_origin import RecordedOrigin


class Began(msgspec.Struct, frozen=True, array_like=True, tag="o"):
    """The first note of each log: where the session's ids, dice and dates come from."""

    secret: bytes
    opened_at: float


class Entry(msgspec.Struct, frozen=True, array_like=True, tag="e"):
    """One event. `size`: bytes of the stream taken in; `mark`: a datagram's checksum, an ask's id;
    `body`: an answer, a reason, or a move as MessagePack; `waited`: of a datagram, in seconds.
    Older nodes leave the last fields out, and read over those that they do not know."""

    kind: Literal["b", "d", "e", "g", "a", "x", "m", "t"]
    at: float
    decided: list[bool]
    size: int = 0
    mark: int = 0
    body: bytes = b""
    waited: float = 0.0


Note = Began | Entry

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Note).decode


class LogError(Exception):
    """These bytes are no note of ours."""


def began(origin: RecordedOrigin, opened_at: float) -> bytes:
    """The first note."""
    return _encode(Began(origin.secret, opened_at))


def entry(event: SessionEvent, at: float, origin: RecordedOrigin) -> bytes:
    """The note about an event that the session has just taken in."""
    decided = origin.take_decisions()
    match event:
        case BytesIn(data=data):
            made = Entry("b", at, decided, size=len(data))
        case DatagramIn(data=data, waited_s=waited_s):
            made = Entry("d", at, decided, mark=zlib.crc32(data), waited=waited_s)
        case Answer(ask=ask, outcome=outcome):
            made = Entry("a", at, decided, mark=ask, body=join_answers([outcome]))
        case Moved():
            made = Entry("m", at, decided, body=_encode(event))
        case Abandon(reason=reason):
            made = Entry("x", at, decided, body=reason.encode())
        case Eof():
            made = Entry("e", at, decided)
        case Gone():
            made = Entry("g", at, decided)
        case Tick():
            made = Entry("t", at, decided)
        case _:
            assert_never(event)
    return _encode(made)


def read(note: bytes) -> Note:
    """A note as it was written. `LogError` when it is none."""
    try:
        found: Note = _decode(note)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise LogError(f"not a note of a session: {error}") from None
    return found
