"""Keeps the lines and the checks of one attempt while it is played.

PURE. Cheap while frames come (raw events only), complete at the end: the `Entry` form with field
texts is made once. Every text that leaves here is fit for JSON and for a database: no surrogates,
no zero characters, bounded.
"""

from typing import NamedTuple

from holdfast.grading.domain.events import EngineLimits
from holdfast.grading.domain.lease import Lease
from holdfast.grading.domain.requests import Overrun, ScenarioFault
from holdfast.grading.domain.templates import Difference
from holdfast.grading.domain.transcript import SILENT, Divergence, Entry, EntryKind, Mismatch
from holdfast.grading.domain.verdict import Check, CheckSpec, CheckState
from holdfast.grading.wire.message import Message

FIELD_CHARS = 120
"""Of a field's value in the conversation's rows; the whole of it is in the raw bytes."""
TEXT_CHARS = 2_000
"""Of a hint, a reason or a note: a paragraph."""


class Line(NamedTuple):
    """An entry in the making, see `transcript.Entry`."""

    kind: EntryKind
    at_s: float
    peer: str = ""
    message: Message | None = None
    raw: bytes = b""
    text: str = ""
    name: str = ""
    ok: bool | None = None
    ask: int | None = None
    lease: Lease | None = None
    waited_s: float = 0.0


class Mark(NamedTuple):
    """A place in the record that one can go back to."""

    lines: int
    failure: Divergence | None


class Recorder:
    """The mutable record of one attempt."""

    __slots__ = ("_failure", "_limits", "_lines", "_new", "_specs", "_states")

    def __init__(self, specs: tuple[CheckSpec, ...], limits: EngineLimits) -> None:
        self._specs = {spec.name: spec for spec in specs}
        self._limits = limits
        self._lines: list[Line] = []
        self._states: dict[str, Check] = {}
        self._new: list[Check] = []
        self._failure: Divergence | None = None

    def mark(self) -> Mark:
        """Where we are now, for `rewind`."""
        return Mark(len(self._lines), self._failure)

    @property
    def failure(self) -> Divergence | None:
        """The first failure, None while there is none."""
        return self._failure

    def add(self, line: Line) -> int:
        """Append; returns the entry's index. Raises `Overrun` when the transcript is full."""
        index = len(self._lines)
        if index >= self._limits.entries:
            raise Overrun(f"more than {self._limits.entries} transcript entries")
        self._lines.append(line)
        return index

    def add_last(self, line: Line) -> None:
        """Append what ends the attempt, even when the transcript is full."""
        self._lines.append(line)

    def find(self, message: Message) -> tuple[int, Line] | None:
        """Where this very message was received (not an equal one), and its line."""
        for index in range(len(self._lines) - 1, -1, -1):
            line = self._lines[index]
            if line.message is message and line.kind is EntryKind.RECEIVED:
                return index, line
        return None

    def check(
        self,
        at_s: float,
        name: str,
        ok: bool,
        *,
        hint: str = "",
        entry: int | None = None,
        difference: Difference | None = None,
    ) -> None:
        """Record a check; one that failed stays failed. Raises `ScenarioFault`, `Overrun`."""
        if name not in self._specs:
            raise ScenarioFault(f"the scenario has no check {name!r}")
        hint = "" if ok else clean(hint) or self._specs[name].title
        index = self.add(Line(EntryKind.CHECK, at_s, name=name, ok=ok, text=hint))
        self._fold(name, ok, hint)
        if not ok:
            self.fail(hint, index if entry is None else entry, difference)

    def fail(self, hint: str, entry: int, difference: Difference | None = None) -> None:
        """Remember a failure, if it is the first."""
        if self._failure is None:
            mismatch = None if difference is None else _mismatch(difference)
            self._failure = Divergence(entry, clean(hint), mismatch)

    def rewind(self, mark: Mark) -> None:
        """Forget everything since the mark: a step that was cut never happened."""
        del self._lines[mark.lines :]
        self._states.clear()
        self._failure = mark.failure
        for line in self._lines:
            if line.kind is EntryKind.CHECK:
                self._fold(line.name, bool(line.ok), line.text)
        self._new.clear()

    def take_new_checks(self) -> tuple[Check, ...]:
        """Checks recorded since the last call."""
        if not self._new:
            return ()
        new = tuple(self._new)
        self._new.clear()
        return new

    def checks(self) -> tuple[Check, ...]:
        """All promised checks in the scenario's order, unreached ones included."""
        return tuple(
            self._states.get(name) or Check(name, CheckState.NOT_REACHED, spec.points)
            for name, spec in self._specs.items()
        )

    def entries(self) -> tuple[Entry, ...]:
        """Everything so far, as the transcript shows it."""
        return tuple(map(_entry, self._lines))

    @property
    def size(self) -> int:
        """How many entries there are."""
        return len(self._lines)

    def told_from(self, first: int) -> list[int]:
        """The indexes, from `first` on, of entries that a reader is told. Cheap."""
        lines = self._lines
        return [at for at in range(first, len(lines)) if lines[at].kind not in SILENT]

    def entry(self, index: int) -> Entry:
        """One entry, as the transcript shows it."""
        return _entry(self._lines[index])

    def _fold(self, name: str, ok: bool, hint: str) -> None:
        before = self._states.get(name)
        if before is not None and before.state is CheckState.FAIL:
            return
        state = CheckState.PASS if ok else CheckState.FAIL
        check = Check(name, state, self._specs[name].points, hint)
        self._states[name] = check
        self._new.append(check)


def clean(text: str, limit: int = TEXT_CHARS) -> str:
    """The text with lone surrogates and zero characters written out, at most `limit` long.

    Cleaning what is clean changes nothing: replay reads what was recorded and must find the same.
    """
    size = len(text)
    shown = text[: limit + 1]
    if not shown.isprintable():
        shown = shown.encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")
    if len(shown) <= limit:
        return shown
    ending = f"... ({size} characters)"
    return shown[: limit - len(ending)] + ending


def _mismatch(difference: Difference) -> Mismatch:
    return Mismatch(
        field=difference.field,
        expected=clean(difference.expected),
        got=clean(difference.got),
        first_byte=difference.first_byte,
        comment=difference.comment,
    )


def _entry(line: Line) -> Entry:
    message = line.message
    name = line.name
    fields: tuple[tuple[str, str], ...] = ()
    if message is not None:
        name = type(message).__name__
        fields = tuple(
            (each.name, clean(str(getattr(message, each.name)), FIELD_CHARS))
            for each in message.plan.fields
        )
    return Entry(
        line.kind,
        line.at_s,
        line.peer,
        name,
        fields,
        line.raw.hex(),
        clean(line.text),
        line.ok,
        line.ask,
        line.lease,
        line.waited_s,
    )
