"""Calls of the `Ledger` port as data: what a node sends to the results API, and what comes back.

The law: one struct for each method, one name for each kind of answer, both in MessagePack, so that
many calls of many sessions travel as one request and each is answered apart. Both ends of that
request (`store.remote` and `entrypoints.results_api`) use this module and nothing else in common.
"""

from collections.abc import Callable, Sequence
from typing import Any, assert_never

import msgspec
from msgspec import Raw, Struct

from holdfast.errors import DefiniteError, IndefiniteError
from holdfast.grading.domain.attempt import (
    ClosedAttempt,
    Incident,
    NodeBeat,
    OpenedAttempt,
    Receipt,
)
from holdfast.grading.domain.lease import Granted, Lease, Registration, TooSoon
from holdfast.grading.domain.roster import Known, NotClaimed, Source, UnknownUser, UserId
from holdfast.grading.service.ports import Ledger, Refused

BATCH_PATH = "/internal/grading/batch"
CONTENT_TYPE = "application/msgpack"
MAX_CALLS = 128
"""Calls of one batch: enough to share a commit among a class, small enough for a quick answer."""
MAX_CALL_BYTES = 4 << 20
"""One call: a closed attempt with a transcript of thousands of frames."""
MAX_BATCH_BYTES = 8 << 20
"""One request; a sender starts the next batch before it is reached."""


class Identify(Struct, frozen=True, tag="identify"):
    """`Ledger.identify`."""

    uid: int
    source: Source


class Register(Struct, frozen=True, tag="register"):
    """`Ledger.register`."""

    registration: Registration


class LeaseOf(Struct, frozen=True, tag="lease of"):
    """`Ledger.lease_of`."""

    uid: int


class LeasesFrom(Struct, frozen=True, tag="leases from"):
    """`Ledger.leases_from`."""

    host: str


class Open(Struct, frozen=True, tag="open"):
    """`Ledger.open_attempt`."""

    opened: OpenedAttempt


class Close(Struct, frozen=True, tag="close"):
    """`Ledger.close_attempt`."""

    closed: ClosedAttempt


class Report(Struct, frozen=True, tag="report"):
    """`Ledger.report_incident`."""

    incident: Incident


class Beat(Struct, frozen=True, tag="beat"):
    """`Ledger.beat`."""

    beat: NodeBeat


class Practice(Struct, frozen=True, tag="practice"):
    """`Ledger.practice`."""


Call = Identify | Register | LeaseOf | LeasesFrom | Open | Close | Report | Beat | Practice
Result = (
    Known
    | UnknownUser
    | NotClaimed
    | Granted
    | TooSoon
    | Lease
    | tuple[Lease, ...]
    | Receipt
    | bool
    | None
)
"""What a call returns."""
Outcome = Result | DefiniteError | IndefiniteError
"""What a call came to: its result, or the error it raised."""


class Answer(Struct, frozen=True, array_like=True):
    """An outcome on the wire: a name of `_KINDS` and the value in MessagePack."""

    kind: str
    value: Raw


_KINDS: dict[str, Any] = {
    "known": Known,
    "unknown user": UnknownUser,
    "not claimed": NotClaimed,
    "granted": Granted,
    "too soon": TooSoon,
    "lease": Lease,
    "leases": tuple[Lease, ...],
    "receipt": Receipt,
    "flag": bool,
    "none": None,
}
_NAMES = {kind: name for name, kind in _KINDS.items() if isinstance(kind, type)}
_ERRORS: dict[str, type[DefiniteError | IndefiniteError]] = {
    "refused": Refused,
    "definite": DefiniteError,
    "indefinite": IndefiniteError,
}

_encode = msgspec.msgpack.Encoder().encode
_decode_call: Callable[[bytes], Call] = msgspec.msgpack.Decoder(Call).decode
_decode_calls = msgspec.msgpack.Decoder(list[Raw]).decode
_decode_answers = msgspec.msgpack.Decoder(list[Answer]).decode
_DECODERS = {name: msgspec.msgpack.Decoder(kind) for name, kind in _KINDS.items()}
_decode_text = msgspec.msgpack.Decoder(str).decode


async def perform(ledger: Ledger, call: Call) -> Result:
    """Do the call on a ledger; raises what the ledger raises."""
    match call:
        case Identify(uid, source):
            return await ledger.identify(uid, source)
        case Register(registration):
            return await ledger.register(registration)
        case LeaseOf(uid):
            return await ledger.lease_of(UserId(uid))
        case LeasesFrom(host):
            return tuple(await ledger.leases_from(host))
        case Practice():
            return await ledger.practice()
        case Close(closed):
            return await ledger.close_attempt(closed)
        case Open(opened):
            await ledger.open_attempt(opened)
        case Report(incident):
            await ledger.report_incident(incident)
        case Beat(beat):
            await ledger.beat(beat)
        case _:
            assert_never(call)
    return None


def encode_call(call: Call) -> bytes:
    """One call in MessagePack; `Refused` if it is larger than a call may be."""
    raw = _encode(call)
    if len(raw) > MAX_CALL_BYTES:
        raise Refused(f"a call of {len(raw)} bytes is larger than {MAX_CALL_BYTES} bytes")
    return raw


def join_calls(calls: Sequence[bytes]) -> bytes:
    """Encoded calls as the body of one batch."""
    return _encode([Raw(call) for call in calls])


def split_calls(body: bytes) -> list[Call | Refused]:
    """The calls of a batch, each apart: what cannot be read is refused alone.

    Raises `Refused` when the body is not a batch at all or holds too many calls.
    """
    try:
        raws = _decode_calls(body)
    except msgspec.MsgspecError as error:
        raise Refused(f"not a batch of calls: {error}") from None
    if len(raws) > MAX_CALLS:
        raise Refused(f"{len(raws)} calls in one batch, at most {MAX_CALLS}")
    return [_read_call(raw) for raw in raws]


def _read_call(raw: Raw) -> Call | Refused:
    try:
        return _decode_call(raw)
    except (msgspec.MsgspecError, ValueError) as error:
        return Refused(f"the call cannot be read: {error}")


def join_answers(outcomes: Sequence[Outcome]) -> bytes:
    """Outcomes as the body of the response, in the order of the calls."""
    return _encode([_answer(outcome) for outcome in outcomes])


def _answer(outcome: Outcome) -> Answer:
    match outcome:
        case None:
            kind = "none"
        case tuple():
            kind = "leases"
        case DefiniteError() | IndefiniteError():
            kind = next(n for n, error in _ERRORS.items() if isinstance(outcome, error))
            return Answer(kind, Raw(_encode(str(outcome))))
        case _:
            kind = _NAMES[type(outcome)]
    return Answer(kind, Raw(_encode(outcome)))


def split_answers(body: bytes, expected: int) -> list[Outcome]:
    """The outcomes in a response; `IndefiniteError` when it is not one for `expected` calls."""
    try:
        answers = _decode_answers(body)
        if len(answers) != expected:
            raise IndefiniteError(f"{len(answers)} answers came for {expected} calls")
        return [_outcome(answer) for answer in answers]
    except (msgspec.MsgspecError, UnicodeDecodeError, KeyError) as error:
        raise IndefiniteError(f"the results API sent no answers: {error}") from None


def _outcome(answer: Answer) -> Outcome:
    if error := _ERRORS.get(answer.kind):
        return error(_decode_text(answer.value))
    result: Result = _DECODERS[answer.kind].decode(answer.value)
    return result
