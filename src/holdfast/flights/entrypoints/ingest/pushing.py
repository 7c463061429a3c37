"""The law of pushing: an airline sends a file with its own token, in one piece or in several.

`PUT /feeds/BA/season/7` with the headers of `push_headers`. What was acknowledged is on the disk: a
sender whose connection broke asks with HEAD how far it came and goes on there. The last piece is
answered with what became of the file. Sending it all again is safe: the feed's rules see to it.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from starlette.requests import ClientDisconnect

from holdfast.flights.domain.delivery import is_airline, is_feed_name
from holdfast.flights.domain.owners import PERSON
from holdfast.flights.entrypoints.http.acts import Recording
from holdfast.flights.entrypoints.http.faults import insufficient_permissions
from holdfast.flights.entrypoints.http.operation import Call, Encoded, Operation, elsewhere
from holdfast.flights.entrypoints.ingest.push_headers import (
    BadHeader,
    Piece,
    Pushed,
    pushed_of,
    sequence_in,
)
from holdfast.flights.entrypoints.ingest.shapes import OffsetShape, OutcomeShape
from holdfast.flights.entrypoints.ingest.spool import (
    CHUNK_BYTES,
    BadPacking,
    PlainFile,
    Spool,
    SpoolFull,
)
from holdfast.flights.service.ingest_feed import Ingest
from holdfast.flights.wire.status_shapes import ProblemBody, encode_problem
from holdfast.platform.auth.audit import Act

STALL_S = 30.0
"""The next bytes of a body come within that time, or the sender goes on later."""
ANSWER_S = 900.0
"""A large file on a slow line, then its reading and its transaction."""
MAX_UPLOADS = 8
"""Bodies read at once: more senders wait their turn on one machine anyway."""

PUSH = Operation(
    "PUT",
    "/feeds/{airline}/{feed}/{sequence}",
    "Send a feed's file, whole or a piece of it",
    elsewhere,
    OutcomeShape,
    scope="feeds",
    envelope=False,
    dialect="native",
    raw_body=True,
    media_type="*/*",
    answer_s=ANSWER_S,
    problems=tuple((status, ProblemBody) for status in (400, 408, 413, 422, 503)),
    tag="feeds",
)
OFFSET = Operation(
    "GET",
    "/feeds/{airline}/{feed}/{sequence}",
    "How much of an upload arrived (HEAD: in the header Upload-Offset)",
    elsewhere,
    OffsetShape,
    scope="feeds",
    envelope=False,
    dialect="native",
    problems=((400, ProblemBody),),
    tag="feeds",
)


@dataclass(frozen=True, slots=True)
class _Place:
    """Which file an address means, and its name in the spool."""

    airline: str
    feed: str
    sequence: int

    @property
    def name(self) -> str:
        return f"{self.feed}.{self.sequence}"


class _Refused(Exception):
    """A push that ends with an error of the native shape."""

    def __init__(self, status: int, what: str, fix: str, offset: int | None = None) -> None:
        super().__init__(what)
        self.status = status
        self.what = what
        self.fix = fix
        self.offset = offset


@dataclass(slots=True)
class Pushing:
    """The handlers."""

    ingest: Ingest
    spool: Spool
    recording: Recording | None = None
    _under_way: set[_Place] = field(default_factory=set)

    async def push(self, call: Call) -> object:
        """Take a file or a piece of one."""
        try:
            place = _place(call)
            pushed = pushed_of(call.request.headers)
            with _Turn(self._under_way, place):
                return await self._take(call, place, pushed)
        except BadHeader as bad:
            return _problem(call, _Refused(400, str(bad), "see docs/reference/feeds.md"))
        except _Refused as refused:
            return _problem(call, refused)

    async def offset(self, call: Call) -> object:
        """How far an upload came."""
        try:
            place = _place(call)
        except BadHeader as bad:
            return _problem(call, _Refused(400, str(bad), "see docs/reference/feeds.md"))
        size = await asyncio.to_thread(self.spool.offset, place.airline, place.name)
        body = b'{"offset":%d}' % size
        return Encoded(body, headers=((b"upload-offset", b"%d" % size),))

    def operations(self) -> Sequence[Operation]:
        """Their declarations, served."""
        return PUSH.by(self.push), OFFSET.by(self.offset)

    async def _take(self, call: Call, place: _Place, pushed: Pushed) -> object:
        piece = pushed.piece
        await self._receive(call, place, piece)
        if piece is not None and not piece.is_last:
            return OutcomeShape.incomplete(place.sequence, piece.end)
        plain = await self._whole(place, pushed)
        try:
            if plain.sha256 != pushed.sha256:
                raise _Refused(
                    422, f"its SHA-256 is {plain.sha256.hex()}", "send the whole file again"
                )
            delivery = pushed.delivery(place.airline, place.feed, place.sequence, plain.size_bytes)
            outcome = await self.ingest.ingest(delivery, plain)
            if self.recording is not None and call.caller.token_id.startswith(PERSON):
                # Programs deliver day and night; what they brought is on the desk.
                await self.recording.record(
                    call, Act.FEED_DELIVERED, f"{place.airline} {place.feed} {place.sequence}"
                )
            return OutcomeShape.of(delivery, outcome)
        finally:
            await asyncio.to_thread(plain.drop)

    async def _whole(self, place: _Place, pushed: Pushed) -> PlainFile:
        try:
            return await asyncio.to_thread(
                self.spool.finish, place.airline, place.name, packed=pushed.is_packed
            )
        except BadPacking as bad:
            raise _Refused(422, str(bad), "send gzip that ends, of a feed's size") from None

    async def _receive(self, call: Call, place: _Place, piece: Piece | None) -> None:
        """Put the body into the spool, and see that it is what was declared."""
        have = await asyncio.to_thread(self.spool.offset, place.airline, place.name)
        start = piece.start if piece is not None else 0
        if start > have:
            raise _Refused(422, f"{have} bytes arrived so far", "go on from there", have)
        expected = self._expected(call, piece)
        try:
            await asyncio.to_thread(self.spool.check_room, place.airline, expected - (have - start))
        except SpoolFull as full:
            raise _Refused(503, str(full), "try again later") from None
        came = await self._write(call, place, start, expected)
        if piece is not None and came != expected:
            raise _Refused(
                400,
                f"{came} bytes came instead of {expected}",
                "go on from the offset that HEAD tells",
            )

    def _expected(self, call: Call, piece: Piece | None) -> int:
        """How many bytes the body has, or may have where nothing is said."""
        most = self.spool.limits.file
        declared = call.request.headers.get("content-length", "")
        total = piece.total if piece else int(declared[:15]) if declared.isdigit() else 0
        if total > most:
            raise _Refused(413, f"a file has at most {most} bytes", "send less")
        if piece is not None:
            return piece.end - piece.start
        return total if declared.isdigit() else most

    async def _write(self, call: Call, place: _Place, start: int, most: int) -> int:
        """Write the body at `start`; how many bytes came. What came before a fault stays."""
        upload = await asyncio.to_thread(self.spool.open, place.airline, place.name, start)
        came = 0
        try:
            async for block in _blocks(call):
                came += len(block)
                if came > most:
                    raise _Refused(413, f"more than the {most} bytes that may come", "send less")
                await asyncio.to_thread(upload.write, block)
        except ClientDisconnect:
            raise _Refused(400, "the request ended before its body", "go on later") from None
        except TimeoutError:
            raise _Refused(408, f"nothing came for {STALL_S:g} s", "go on later") from None
        finally:
            await asyncio.shield(asyncio.to_thread(upload.close))
        return came


async def _blocks(call: Call) -> AsyncIterator[bytes]:
    """The body in blocks that are worth a write."""
    stream = call.request.stream()
    parts: list[bytes] = []
    size = 0
    while True:
        async with asyncio.timeout(STALL_S):
            chunk = await anext(stream, None)
        if chunk is None:
            break
        parts.append(chunk)
        size += len(chunk)
        if size >= CHUNK_BYTES:
            yield b"".join(parts)
            parts, size = [], 0
    if parts:
        yield b"".join(parts)


class _Turn:
    """One request at a time for a file, and only so many in all."""

    def __init__(self, under_way: set[_Place], place: _Place) -> None:
        self._under_way = under_way
        self._place = place

    def __enter__(self) -> None:
        if self._place in self._under_way:
            raise _Refused(422, "this file is being sent already", "wait for its answer")
        if len(self._under_way) >= MAX_UPLOADS:
            raise _Refused(422, f"{MAX_UPLOADS} files are being sent", "try again in a moment")
        self._under_way.add(self._place)

    def __exit__(self, *_: object) -> None:
        self._under_way.discard(self._place)


def _place(call: Call) -> _Place:
    """The file of the address. 403 when the token is of another airline."""
    airline, feed = call.path["airline"], call.path["feed"]
    if not is_airline(airline):
        raise BadHeader("the airline", "a code such as BA")
    if not is_feed_name(feed):
        raise BadHeader("the feed's name", "lower-case letters, digits, - and _")
    if call.caller.owner != airline:
        raise insufficient_permissions(f"feeds of {airline}")
    return _Place(airline, feed, sequence_in(call.path["sequence"]))


def _problem(call: Call, refused: _Refused) -> Encoded:
    where = f"{call.request.method} {call.request.url.path[:200]}"
    headers: tuple[tuple[bytes, bytes], ...] = ()
    if refused.offset is not None:
        headers = ((b"upload-offset", b"%d" % refused.offset),)
    return Encoded(encode_problem(refused.what, where, refused.fix), refused.status, headers)
