"""A transcript: everything that happened in an attempt, in order, in one self-contained document.

PURE. It is what a student sees, what regrading reads and what replay needs: so it carries seed,
rules and limits, every frame of both directions as hex and as fields, every question with its
answer, every check and the outcome. Versioned JSON; a version is never changed, only followed.
"""

from dataclasses import dataclass
from enum import StrEnum

import msgspec

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.events import Brief, EngineLimits
from holdfast.grading.domain.lease import Lease
from holdfast.grading.domain.roster import UserId
from holdfast.grading.domain.rules import Rules
from holdfast.grading.domain.verdict import Check, Verdict

VERSION = 1


class TranscriptError(Exception):
    """These bytes are no transcript of a version that we know."""


class EntryKind(StrEnum):
    """What happened. The first ones came from outside, the others the scenario did."""

    RECEIVED = "received"
    UNDECODABLE = "undecodable"
    STALLED = "stalled"
    JOINED = "joined"
    CLOSED = "closed"
    ANSWERED = "answered"
    OVERHEARD = "overheard"
    ANSWERED_FOR = "answered for"
    ABANDONED = "abandoned"
    CUT = "cut"
    MOVED = "moved"
    TICK = "tick"
    SENT = "sent"
    CLOSE = "close"
    ASKED = "asked"
    CHECK = "check"
    NOTE = "note"


SILENT = frozenset((EntryKind.TICK, EntryKind.ASKED, EntryKind.JOINED))
"""What a reader is not told."""
_IN = frozenset((EntryKind.RECEIVED, EntryKind.UNDECODABLE, EntryKind.STALLED, EntryKind.OVERHEARD))
_OUT = frozenset((EntryKind.SENT, EntryKind.ANSWERED_FOR))


@dataclass(frozen=True, slots=True)
class Entry:
    """One line. `at_s`: seconds since the attempt began. `waited_s`: how long before that it came,
    if it is known to have waited to be read. What the other fields hold, by kind:

    - frames (`received`, `sent`, `overheard`: not for the scenario, `answered for`: by the server
      itself): `peer`, `name` of the message, its `fields` as texts, `raw` as hex; of `received`
      ones, `text` says what looks odd
    - `undecodable`, `stalled` (an unfinished frame at a deadline): `peer`, `raw`, `text` explains
    - `check`: `name`, `ok`, `text` is the hint; `note`, `abandoned`, `cut`, `moved` (to
      another server): `text`
    - `asked`: `ask`, `name`; `answered`: `ask`, `lease`, or `text` when nobody could answer
    - `tick`: a deadline passed; nothing that a reader needs to see
    """

    kind: EntryKind
    at_s: float
    peer: str = ""
    name: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    raw: str = ""
    text: str = ""
    ok: bool | None = None
    ask: int | None = None
    lease: Lease | None = None
    waited_s: float = 0.0

    @property
    def direction(self) -> str:
        """`in` (from the peer), `out` (to the peer), or empty."""
        return "in" if self.kind in _IN else "out" if self.kind in _OUT else ""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """What differs in a message: see `templates.Difference`."""

    field: str
    expected: str
    got: str
    first_byte: int | None = None
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Divergence:
    """Where the attempt first left the way: the index of the entry, and the hint for it.

    `mismatch` is there when a message was compared with an expected one.
    """

    entry: int
    hint: str
    mismatch: Mismatch | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """How it ended; `announcement` is the frame for the client as hex, empty for none.

    The teacher's note is not here: students may download a transcript.
    """

    verdict: Verdict
    reason: str
    checks: tuple[Check, ...]
    announcement: str = ""


@dataclass(frozen=True, slots=True)
class Transcript:
    """One attempt. `trigger`: the frame that started it as hex. `result` None: still running."""

    version: int
    test: TestId
    uid: UserId
    seed: str
    protocol: str
    peer: str
    trigger: str
    rules: Rules
    limits: EngineLimits
    entries: tuple[Entry, ...]
    divergence: Divergence | None = None
    result: Result | None = None

    @property
    def brief(self) -> Brief:
        """What the engine was told at the beginning."""
        return Brief(
            test=self.test,
            uid=self.uid,
            seed=self.seed,
            rules=self.rules,
            trigger=bytes.fromhex(self.trigger),
            peer=self.peer,
            limits=self.limits,
        )


class _Version(msgspec.Struct):
    version: int


_encoder = msgspec.json.Encoder()
_version_decoder = msgspec.json.Decoder(_Version)
_decoder = msgspec.json.Decoder(Transcript)


def encode(transcript: Transcript) -> bytes:
    """The transcript as UTF-8 JSON. Equal transcripts give equal bytes."""
    return _encoder.encode(transcript)


def decode(data: bytes) -> Transcript:
    """The transcript in `data`. Raises `TranscriptError`."""
    try:
        version = _version_decoder.decode(data).version
        if version != VERSION:
            raise TranscriptError(f"transcript version {version} is not known, only {VERSION}")
        return _decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise TranscriptError(f"not a transcript: {error}") from error
