"""The law of words: how a value is told to a reader, as plain text that nothing can hide in.

Everything a student's program or a roster brings passes `visible` before it is shown: control
characters, lone surrogates and characters that turn the direction of text become escapes, so a
name cannot rewrite the line beside it and the page can always be encoded. Escaping for HTML is not
done here: the templates do it, always.
"""

import re
import unicodedata
from datetime import UTC, datetime
from itertools import groupby

from holdfast.grading.domain.standings import Standing
from holdfast.grading.domain.verdict import CheckState, Verdict

MINUTE_S = 60
HOUR_S = 3600

VERDICT_WORDS: dict[Verdict | None, str] = {
    None: "running",
    Verdict.PASS: "passed",
    Verdict.FAIL: "failed",
    Verdict.INCONCLUSIVE: "inconclusive",
    Verdict.INFRASTRUCTURE: "our fault",
}
VERDICT_MEANINGS: dict[Verdict | None, str] = {
    None: "The verdict and its reason appear here when it ends.",
    Verdict.PASS: "This attempt counts. A later failure does not take it away.",
    Verdict.FAIL: "This attempt counts, and the best attempt stands. You may try again.",
    Verdict.INCONCLUSIVE: "This attempt does not count. Please try again.",
    Verdict.INFRASTRUCTURE: "Something broke on the server's side. It does not count; try again.",
}
PRACTICE_MEANING = "This was practice: it does not count."
VERDICT_MARKS: dict[Verdict | None, str] = {
    None: "trying",
    Verdict.PASS: "passed",
    Verdict.FAIL: "failed",
    Verdict.INCONCLUSIVE: "open",
    Verdict.INFRASTRUCTURE: "broken",
}
STANDING_MARKS: dict[Standing, str] = {
    Standing.PASSED: "passed",
    Standing.FAILED: "failed",
    Standing.TRYING: "trying",
    Standing.NOT_ATTEMPTED: "none",
}
CHECK_MARKS: dict[CheckState, str] = {
    CheckState.PASS: "passed",
    CheckState.FAIL: "failed",
    CheckState.NOT_REACHED: "none",
}

Paragraph = tuple[tuple[str, bool], ...]
"""A paragraph as (text, whether it is code)."""

_CODE = re.compile(r"`([^`]+)`")
_NAME = re.compile(r"`(\w+)`")
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\0": "\\0"}
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_JOINERS = frozenset({"\u200c", "\u200d"})


def pieces(text: str) -> list[tuple[str, bool]]:
    """`text` as runs of (characters, whether they are an escape), so that a page can set escapes
    apart: a newline and the two characters backslash and n must not look the same."""
    if text.isascii() and text.isprintable():
        return [(text, False)] if text else []
    runs = groupby((_shown(char) for char in text), key=lambda shown: shown[1])
    return [("".join(part for part, _ in run), hidden) for hidden, run in runs]


def named(text: str) -> Paragraph:
    """A hint as runs of (characters, whether they are a field's name): names stand in backticks.

    Nothing else of it changes, for it may quote what a student sent.
    """
    parts = _NAME.split(text)
    return tuple((part, index % 2 == 1) for index, part in enumerate(parts) if part)


def visible(text: str) -> str:
    """`text` with everything that would not show, or would show elsewhere, written as an escape."""
    return "".join(part for part, _ in pieces(text))


def person(name: str) -> str:
    """A name as its owner writes it: joiners stay, for some scripts need them."""
    return "".join(char if char in _JOINERS else _shown(char)[0] for char in name)


def _shown(char: str) -> tuple[str, bool]:
    if char in _NAMED:
        return _NAMED[char], True
    if unicodedata.category(char) not in _HIDDEN:
        return char, False
    code = ord(char)
    return (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"), True


def shortened(text: str, limit: int) -> str:
    """At most `limit` characters of `text`, with a word on what is left out."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]}… ({count(len(text) - limit, 'more character')})"


def excerpt(text: str, limit: int) -> str:
    """The beginning of `text`, cut between words where that is possible."""
    if len(text) <= limit:
        return text
    head, _, tail = text[:limit].rpartition(" ")
    return f"{head if len(tail) <= limit // 2 else text[:limit]}…"


def count(number: int, singular: str, plural: str = "") -> str:
    """`1 attempt`, `2 attempts`, `1,200 attempts`."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def iso(moment: datetime) -> str:
    """The machine's form of a moment, for `<time datetime>`: UTC with milliseconds."""
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def moment_words(moment: datetime) -> str:
    """A moment for readers without scripts; the page's script puts it into their own locale."""
    utc = moment.astimezone(UTC)
    return f"{utc.day} {utc:%b %Y, %H:%M:%S} UTC"


def duration_words(seconds: float) -> str:
    """How long something took: `40 ms`, `1.24 s`, `3 min 20 s`, `1 h 5 min`."""
    if seconds < 0:
        return "0 ms"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < MINUTE_S:
        return f"{seconds:.2f}".rstrip("0").rstrip(".") + " s"
    if seconds < HOUR_S:
        minutes, rest = divmod(round(seconds), MINUTE_S)
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, rest = divmod(round(seconds / MINUTE_S), 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def offset_words(seconds: float) -> str:
    """A moment of a conversation, in seconds since it began: `0.412`."""
    return f"{seconds:.3f}"


def number_words(value: float) -> str:
    """A number without needless digits: `300`, `0.015`, `1,200`."""
    return f"{value:,.6f}".rstrip("0").rstrip(".") if value % 1 else f"{value:,.0f}"


def paragraph(block: str) -> Paragraph:
    """A paragraph's runs: what stands in backticks is code."""
    parts = _CODE.split(" ".join(block.split()))
    return tuple((part, index % 2 == 1) for index, part in enumerate(parts) if part)
