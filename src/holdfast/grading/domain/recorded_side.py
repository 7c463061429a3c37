"""The server's side of a recorded conversation, as steps that can be played to a program again.

PURE. Distances are from step to step, not from the beginning: a program that is slower today still
gets each message as long after its own as it did then.
"""

from dataclasses import dataclass

from holdfast.grading.domain.transcript import Entry, EntryKind, Transcript, TranscriptError


@dataclass(frozen=True, slots=True)
class Say:
    """The server sent these bytes, so long after the step before."""

    after_s: float
    raw: bytes


@dataclass(frozen=True, slots=True)
class Hear:
    """These bytes came from the program, so long after the step before."""

    after_s: float
    raw: bytes


@dataclass(frozen=True, slots=True)
class HangUp:
    """The server closed the connection."""

    after_s: float


Step = Say | Hear | HangUp
_SAID = frozenset((EntryKind.SENT, EntryKind.ANSWERED_FOR))
_HEARD = frozenset((EntryKind.RECEIVED, EntryKind.OVERHEARD, EntryKind.UNDECODABLE))


def server_side(transcript: Transcript) -> tuple[Step, ...]:
    """Everything after the trigger. Raises `TranscriptError` for bytes that are no hex digits."""
    steps: list[Step] = []
    last_s = 0.0
    for number, entry in enumerate(transcript.entries):
        step = _step(number, entry, max(0.0, entry.at_s - last_s))
        if step is not None:
            steps.append(step)
            last_s = entry.at_s
    if transcript.result is not None and transcript.result.announcement:
        raw = bytes_of(transcript.result.announcement, "result.announcement")
        steps.append(Say(0.0, raw))
    return tuple(steps)


def bytes_of(text: str, where: str) -> bytes:
    """The bytes of hex digits; `TranscriptError` names `where` they stand."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise TranscriptError(f"{where}: {text[:40]!r} are no hex digits") from None


def _step(number: int, entry: Entry, after_s: float) -> Step | None:
    if entry.kind is EntryKind.CLOSE:
        return HangUp(after_s)
    if entry.kind not in _SAID | _HEARD:
        return None
    raw = bytes_of(entry.raw, f"entries[{number}].raw")
    return Say(after_s, raw) if entry.kind in _SAID else Hear(after_s, raw)
