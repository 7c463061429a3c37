"""Make what students sent fit for keeping: bounded, and text that every store and wire can hold.

Their bytes reach reasons, hints and incidents. A zero character or a lone surrogate would make a
database refuse the whole row, so they become visible signs here; nothing else changes.
"""

from dataclasses import replace

from holdfast.grading.domain.attempt import ClosedAttempt, Incident
from holdfast.grading.domain.verdict import Check

MAX_TEXT_CHARS = 2000
"""Characters of a reason, a hint or an incident's explanation: a long paragraph."""
MAX_NOTE_CHARS = 20_000
"""Characters of a teacher's note: a deep traceback."""
MAX_CHECKS = 100
"""Checks of one attempt; scenarios have a handful."""
MAX_RAW_BYTES = 512
"""Bytes of an incident's raw input that are kept: enough to see what it was."""


def storable_text(text: str, max_chars: int = MAX_TEXT_CHARS) -> str:
    """`text` cut to `max_chars`, zero characters as U+2400, lone surrogates as `?`."""
    if len(text) <= max_chars and text.isascii() and "\0" not in text:
        return text
    if len(text) > max_chars:
        text = text[: max_chars - 1] + "…"
    if "\0" in text:
        text = text.replace("\0", "\u2400")
    return text.encode("utf-8", "replace").decode("utf-8")


def storable_attempt(closed: ClosedAttempt) -> ClosedAttempt:
    """The attempt with its texts made storable; itself when they are."""
    checks = tuple(map(_storable_check, closed.checks[:MAX_CHECKS]))
    reason = storable_text(closed.reason)
    note = storable_text(closed.teacher_note, MAX_NOTE_CHARS)
    if (checks, reason, note) == (closed.checks, closed.reason, closed.teacher_note):
        return closed
    return replace(closed, checks=checks, reason=reason, teacher_note=note)


def _storable_check(check: Check) -> Check:
    hint = storable_text(check.hint)
    return check if hint == check.hint else replace(check, hint=hint)


def storable_incident(incident: Incident) -> Incident:
    """The incident with storable texts and at most `MAX_RAW_BYTES` of raw input."""
    return replace(
        incident,
        kind=storable_text(incident.kind, 100),
        detail=storable_text(incident.detail),
        raw=incident.raw[:MAX_RAW_BYTES],
    )
