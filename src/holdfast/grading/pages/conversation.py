"""The law of the conversation: a transcript told as lines, as many as a page can bear.

Pure. The one place that knows how a transcript's entries are told. Bounded twice: in lines (the
beginning, the end and what is around the divergence) and in bytes of all dumps and texts together.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from holdfast.grading.domain.lease import Lease
from holdfast.grading.domain.live_row import LiveRow
from holdfast.grading.domain.transcript import SILENT, Entry, EntryKind, Transcript
from holdfast.grading.pages.comparison import Comparison, comparison_of, marked_bytes
from holdfast.grading.pages.hexdump import Dump, dump
from holdfast.grading.pages.words import duration_words, shortened
from holdfast.grading.wire.connection import Frame
from holdfast.grading.wire.course import COURSE
from holdfast.grading.wire.layout import describe_message

TRIGGER = "This started the test."
ANNOUNCEMENT = "Told once the result was stored for good."
NOWHERE = -2
"""A divergence whose line the transcript does not have."""
STUDENT = "student"
SERVER = "server"

_FRAMES = {
    EntryKind.RECEIVED: ("in", STUDENT),
    EntryKind.UNDECODABLE: ("in", STUDENT),
    EntryKind.STALLED: ("in", STUDENT),
    EntryKind.OVERHEARD: ("in", STUDENT),
    EntryKind.SENT: ("out", SERVER),
    EntryKind.ANSWERED_FOR: ("out", SERVER),
}
_TITLES = {
    EntryKind.UNDECODABLE: "Bytes that are no message",
    EntryKind.STALLED: "An unfinished message",
}


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much of a transcript one page shows."""

    head: int = 90
    tail: int = 40
    around: int = 8
    """Lines before and after the divergence, when it is in neither head nor tail."""
    dump_bytes: int = 160
    """Of one frame. The diverging frame always gets so many, even when all is spent."""
    value_chars: int = 300
    """Of a field's value; the engine keeps some 256."""
    text_chars: int = 2_100
    """Of a hint, a note, an explanation: a paragraph; the engine keeps 2,000."""
    all_dumps: int = 10_000
    """Bytes of all dumps together: some 50 kB of page."""
    all_texts: int = 30_000
    """Characters of all values and texts together."""


SHORT = Bounds()
LONG = Bounds(
    head=4_000,
    tail=1_000,
    dump_bytes=4_096,
    value_chars=8_000,
    all_dumps=300_000,
    all_texts=600_000,
)
"""What "show all" shows: some MB of page at most. The whole transcript is in the API."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `tone`: in, out, aside (not of the test itself), good, bad, note.

    `number` is the entry's index, -1 for the trigger.

    `gap` is how many lines before this one are left out; `withheld`: bytes that come with the end.
    """

    number: int
    at_s: float
    tone: str
    who: str
    title: str
    fields: tuple[tuple[str, str], ...] = ()
    text: str = ""
    dump: Dump | None = None
    diverges: bool = False
    gap: int = 0
    withheld: int = 0


@dataclass(frozen=True, slots=True)
class Turn:
    """The first divergence: when, in which line (or `NOWHERE`), the hint, and what differs."""

    line: int
    at_s: float
    hint: str
    comparison: Comparison | None


@dataclass(frozen=True, slots=True)
class Conversation:
    """All lines that are shown, and how many there are."""

    lines: tuple[Line, ...]
    total: int
    turn: Turn | None
    shortened: bool

    @property
    def left_out(self) -> int:
        return self.total - len(self.lines)


@dataclass(slots=True)
class _Purse:
    """What may still be spent on dumps and texts of this page, and which notes were told."""

    bounds: Bounds
    dumps: int
    texts: int
    cut: bool = field(default=False)
    noted: set[str] = field(default_factory=set)

    def value(self, text: str) -> str:
        return self._text(text, min(self.bounds.value_chars, self.texts))

    def text(self, text: str) -> str:
        return self._text(text, min(self.bounds.text_chars, self.texts))

    def note(self, text: str, *, again: bool) -> str:
        """What looks odd about a message, once: a mistake is in each message in the same words."""
        if text in self.noted and not again:
            return ""
        self.noted.add(text)
        return self.text(text)

    def _text(self, text: str, limit: int) -> str:
        self.texts -= min(len(text), limit)
        self.cut = self.cut or len(text) > limit
        return shortened(text, limit)

    def dump(self, raw: bytes, marked: range, *, diverges: bool) -> Dump:
        limit = self.bounds.dump_bytes
        if not diverges:
            limit = min(limit, self.dumps)
            self.dumps -= min(len(raw), limit)
        self.cut = self.cut or len(raw) > limit
        return dump(raw, limit, marked)


def tell(transcript: Transcript, bounds: Bounds = SHORT) -> Conversation:
    """The transcript as lines, at most `bounds` of it."""
    told = [
        LiveRow(at, place, len(entry.raw) // 2, entry)
        for place, (at, entry) in enumerate(_told_entries(transcript))
    ]
    return _tell(told, _turn(transcript), bounds)


def tell_rows(rows: Sequence[LiveRow], bounds: Bounds = SHORT) -> Conversation:
    """What is known of a conversation that goes on, line for line as `tell` will tell it."""
    told = [replace(row, entry=_trigger(row.entry)) if row.number < 0 else row for row in rows]
    return _tell(told, None, bounds)


def _tell(told: Sequence[LiveRow], turn: Turn | None, bounds: Bounds) -> Conversation:
    chosen = _chosen([row.number for row in told], turn.line if turn else None, bounds)
    purse = _Purse(bounds, bounds.all_dumps, bounds.all_texts)
    total = told[-1].place + 1 if told else 0
    lines = []
    last = -1
    for at in chosen:
        row = told[at]
        line = _line(row.number, row.entry, turn, purse, gap=row.place - last - 1)
        is_withheld = not row.entry.raw and row.size > 0
        lines.append(replace(line, dump=None, withheld=row.size) if is_withheld else line)
        last = row.place
    return Conversation(tuple(lines), total, turn, purse.cut or len(lines) < total)


def _trigger(entry: Entry) -> Entry:
    return _outside(EntryKind.RECEIVED, 0.0, entry.raw, TRIGGER)


def _told_entries(transcript: Transcript) -> Iterator[tuple[int, Entry]]:
    """The entries that a reader is told, by index; the trigger before them, the verdict behind."""
    if transcript.trigger:
        yield -1, _outside(EntryKind.RECEIVED, 0.0, transcript.trigger, TRIGGER)
    for at, entry in enumerate(transcript.entries):
        if entry.kind not in SILENT:
            yield at, entry
    if transcript.result is not None and transcript.result.announcement:
        end_s = transcript.entries[-1].at_s if transcript.entries else 0.0
        told = _outside(EntryKind.SENT, end_s, transcript.result.announcement, ANNOUNCEMENT)
        yield len(transcript.entries), told


def _outside(kind: EntryKind, at_s: float, raw: str, text: str) -> Entry:
    """A frame that stands outside of the entries, as an entry."""
    decoded = COURSE.decode_one(_raw(raw))
    if not isinstance(decoded, Frame):
        return Entry(kind, at_s, raw=raw, text=text)
    fields = tuple((name, str(value)) for name, value in describe_message(decoded.message))
    return Entry(kind, at_s, "", type(decoded.message).__name__, fields, raw, text)


def _chosen(told: Sequence[int], turn: int | None, bounds: Bounds) -> Iterable[int]:
    """The places in `told` that are shown: all if they fit, else head, tail and around the turn."""
    count = len(told)
    if count <= bounds.head + bounds.tail + 2 * bounds.around:
        return range(count)
    shown = set(range(bounds.head)) | set(range(count - bounds.tail, count))
    if turn is not None and turn in told:
        middle = told.index(turn)
        shown |= set(range(max(0, middle - bounds.around), min(count, middle + bounds.around + 1)))
    return sorted(shown)


def _turn(transcript: Transcript) -> Turn | None:
    divergence = transcript.divergence
    if divergence is None:
        return None
    mismatch = divergence.mismatch
    comparison = None if mismatch is None else comparison_of(mismatch)
    if not 0 <= divergence.entry < len(transcript.entries):
        return Turn(NOWHERE, 0.0, divergence.hint, comparison)
    entry = transcript.entries[divergence.entry]
    return Turn(divergence.entry, entry.at_s, divergence.hint, comparison)


def _line(at: int, entry: Entry, turn: Turn | None, purse: _Purse, *, gap: int) -> Line:
    if entry.kind in _FRAMES:
        return _frame(at, entry, turn, purse, gap=gap)
    diverges = turn is not None and turn.line == at
    tone, who, title, text = _told(entry, turn)
    return Line(at, entry.at_s, tone, who, title, text=purse.text(text), diverges=diverges, gap=gap)


def _frame(at: int, entry: Entry, turn: Turn | None, purse: _Purse, *, gap: int) -> Line:
    direction, who = _FRAMES[entry.kind]
    diverges = turn is not None and turn.line == at
    comparison = turn.comparison if turn and diverges else None
    raw = _raw(entry.raw)
    marked = marked_bytes(comparison, raw) if comparison else range(0)
    aside = entry.kind in (EntryKind.OVERHEARD, EntryKind.ANSWERED_FOR)
    # Where the hint stands below the line and says it all, the line says nothing.
    is_said = turn is not None and diverges and not comparison and entry.text in turn.hint
    return Line(
        number=at,
        at_s=entry.at_s,
        tone=f"{direction} aside" if aside else direction,
        who=who if entry.direction == direction else SERVER,
        title=_TITLES.get(entry.kind, entry.name or "Bare bytes"),
        fields=tuple((name, purse.value(value)) for name, value in entry.fields),
        text="" if is_said else purse.note(entry.text, again=diverges),
        dump=purse.dump(raw, marked, diverges=diverges),
        diverges=diverges,
        gap=gap,
    )


def _told(entry: Entry, turn: Turn | None) -> tuple[str, str, str, str]:
    """Tone, who, title and text of an entry that is no frame."""
    match entry.kind:
        case EntryKind.CHECK:
            tone = "good" if entry.ok else "bad"
            known = turn is not None and entry.text == turn.hint
            return tone, "", f"check: {entry.name}", "" if known else entry.text
        case EntryKind.CLOSED:
            return "note", STUDENT, "closed the connection", ""
        case EntryKind.CLOSE:
            return "note", SERVER, "closed the connection", ""
        case EntryKind.ANSWERED:
            return "note", "", "lease", entry.text or lease_words(entry.lease)
        case EntryKind.ABANDONED | EntryKind.CUT:
            return "bad", SERVER, "stopped the test", entry.text
        case EntryKind.MOVED:
            return "note", SERVER, "moved", entry.text
        case _:
            return "note", "", "", entry.text


def lease_words(lease: Lease | None) -> str:
    """What a lease was at that moment, in a few words."""
    if lease is None:
        return "none: never registered"
    if not lease.is_active:
        return f"ran out {duration_words(-lease.expires_in_s)} before"
    renewed = f"renewed {lease.renewals} times" if lease.renewals != 1 else "renewed once"
    return f"active for another {duration_words(lease.expires_in_s)}, {renewed}"


def _raw(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""
