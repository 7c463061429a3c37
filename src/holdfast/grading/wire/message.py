"""Messages are annotated classes; this module turns the annotations into a plan, once.

PURE. A teacher writes

    @message(tag=4)
    class Chat(Message):
        recipient: Annotated[i32, Usually(0, 9999)]
        text: Annotated[str, Text(U16, Encoding.JAVA)]

and gets a frozen slotted dataclass with a `Plan` of its fields, whose reading `steps` compiles.
`Usually` never makes decoding fail: it only tells the guesses what a sane value looks like.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from enum import Enum
from typing import (
    Annotated,
    ClassVar,
    TypeAlias,
    TypeVar,
    cast,
    dataclass_transform,
    get_args,
    get_origin,
    get_type_hints,
)

from holdfast.errors import HoldfastError
from holdfast.grading.wire.compound import Choice, Flag
from holdfast.grading.wire.kinds import (
    I8,
    I16,
    I16LE,
    I32,
    I32LE,
    I64,
    I64LE,
    U8,
    U16,
    U16LE,
    U32,
    U32LE,
    U64,
    U64LE,
    Buffer,
    DeclarationError,
    Int,
    Kind,
    Short,
    Unfit,
    Unreadable,
)
from holdfast.grading.wire.steps import Take, compile_take

u8: TypeAlias = Annotated[int, U8]
u16: TypeAlias = Annotated[int, U16]
u32: TypeAlias = Annotated[int, U32]
u64: TypeAlias = Annotated[int, U64]
i8: TypeAlias = Annotated[int, I8]
i16: TypeAlias = Annotated[int, I16]
i32: TypeAlias = Annotated[int, I32]
i64: TypeAlias = Annotated[int, I64]
u16le: TypeAlias = Annotated[int, U16LE]
u32le: TypeAlias = Annotated[int, U32LE]
u64le: TypeAlias = Annotated[int, U64LE]
i16le: TypeAlias = Annotated[int, I16LE]
i32le: TypeAlias = Annotated[int, I32LE]
i64le: TypeAlias = Annotated[int, I64LE]


class EncodeError(HoldfastError):
    """A message that cannot be written: names the message, its field and the value."""

    def __init__(self, message: str, field: str, value: object, reason: str) -> None:
        shown = repr(value)
        shown = shown if len(shown) <= 60 else f"{shown[:57]}..."
        super().__init__(f"{message}.{field} = {shown} {reason}")
        self.message = message
        self.field = field
        self.value = value
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Usually:
    """The range of sane values of an integer field. Others decode too, but look suspicious."""

    lowest: int
    highest: int

    def holds(self, value: int) -> bool:
        return self.lowest <= value <= self.highest


@dataclass(frozen=True, slots=True)
class Field:
    """One declared field."""

    name: str
    kind: Kind
    usually: Usually | None = None


class Message:
    """Base of all messages. Subclasses are made by the `message` decorator."""

    __slots__ = ()
    plan: ClassVar["Plan"]


M = TypeVar("M", bound=Message)


@dataclass(frozen=True, slots=True)
class Plan:
    """A message's declaration, compiled. `tag` is its type number, None if it has none."""

    name: str
    tag: int | None
    summary: str
    fields: tuple[Field, ...]
    take: Take["Message"]
    """The message whose fields begin at `pos`. Raises `Short` or `Unreadable`."""

    @property
    def least(self) -> int:
        """Bytes that the fields take at least."""
        return sum(field.kind.least for field in self.fields)

    def put(self, message: Message, out: bytearray, start: int) -> None:
        """Append the fields' bytes. Raises `EncodeError`."""
        for field in self.fields:
            value = getattr(message, field.name)
            try:
                field.kind.put(value, out, start)
            except Unfit as unfit:
                raise EncodeError(self.name, field.name, value, unfit.reason) from unfit

    def walk(self, data: Buffer, pos: int, end: int, start: int) -> "Walk":
        """Read field by field as far as it goes; never raises for bytes."""
        seen: list[tuple[str, object]] = []
        for field in self.fields:
            try:
                value, stop = field.kind.take(data, pos, end, start)
            except Short as short:
                return Walk(tuple(seen), pos, field, short)
            except Unreadable as unreadable:
                return Walk(tuple(seen), pos, field, unreadable)
            seen.append((field.name, value))
            pos = stop
        return Walk(tuple(seen), pos, None, None)


@dataclass(frozen=True, slots=True)
class Walk:
    """How far a field-by-field reading came: fields read, where it stopped, at which and why."""

    fields: tuple[tuple[str, object], ...]
    pos: int
    stopped_at: Field | None
    trouble: Short | Unreadable | None


@dataclass(frozen=True, slots=True)
class Record:
    """A message inside a message: its fields without a tag. Write it as `record(Point)`."""

    plan: Plan

    @property
    def least(self) -> int:
        return self.plan.least

    @property
    def exact(self) -> bool:
        return all(field.kind.exact for field in self.plan.fields)

    @property
    def open_ended(self) -> bool:
        return any(field.kind.open_ended for field in self.plan.fields)

    def put(self, value: object, out: bytearray, start: int) -> None:
        if not isinstance(value, Message) or value.plan is not self.plan:
            raise Unfit(f"is {type(value).__name__}, not {self.plan.name}")
        try:
            self.plan.put(value, out, start)
        except EncodeError as error:
            raise Unfit(f"holds a wrong value: {error}") from error

    def take(self, data: Buffer, pos: int, end: int, start: int) -> tuple[Message, int]:
        return self.plan.take(data, pos, end, start)

    def __str__(self) -> str:
        return f"record {self.plan.name}"


def record(cls: type[Message]) -> Record:
    """The kind of a field, or of an array's items, that is itself a declared message."""
    return Record(cls.plan)


@dataclass_transform(frozen_default=True)
def message(*, tag: int | None = None) -> Callable[[type[M]], type[M]]:
    """Make an annotated subclass of `Message` a frozen slotted dataclass with a compiled plan.

    `tag` is the number in the protocol's type field. Raises `DeclarationError`.
    """

    def compiled(cls: type[M]) -> type[M]:
        made = cast("type[M]", dataclass(frozen=True, slots=True)(cls))
        declared = tuple(_declared_fields(made))
        made.plan = Plan(
            name=made.__name__,
            tag=tag,
            summary=(made.__doc__ or "").strip().partition("\n")[0],
            fields=declared,
            take=compile_take([field.kind for field in declared], made),
        )
        return made

    return compiled


def _declared_fields(cls: type[Message]) -> list[Field]:
    try:
        hints = get_type_hints(cls, include_extras=True)
    except NameError as error:
        raise DeclarationError(f"message {cls.__name__}: {error}") from error
    declared = [_field(cls.__name__, each.name, hints[each.name]) for each in fields(cls)]  # type: ignore[arg-type]
    for field in declared[:-1]:
        if field.kind.open_ended:
            raise DeclarationError(
                f"message {cls.__name__}: field {field.name} goes to the end of the frame, "
                "so it must be the last one"
            )
    return declared


def _field(owner: str, name: str, hint: object) -> Field:
    base, extras = _split_hint(hint)
    kind: Kind | None = None
    usually: Usually | None = None
    for extra in extras:
        if isinstance(extra, Usually):
            usually = extra
        elif hasattr(extra, "take"):
            kind = cast("Kind", extra)
    if kind is None and isinstance(base, type) and issubclass(base, Message):
        kind = record(base)
    if kind is None:
        raise DeclarationError(
            f"message {owner}: field {name} has no kind; write for example `{name}: u16` or "
            f"`{name}: Annotated[str, Text(U16)]`"
        )
    if isinstance(kind, Int) and isinstance(base, type):
        if issubclass(base, Enum):
            kind = Choice(base, kind)
        elif base is bool:
            kind = Flag(kind)
    return Field(name, kind, usually)


def _split_hint(hint: object) -> tuple[object, tuple[object, ...]]:
    if get_origin(hint) is Annotated:
        base, *extras = get_args(hint)
        return base, tuple(extras)
    return hint, ()
