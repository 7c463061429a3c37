"""Templates: what a scenario expects of a message, and how to say what is different.

PURE. A message is a template for full equality; `like` compares chosen fields with values or with
matchers (`ANY`, `starts_with`, `contains`, `matching`, a `Capture`). `compare` never raises on a
peer's message and names the first differing field and byte, expected against got, because that
sentence is what a student reads.
"""

from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field as declared
from typing import Generic, TypeVar

from holdfast.grading.wire.message import Message

M = TypeVar("M", bound=Message)

KIND = "kind of message"
"""The field of a difference when another kind of message came."""
SHOWN_CHARS = 80
"""How much of a long value a hint quotes: enough to recognise it, short enough to read."""


@dataclass(frozen=True, slots=True)
class Matching:
    """A field that a predicate accepts; `says` describes it for the student."""

    predicate: Callable[[object], bool]
    says: str

    def matches(self, value: object) -> bool:
        return self.predicate(value)


@dataclass(frozen=True, slots=True)
class StartsWith:
    """A text or bytes field with a given beginning."""

    prefix: str | bytes

    @property
    def says(self) -> str:
        return f"something that starts with {quote(self.prefix)}"

    def matches(self, value: object) -> bool:
        if isinstance(value, str) and isinstance(self.prefix, str):
            return value.startswith(self.prefix)
        if isinstance(value, bytes) and isinstance(self.prefix, bytes):
            return value.startswith(self.prefix)
        return False


@dataclass(frozen=True, slots=True)
class Contains:
    """A text or bytes field with a given part somewhere."""

    part: str | bytes

    @property
    def says(self) -> str:
        return f"something that contains {quote(self.part)}"

    def matches(self, value: object) -> bool:
        if isinstance(value, str) and isinstance(self.part, str):
            return self.part in value
        if isinstance(value, bytes) and isinstance(self.part, bytes):
            return self.part in value
        return False


@dataclass(slots=True, eq=False)
class Capture:
    """Accepts what `inner` accepts and keeps the field of the message that was taken in `value`.

    `value` is None until a message was taken; a later message overwrites it.
    """

    inner: "Matching | StartsWith | Contains | Capture"
    value: object = None

    @property
    def says(self) -> str:
        return self.inner.says

    def matches(self, value: object) -> bool:
        return self.inner.matches(value)


Matcher = Matching | StartsWith | Contains | Capture
"""Judges one field; `says` completes the sentence "expected ..."."""


def _always(_: object) -> bool:
    return True


ANY: Matcher = Matching(_always, "anything")
"""Matches every value of a field."""


def starts_with(prefix: str | bytes) -> StartsWith:
    """Match a text (or bytes) field by its beginning."""
    return StartsWith(prefix)


def contains(part: str | bytes) -> Contains:
    """Match a text (or bytes) field by a part of it."""
    return Contains(part)


def matching(predicate: Callable[[object], bool], says: str) -> Matching:
    """Match a field by a predicate that never raises; `says` completes "expected ..."."""
    return Matching(predicate, says)


def capture(inner: Matcher = ANY) -> Capture:
    """Match as `inner` does and remember the value of the message that was taken."""
    return Capture(inner)


@dataclass(frozen=True, slots=True)
class Like(Generic[M]):
    """A template: messages of one class whose named fields match. Made by `like`."""

    message: type[M]
    fields: tuple[tuple[str, object], ...] = ()


def like(message: type[M], /, **wanted: object) -> Like[M]:
    """Messages of class `message` whose fields equal the given values or satisfy the matchers.

    `like(Message)` accepts every message. Raises `TypeError` for a field the class does not have.
    """
    unknown = wanted.keys() - {known.name for known in message.plan.fields} if wanted else set()
    if unknown:
        raise TypeError(f"{message.__name__} has no field {', '.join(sorted(unknown))}")
    return Like(message, tuple(wanted.items()))


ANYTHING: Like[Message] = Like(Message)
"""Accepts every message."""

Template = Message | Like[M]


@dataclass(frozen=True, slots=True)
class Difference:
    """The first difference between a template and a message.

    `field` is `KIND` when already the kind of message differs. `first_byte` counts from 0 within
    the field (UTF-8 for texts), None where bytes say nothing. `nearness` orders near misses: the
    greater, the nearer.
    """

    field: str
    expected: str
    got: str
    first_byte: int | None = None
    comment: str = ""
    nearness: float = declared(default=0.0, compare=False)

    @property
    def is_of_kind(self) -> bool:
        """True when another kind of message came, so that no field could be compared."""
        return self.field == KIND

    def describe(self, note: str = "") -> str:
        """A sentence for a student, with `note` (what looks odd about the message) behind it.

        A note on the differing field says more than the comment and takes its place.
        """
        place = "" if self.first_byte is None else f" from byte {self.first_byte} on"
        is_said = not self.comment or note.startswith(f"`{self.field}`")
        comment = "" if is_said else f" ({self.comment})"
        said = f"{self.field} differs{place}: expected {self.expected}, got {self.got}{comment}"
        return f"{said}. {note}" if note else f"{said}."


def compare(template: Message | Like[M], message: Message) -> Difference | None:
    """None when `message` satisfies `template`, else the first difference."""
    if isinstance(template, Like):
        kind: type[Message] = template.message
        wanted = template.fields
    else:
        if template == message:
            return None
        kind = type(template)
        wanted = tuple((part.name, getattr(template, part.name)) for part in template.plan.fields)
    if not isinstance(message, kind):
        return Difference(KIND, _a(kind), _a(type(message)))
    for index, (name, want) in enumerate(wanted):
        difference = _compare_field(name, want, getattr(message, name), index)
        if difference is not None:
            return difference
    return None


def bind(template: Message | Like[M], message: Message) -> None:
    """Let the captures of `template` keep their values of `message`, which it has accepted."""
    if isinstance(template, Like):
        for name, want in template.fields:
            if isinstance(want, Capture):
                want.value = getattr(message, name)


def describe_template(template: Message | Like[M]) -> str:
    """What is expected, in words: `a Chat with recipient 7, text something that contains "x"`."""
    if isinstance(template, Like):
        kind: type[Message] = template.message
        wanted = template.fields
    else:
        kind = type(template)
        wanted = tuple((part.name, getattr(template, part.name)) for part in template.plan.fields)
    if kind is Message:
        return "any message"
    said = ", ".join(f"{name} {_says(want)}" for name, want in wanted if want is not ANY)
    return f"{_a(kind)} with {said}" if said else _a(kind)


def quote(value: object) -> str:
    """A value as a hint shows it: texts in double quotes, control characters escaped, shortened."""
    if not isinstance(value, str | bytes):
        return _shorten(repr(value))
    shown = _shorten(repr(value)[2:-1] if isinstance(value, bytes) else _escape(value))
    size = f" ({len(value)} long)" if len(value) > SHOWN_CHARS else ""
    return f'"{shown}"{size}'


def _compare_field(name: str, want: object, got: object, index: int) -> Difference | None:
    nearness = 1.0 + index
    if isinstance(want, Matcher):
        if want.matches(got):
            return None
        return Difference(name, want.says, quote(got), nearness=nearness)
    if want == got and type(want) is type(got):
        return None
    if isinstance(want, str) and isinstance(got, str):
        return _compare_text(name, want, got, nearness)
    if isinstance(want, bytes) and isinstance(got, bytes):
        at = _first_difference(want, got)
        near = nearness + at / (max(len(want), len(got)) + 1)
        return Difference(name, quote(want), quote(got), at, nearness=near)
    return Difference(name, quote(want), quote(got), nearness=nearness)


def _compare_text(name: str, want: str, got: str, nearness: float) -> Difference:
    ours, theirs = _utf8(want), _utf8(got)
    at = _first_difference(ours, theirs)
    near = nearness + at / (max(len(ours), len(theirs)) + 1)
    # Around the difference, not from the start: two long texts with equal beginnings look equal.
    is_short = max(len(want), len(got)) <= SHOWN_CHARS
    start = 0 if is_short or at < SHOWN_CHARS // 2 else at - 16
    return Difference(
        name,
        _excerpt(want, ours, start),
        _excerpt(got, theirs, start),
        at,
        comment=_comment(want, got),
        nearness=near,
    )


def _comment(want: str, got: str) -> str:
    """What well-known mistake the difference of two texts is, or an empty string."""
    if got.rstrip("\r\n") == want:
        return "it has an extra line end"
    if got.strip() == want.strip():
        return "they differ only in white space at the ends"
    if got.strip("\0") == want:
        return "it is padded with zero bytes"
    if "\0" in got and got.replace("\0", "") == want:
        return "it was written as UTF-16; the text is (modified) UTF-8"
    if got.casefold() == want.casefold():
        return "they differ only in upper and lower case"
    if not got:
        return "it is empty"
    if want.startswith(got):
        return f"it stops after {len(got)} of {len(want)} characters"
    if got.startswith(want):
        return f"{len(got) - len(want)} characters too many follow"
    if want in got:
        return "the expected text stands inside of it"
    return ""


def _excerpt(text: str, encoded: bytes, start: int) -> str:
    if start == 0:
        return quote(text)
    shown = encoded[start : start + SHOWN_CHARS].decode("utf-8", "replace")
    return f'"...{_shorten(_escape(shown))}" ({len(text)} long)'


def _first_difference(ours: bytes, theirs: bytes) -> int:
    same, different = 0, min(len(ours), len(theirs)) + 1
    while different - same > 1:  # bisection: slices compare fast, a hostile text may be 64 kB
        middle = (same + different) // 2
        if ours[:middle] == theirs[:middle]:
            same = middle
        else:
            different = middle
    return same


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _escape(text: str) -> str:
    return "".join(char if char.isprintable() else _escaped(char) for char in text)


def _escaped(char: str) -> str:
    return char.encode("unicode_escape", "surrogatepass").decode("ascii")


def _shorten(text: str) -> str:
    return text if len(text) <= SHOWN_CHARS else text[:SHOWN_CHARS] + "..."


def _says(want: object) -> str:
    return want.says if isinstance(want, Matcher) else quote(want)


def _a(kind: type[Message]) -> str:
    name = kind.__name__
    return f"{'an' if name[0] in 'AEIOU' else 'a'} {name}"
