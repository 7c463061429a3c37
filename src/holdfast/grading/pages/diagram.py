"""The law of the space-time diagram: two life lines, time going down, a message an arrow across.

Pure: the lines of a conversation in, coordinates out; the template only draws. Distances are not to
scale (most conversations are quick, then wait), so a pause is written down beside the lines.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from holdfast.grading.pages.conversation import Conversation, Line
from holdfast.grading.pages.words import duration_words, visible

MAX_MARKS = 36
"""Rows of a diagram: a screen and a half. The rows of the conversation tell the rest."""
AROUND = 5
"""Rows kept before and after the divergence when there are more than `MAX_MARKS`."""
LABEL_CHARS = 44
"""Of an arrow's label: what fits between the two lines."""
PAUSE_S = 0.5
"""A longer silence than this is written down."""

WIDTH = 460
SERVER_X = 76
STUDENT_X = 440
TOP = 44
"""Where time begins, below the names of the life lines."""
ROW = 34
PAUSE = 20
SLOPE = 8
"""How far an arrow falls on its way: it takes time to arrive, though nobody measured it."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One row. `kind`: `out` (server to student), `in`, `good` or `bad` (a check), `note`.

    `y` is where it begins; `pause` says how long nothing happened before, empty for not long;
    `left_out` counts lines before it that are not drawn.
    """

    kind: str
    y: int
    at: str
    label: str
    diverges: bool
    pause: str
    pause_y: int
    left_out: int


@dataclass(frozen=True, slots=True)
class Diagram:
    """All rows and the size of the drawing. `sent`, `received`: messages drawn, by direction."""

    marks: tuple[Mark, ...]
    width: int
    height: int
    sent: int
    received: int
    took_s: float
    diverges_at_s: float | None

    @property
    def server_x(self) -> int:
        return SERVER_X

    @property
    def student_x(self) -> int:
        return STUDENT_X

    @property
    def middle_x(self) -> int:
        return (SERVER_X + STUDENT_X) // 2


def build_diagram(conversation: Conversation) -> Diagram | None:
    """The diagram of a conversation; None when no message went either way."""
    drawn = [line for line in conversation.lines if _kind(line)]
    if not any(_kind(line) in ("in", "out") for line in drawn):
        return None
    marks = []
    y = TOP
    before_s = drawn[0].at_s
    last = -1
    for at in _chosen(drawn):
        line = drawn[at]
        silence_s = line.at_s - before_s
        pause = duration_words(silence_s) if silence_s >= PAUSE_S else ""
        left_out = at - last - 1
        pause_y = y + PAUSE // 2
        y += PAUSE if pause or left_out else 0
        marks.append(_mark(line, y, pause, pause_y, left_out))
        y += ROW
        before_s, last = line.at_s, at
    kinds = [_kind(line) for line in drawn]
    turn = next((line.at_s for line in drawn if line.diverges), None)
    return Diagram(
        marks=tuple(marks),
        width=WIDTH,
        height=y + SLOPE,
        sent=kinds.count("out"),
        received=kinds.count("in"),
        took_s=drawn[-1].at_s - min(0.0, drawn[0].at_s),
        diverges_at_s=turn,
    )


def _kind(line: Line) -> str:
    """What a line is in the drawing, empty for what is not drawn."""
    direction = line.tone.split()[0]
    if direction in ("in", "out", "good", "bad"):
        return direction
    return "note" if line.title == "closed the connection" else ""


def _chosen(lines: Sequence[Line]) -> Sequence[int]:
    """The places that are drawn: all if they fit, else both ends and those around the turn."""
    count = len(lines)
    if count <= MAX_MARKS:
        return range(count)
    turn = next((at for at, line in enumerate(lines) if line.diverges), None)
    middle = () if turn is None else range(max(0, turn - AROUND), min(count, turn + AROUND + 1))
    ends = (MAX_MARKS - len(middle)) // 2
    return sorted({*range(ends), *middle, *range(count - ends, count)})


def _mark(line: Line, y: int, pause: str, pause_y: int, left_out: int) -> Mark:
    return Mark(
        kind=_kind(line),
        y=y,
        at=f"{line.at_s:.3f}",
        label=shortened_label(line),
        diverges=line.diverges,
        pause=pause,
        pause_y=pause_y,
        left_out=left_out,
    )


def shortened_label(line: Line) -> str:
    """What stands at a row: the message's name and its most telling field, cut."""
    said = next((value for name, value in line.fields if name == "text" and value), "")
    label = visible(f"{line.title} {said}".strip() if said else line.title)
    return label if len(label) <= LABEL_CHARS else f"{label[: LABEL_CHARS - 1]}…"
