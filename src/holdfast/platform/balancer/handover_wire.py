"""PURE. What balancer and members say to each other so that a session can move between members.

A *tag* in the PROXY header names the connection. A member that understands it answers in records:
bytes for the client, notes for the balancer to keep, and at last a proper end, which a killed
process never says. A new member gets all that was kept as one `Resume`. Members are ours, but a
wrong one must cost its own clients only: every length is bounded, and nothing here raises but
`HandoverError`.
"""

import struct
import zlib
from collections.abc import Iterable, Sequence
from enum import IntEnum

import msgspec

TAG_TLV = 0xE1
"""The type of our extension of the PROXY header, of those left for own use (0xE0 to 0xEF)."""
MAGIC = b"\x00HJ1"
"""How a member's answer in records begins; a member that knows no tags answers without."""
MAX_RECORD_BYTES = 1 << 18
"""The longest payload of a record: a note about one datagram, or a read's worth for the client."""
DATA_BYTES = 1 << 15
"""A member cuts what is for the client into records of this size: each is passed on when whole."""
MAX_RESUME_BYTES = 4 << 20
"""The longest `Resume` a member takes: the longest journal of a balancer, with room to spare."""
MAX_RESUME_DATAGRAM_BYTES = 60_000
"""A flow's `Resume` must fit into one datagram behind its header, compressed."""

_TAG = struct.Struct("!16sdB")
_RECORD = struct.Struct("!BI")
_LENGTH = struct.Struct("!I")


class HandoverError(Exception):
    """The other side does not speak as agreed; the text is for the log."""


class Kind(IntEnum):
    """What a record is. `RESTS`: nothing happens in this session until its client speaks again."""

    DATA = 1
    NOTE = 2
    END = 3
    REFUSED = 4
    RESTS = 5


Record = tuple[Kind, bytes]


class Tag(msgspec.Struct, frozen=True):
    """A connection or flow: `id` is 16 random bytes of the balancer's, `opened_at` seconds since
    1970. `resumes`: what follows the header begins with a `Resume`."""

    id: bytes
    opened_at: float
    resumes: bool = False

    def encoded(self) -> tuple[int, bytes]:
        """The extension of the PROXY header."""
        return TAG_TLV, _TAG.pack(self.id, self.opened_at, self.resumes)

    def settled(self, header: bytes) -> bytes:
        """The header with this tag in it, as it is once nothing is to be resumed any more."""
        return self._told(header, resumes=False)

    def resuming(self, header: bytes) -> bytes:
        """The header with this tag in it, as it is before a `Resume`."""
        return self._told(header, resumes=True)

    def _told(self, header: bytes, *, resumes: bool) -> bytes:
        told = _TAG.pack(self.id, self.opened_at, resumes)
        return header.replace(self.encoded()[1], told)


def tag_of(tlvs: Iterable[tuple[int, bytes]]) -> Tag | None:
    """The tag among a header's extensions; None without a whole one."""
    for kind, value in tlvs:
        if kind == TAG_TLV and len(value) == _TAG.size:
            name, opened_at, resumes = _TAG.unpack(value)
            if 0.0 <= opened_at < 1e11 and resumes in (0, 1):
                return Tag(name, opened_at, bool(resumes))
    return None


class Resume(msgspec.Struct, frozen=True, array_like=True):
    """All that another member needs. Times in seconds since the opening, by the balancer's clock.

    `pieces` are what the client has sent, `notes` what former members said about the session,
    `delivered` how much went to the client (bytes of a stream, datagrams of a flow), with the
    `digest` of it. `age_s` is now; `moves` counts this one; `moved_from` is the node that was lost.
    """

    age_s: float
    moves: int
    moved_from: str
    delivered: int
    digest: bytes
    pieces: Sequence[tuple[float, bytes]]
    notes: Sequence[bytes]


_decode_resume = msgspec.msgpack.Decoder(Resume).decode
_encode = msgspec.msgpack.Encoder().encode


def encode_resume(resume: Resume) -> bytes:
    """The block behind the PROXY header of a connection that moves."""
    body = _encode(resume)
    return _LENGTH.pack(len(body)) + body


def resume_length(data: bytes | bytearray) -> int | None:
    """The bytes of the block at the start of `data`; None while too few came to know.

    `HandoverError` when it is longer than any can be.
    """
    if len(data) < _LENGTH.size:
        return None
    length = int(_LENGTH.unpack_from(data)[0])
    if length > MAX_RESUME_BYTES:
        raise HandoverError(f"a journal of {length} bytes is longer than {MAX_RESUME_BYTES}")
    return _LENGTH.size + length


def decode_resume(block: bytes) -> Resume:
    """The block of `encode_resume`. `HandoverError` when it is none."""
    try:
        return _checked(_decode_resume(block[_LENGTH.size :]))
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise HandoverError(f"no journal: {error}") from None


def pack_resume(resume: Resume) -> bytes | None:
    """The payload of a flow's datagram that moves it; None when it does not fit into one."""
    packed = zlib.compress(_encode(resume), 1)
    return packed if len(packed) <= MAX_RESUME_DATAGRAM_BYTES else None


def unpack_resume(payload: bytes) -> Resume:
    """The other way. `HandoverError` when it is none, or grows beyond every journal."""
    try:
        body = zlib.decompressobj().decompress(payload, MAX_RESUME_BYTES)
        return _checked(_decode_resume(body))
    except (zlib.error, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise HandoverError(f"no journal: {error}") from None


def _checked(resume: Resume) -> Resume:
    times = (resume.age_s, *(at for at, _ in resume.pieces))
    if not all(0.0 <= at < 1e9 for at in times) or resume.delivered < 0 or resume.moves < 1:
        raise HandoverError("a journal with impossible numbers")
    return resume


def encode_record(kind: Kind, payload: bytes = b"") -> bytes:
    """One record of a member's answer."""
    return _RECORD.pack(kind, len(payload)) + payload


def data_records(raw: bytes) -> bytes:
    """Bytes for the client as records."""
    cuts = range(0, len(raw), DATA_BYTES)
    return b"".join(encode_record(Kind.DATA, raw[at : at + DATA_BYTES]) for at in cuts)


class RecordReader:
    """The records of a member's stream, however the network cut it.

    `is_plain` is None until the first bytes told, then True for a member that knows no records.
    """

    __slots__ = ("_buffer", "is_plain")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.is_plain: bool | None = None

    def feed(self, data: bytes) -> list[Record]:
        """The records that are whole now; all bytes as one if the member is plain.

        `HandoverError` when they are none.
        """
        if self.is_plain:
            return [(Kind.DATA, data)]
        self._buffer += data
        if self.is_plain is None:
            head = bytes(self._buffer[: len(MAGIC)])
            if head != MAGIC[: len(head)]:
                self.is_plain = True
                return [(Kind.DATA, bytes(self._buffer))]
            if len(head) < len(MAGIC):
                return []
            self.is_plain = False
            del self._buffer[: len(MAGIC)]
        return self._whole()

    def _whole(self) -> list[Record]:
        buffer, found, at = self._buffer, [], 0
        while len(buffer) - at >= _RECORD.size:
            record, stop = _read(buffer, at)
            if record is None:
                break
            found.append(record)
            at = stop
        del buffer[:at]
        return found


def encode_answer(number: int, records: bytes) -> bytes:
    """A flow's answer in records; answers are numbered from 0, so that a lost one is noticed."""
    return MAGIC + _LENGTH.pack(number) + records


def decode_answer(payload: bytes) -> tuple[int, list[Record]] | None:
    """The other way; None for a plain answer. `HandoverError` when it is broken."""
    if not payload.startswith(MAGIC) or len(payload) < len(MAGIC) + _LENGTH.size:
        return None
    number = int(_LENGTH.unpack_from(payload, len(MAGIC))[0])
    found, at = [], len(MAGIC) + _LENGTH.size
    while at < len(payload):
        record, at = _read(payload, at) if len(payload) - at >= _RECORD.size else (None, at)
        if record is None:
            raise HandoverError("an answer with half a record")
        found.append(record)
    return number, found


def _read(data: bytes | bytearray, at: int) -> tuple[Record | None, int]:
    kind, length = _RECORD.unpack_from(data, at)
    if length > MAX_RECORD_BYTES or kind not in Kind.__members__.values():
        raise HandoverError(f"record {kind} of {length} bytes")
    start = at + _RECORD.size
    if len(data) - start < length:
        return None, at
    return (Kind(kind), bytes(data[start : start + length])), start + length
