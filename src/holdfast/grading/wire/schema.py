"""A protocol's declaration, compiled: reads the one frame at an offset, or tells why it cannot.

PURE. Two readings of the same bytes stand here: `read` is fast and raises, `failure` is slow and
describes. Both use the kinds of the declaration, so they cannot disagree.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from struct import Struct
from typing import TypeAlias

from holdfast.grading.wire.diagnosis import DecodeFailure
from holdfast.grading.wire.framing import Framing
from holdfast.grading.wire.kinds import Buffer, Int, Short, Unreadable, written
from holdfast.grading.wire.message import Message, Plan, Walk
from holdfast.grading.wire.steps import Take


@dataclass(frozen=True, slots=True)
class Limits:
    """What a peer may make us keep.

    `frame_bytes`: longest frame, so also the most that is kept of an unfinished one.
    `evidence_bytes`: how much is kept of undecodable input, and of the frame before it.
    """

    frame_bytes: int = 65_536
    evidence_bytes: int = 8_192


Read: TypeAlias = Callable[[Buffer, int, int], tuple[Message, int]]
"""Reads one frame: (data, pos, bytes from there that hold no end of it) -> message, next frame."""


@dataclass(frozen=True, slots=True)
class Schema:
    """Messages by tag, the type field (None: there is one message and no type), framing, limits."""

    name: str
    tag: Int | None
    plans: Mapping[int | None, Plan]
    framing: Framing
    limits: Limits
    read: Read = field(init=False, repr=False, compare=False)
    """The frame at an offset: its message and the offset behind it.

    Raises `Short` if more bytes may complete it and `Unreadable` if nothing can.
    """

    def __post_init__(self) -> None:
        object.__setattr__(self, "read", _compile_read(self))

    def read_all(self, data: Buffer) -> Message:
        """The message when `data` is one whole frame and nothing else. Raises `Unreadable`."""
        try:
            message, stop = self.read(data, 0, 0)
        except Short as short:
            raise Unreadable(len(data), _ends_early(short.need - len(data))) from short
        if stop != len(data):
            raise Unreadable(stop, _left_over(len(data) - stop))
        return message

    def failure(self, data: Buffer, trouble: Short | Unreadable) -> DecodeFailure:
        """Describe why `data` begins with no whole frame: `trouble` is what `read` raised."""
        plan, walk = self._walk(data)
        name = plan.name if plan else None
        fields = walk.fields if walk else ()
        if isinstance(trouble, Unreadable):
            return DecodeFailure(name, fields, trouble.offset, trouble.reason)
        missing = trouble.need - len(data)
        inside = walk.stopped_at.name if walk and walk.stopped_at else "its length or type"
        reason = (
            f"the frame is not complete: it ends in the middle of {inside}, at least "
            f"{missing} more {_bytes_are(missing)} missing"
        )
        return DecodeFailure(name, fields, len(data), reason)

    def walk(self, data: Buffer) -> Walk | None:
        """How far the fields at the beginning can be read; None if the type is not known."""
        return self._walk(data)[1]

    def _walk(self, data: Buffer) -> tuple[Plan | None, Walk | None]:
        limit = self.limits.frame_bytes
        try:
            body, end, _ = self.framing.cut(data, 0, 0, limit)
            tag, pos = self.tag.take(data, body, end, body) if self.tag else (None, body)
        except (Short, Unreadable):
            return None, None
        plan = self.plans.get(tag)
        return plan, plan.walk(data, pos, min(end, body + limit), body) if plan else None


def _compile_read(schema: Schema) -> Read:
    limit = schema.limits.frame_bytes
    cut = schema.framing.cut
    read_body = _compile_body(schema)

    def read_self_delimiting(data: Buffer, pos: int, searched: int) -> tuple[Message, int]:
        bound = pos + limit
        end = len(data)
        try:
            return read_body(data, pos, end if end < bound else bound, pos)
        except Short as short:
            if short.need > bound:
                reason = f"the frame would take more than {limit} bytes"
                raise Unreadable(pos, reason) from short
            raise

    def read_framed(data: Buffer, pos: int, searched: int) -> tuple[Message, int]:
        body, end, after = cut(data, pos, searched, limit)
        try:
            message, stop = read_body(data, body, end, body)
        except Short as short:
            raise Unreadable(end, _ends_early(short.need - end)) from short
        if stop != end and not (schema.framing.pads and not any(data[stop:end])):
            raise Unreadable(stop, _left_over(end - stop))
        return message, after

    return read_framed if schema.framing.delimits else read_self_delimiting


def _compile_body(schema: Schema) -> Take[Message]:
    """Reads the type and the fields of its message."""
    if schema.tag is None:
        return schema.plans[None].take
    tag = schema.tag
    width = tag.least
    unpack_from = Struct(tag.mark + tag.code).unpack_from
    take_of = {number: plan.take for number, plan in schema.plans.items()}

    def read_body(data: Buffer, pos: int, end: int, start: int) -> tuple[Message, int]:
        fields = pos + width
        if fields > end:
            raise Short(fields)
        (number,) = unpack_from(data, pos)
        take = take_of.get(number)
        if take is None:
            raise Unreadable(pos, _unknown(tag, number, schema.plans))
        return take(data, fields, end, pos)

    return read_body


def _unknown(tag: Int, number: int, plans: Mapping[int | None, Plan]) -> str:
    known = ", ".join(str(each) for each in plans)
    shown = written(tag, number).hex()
    return f"the type is {number} (bytes {shown}), but only {known} exist"


def _ends_early(missing: int) -> str:
    return f"it ends too early: at least {missing} more {_bytes_are(missing)} needed"


def _left_over(count: int) -> str:
    return f"{count} {_bytes_are(count)} left over behind the last field"


def _bytes_are(count: int) -> str:
    return "byte is" if count == 1 else "bytes are"
