"""What a declaration looks like from outside: names, kinds and sizes for pages and dissectors.

PURE data about protocols and messages; nothing here reads or writes bytes. `FieldLayout.kind` is
the declared kind itself, for those who need more than the words.
"""

from dataclasses import dataclass

from holdfast.grading.wire.codec import Protocol
from holdfast.grading.wire.kinds import Kind
from holdfast.grading.wire.message import Message, Plan, Usually


@dataclass(frozen=True, slots=True)
class FieldLayout:
    """One field: where it stands in the frame's body and how it is written.

    `offset` (from the body's first byte) is None behind a field of varying size; `size_bytes` is
    None if the field itself varies, `least_bytes` is what it takes at least.
    """

    name: str
    words: str
    offset: int | None
    size_bytes: int | None
    least_bytes: int
    usually: Usually | None
    kind: Kind


@dataclass(frozen=True, slots=True)
class MessageLayout:
    """One message: its tag (None without a type field), what it is for, and its fields in order.

    The type field, if there is one, is the first of the fields. `least_bytes` counts it too.
    """

    name: str
    tag: int | None
    summary: str
    fields: tuple[FieldLayout, ...]
    least_bytes: int


@dataclass(frozen=True, slots=True)
class ProtocolLayout:
    """A whole protocol: its framing in words, the longest frame, and its messages by tag."""

    name: str
    framing: str
    frame_bytes_max: int
    messages: tuple[MessageLayout, ...]


def layout(protocol: Protocol) -> ProtocolLayout:
    """The declaration of a protocol as data."""
    schema = protocol.schema
    plans = sorted(schema.plans.values(), key=lambda plan: plan.tag or 0)
    return ProtocolLayout(
        protocol.name,
        str(schema.framing),
        schema.limits.frame_bytes,
        tuple(_message(plan, schema.tag) for plan in plans),
    )


def describe_message(message: Message) -> list[tuple[str, object]]:
    """The message's fields and values in wire order, for people to read."""
    return [(field.name, getattr(message, field.name)) for field in message.plan.fields]


def _message(plan: Plan, tag: Kind | None) -> MessageLayout:
    named: list[tuple[str, Kind, Usually | None]] = [("type", tag, None)] if tag else []
    named += [(field.name, field.kind, field.usually) for field in plan.fields]
    offset: int | None = 0
    fields: list[FieldLayout] = []
    for name, kind, usually in named:
        size = kind.least if kind.exact else None
        fields.append(FieldLayout(name, str(kind), offset, size, kind.least, usually, kind))
        offset = None if offset is None or size is None else offset + size
    least = sum(field.least_bytes for field in fields)
    return MessageLayout(plan.name, plan.tag, plan.summary, tuple(fields), least)
