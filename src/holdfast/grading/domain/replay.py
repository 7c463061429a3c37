"""Replay: play a stored transcript again; same inputs, same actions, byte for byte.

PURE. Only what came from outside is fed to a fresh engine; what the scenario did comes out again.
With a changed scenario the difference shows who a correction would touch: that is regrading.
"""

from collections.abc import Iterator

from holdfast.grading.domain.engine import Engine
from holdfast.grading.domain.events import (
    Abandoned,
    Answered,
    Closed,
    Cut,
    Event,
    Joined,
    Moved,
    Overheard,
    Received,
    Stalled,
    Tick,
    Undecodable,
)
from holdfast.grading.domain.requests import Unanswered
from holdfast.grading.domain.scenario import Scenario
from holdfast.grading.domain.transcript import Entry, EntryKind, Transcript, TranscriptError
from holdfast.grading.wire.codec import Protocol
from holdfast.grading.wire.connection import Frame, Garbled
from holdfast.grading.wire.course import COURSE


def replay(
    transcript: Transcript, scenario: Scenario, *, protocol: Protocol = COURSE
) -> Transcript:
    """The transcript that `scenario` leaves when the same things come from outside again.

    Equal to `transcript` if the scenario has not changed. A step that the CPU guard had stopped is
    not played again. Raises `TranscriptError` when a frame in it does not decode any more.
    """
    engine = Engine(scenario, transcript.brief, protocol=protocol)
    first = transcript.entries[0].kind if transcript.entries else None
    if first is not EntryKind.CUT:
        engine.start()
    for event, at_s, waited_s in events_of(transcript, protocol):
        engine.receive(event, at_s, waited_s)
    return engine.transcript()


def events_of(
    transcript: Transcript, protocol: Protocol = COURSE
) -> Iterator[tuple[Event, float, float]]:
    """What came from outside, in order, when, and how long it had waited. `TranscriptError`."""
    for entry in transcript.entries:
        event = _event(entry, protocol)
        if event is not None:
            yield event, entry.at_s, entry.waited_s


def _event(entry: Entry, protocol: Protocol) -> Event | None:
    match entry.kind:
        case EntryKind.RECEIVED:
            return Received(entry.peer, _frame(entry, protocol), entry.text)
        case EntryKind.OVERHEARD | EntryKind.ANSWERED_FOR:
            incoming = entry.kind is EntryKind.OVERHEARD
            return Overheard(entry.peer, _frame(entry, protocol), incoming)
        case EntryKind.UNDECODABLE:
            return Undecodable(entry.peer, bytes.fromhex(entry.raw), entry.text)
        case EntryKind.STALLED:
            return Stalled(entry.peer, bytes.fromhex(entry.raw), entry.text)
        case EntryKind.ANSWERED:
            return Answered(entry.ask or 0, Unanswered(entry.text) if entry.text else entry.lease)
        case EntryKind.JOINED:
            return Joined(entry.peer)
        case EntryKind.CLOSED:
            return Closed(entry.peer)
        case EntryKind.ABANDONED:
            return Abandoned(entry.text)
        case EntryKind.CUT:
            return Cut(entry.text)
        case EntryKind.MOVED:
            return Moved(entry.text)
        case EntryKind.TICK:
            return Tick()
        case _:  # what the scenario did
            return None


def _frame(entry: Entry, protocol: Protocol) -> Frame:
    decoded = protocol.decode_one(bytes.fromhex(entry.raw))
    if isinstance(decoded, Garbled):
        raise TranscriptError(f"a frame of the transcript does not decode: {decoded.failure}")
    return decoded
