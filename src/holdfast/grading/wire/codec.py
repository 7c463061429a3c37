"""A protocol: its messages, their framing and limits; messages to bytes, bytes to messages.

PURE. Encoding a message that cannot be written is the author's mistake and raises; decoding is the
peer's doing and never raises: the answer is a `Frame` or a `Garbled` that explains itself.
"""

from collections.abc import Sequence

from holdfast.grading.wire.connection import Frame, Garbled, StreamDecoder
from holdfast.grading.wire.framing import Framing
from holdfast.grading.wire.guessing import explain
from holdfast.grading.wire.kinds import DeclarationError, Int, Short, Unfit, Unreadable
from holdfast.grading.wire.message import EncodeError, Message, Plan
from holdfast.grading.wire.schema import Limits, Schema

__all__ = ["EncodeError", "Frame", "Garbled", "Limits", "Protocol", "StreamDecoder"]


class Protocol:
    """What two programs agree on. `tag` is the type field in front of every message's fields.

    Without a tag there is exactly one message. Raises `DeclarationError` when the parts do not fit.
    """

    def __init__(
        self,
        name: str,
        messages: Sequence[type[Message]],
        framing: Framing,
        limits: Limits | None = None,
        *,
        tag: Int | None = None,
    ) -> None:
        plans = tuple(message.plan for message in messages)
        _check(name, plans, framing, tag)
        self.name = name
        self.messages = tuple(messages)
        self.schema = Schema(
            name, tag, {plan.tag: plan for plan in plans}, framing, limits or Limits()
        )

    def encode(self, message: Message) -> bytes:
        """The whole frame of a message. Raises `EncodeError`."""
        schema = self.schema
        plan = message.plan
        if schema.plans.get(plan.tag) is not plan:
            raise EncodeError(plan.name, "", message, f"is no message of {self.name}")
        body = bytearray()
        if schema.tag is not None:
            schema.tag.put(plan.tag, body, 0)
        plan.put(message, body, 0)
        try:
            frame = schema.framing.wrap(bytes(body))
        except Unfit as unfit:
            raise EncodeError(plan.name, "", message, unfit.reason) from unfit
        limit = schema.limits.frame_bytes
        if len(frame) > limit:
            reason = f"takes {len(frame)} bytes, but a frame has at most {limit}"
            raise EncodeError(plan.name, "", message, reason)
        return frame

    def stream(self) -> StreamDecoder:
        """A decoder for the incoming bytes of one new connection. Raises `DeclarationError`."""
        if not self.schema.framing.streams:
            raise DeclarationError(f"{self.name}: its frames are datagrams, there is no stream")
        return StreamDecoder(self.schema)

    def decode_datagram(self, data: bytes) -> Frame | Garbled:
        """The one frame that a datagram is; anything before or behind it makes it garbled."""
        try:
            return Frame(self.schema.read_all(data), data)
        except Unreadable as unreadable:
            return self._garbled(data, unreadable, ended=True)

    def decode_one(self, data: bytes) -> Frame | Garbled:
        """The frame that `data` begins with; bytes behind it are ignored."""
        try:
            message, stop = self.schema.read(data, 0, 0)
        except (Short, Unreadable) as trouble:
            return self._garbled(data, trouble)
        return Frame(message, data[:stop])

    def _garbled(self, data: bytes, trouble: Short | Unreadable, *, ended: bool = False) -> Garbled:
        kept = data[: self.schema.limits.evidence_bytes]
        return Garbled(kept, explain(self.schema, data, trouble, ended=ended))


def _check(name: str, plans: tuple[Plan, ...], framing: Framing, tag: Int | None) -> None:
    if tag is None:
        if [plan.tag for plan in plans] != [None]:
            raise DeclarationError(f"{name}: without a type field there is one message, no tag")
    else:
        _check_tags(name, plans, tag)
    for plan in plans:
        open_field = next((each for each in plan.fields if each.kind.open_ended), None)
        if open_field and not framing.delimits:
            raise DeclarationError(
                f"{name}: field {plan.name}.{open_field.name} goes to the end of the frame, "
                f"but the framing ({framing}) does not tell where that is"
            )


def _check_tags(name: str, plans: tuple[Plan, ...], tag: Int) -> None:
    tags = [plan.tag for plan in plans]
    for plan in plans:
        if plan.tag is None or not tag.lowest <= plan.tag <= tag.highest:
            raise DeclarationError(f"{name}: message {plan.name} needs a tag that fits {tag}")
        if tags.count(plan.tag) > 1:
            raise DeclarationError(f"{name}: the tag {plan.tag} of {plan.name} is taken twice")
