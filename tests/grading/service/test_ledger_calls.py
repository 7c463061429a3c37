"""Calls and answers survive the wire; what does not fit is refused alone."""

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.errors import DefiniteError, IndefiniteError
from holdfast.grading.domain.attempt import (
    AttemptId,
    ClosedAttempt,
    Incident,
    NodeBeat,
    OpenedAttempt,
    Progress,
    Receipt,
    TestId,
)
from holdfast.grading.domain.lease import Granted, Lease, Registration, TooSoon
from holdfast.grading.domain.roster import Known, NotClaimed, Source, UnknownUser, User, UserId
from holdfast.grading.domain.verdict import Check, CheckState, Verdict
from holdfast.grading.service.ledger_calls import (
    MAX_CALL_BYTES,
    MAX_CALLS,
    Beat,
    Call,
    Close,
    Identify,
    LeaseOf,
    LeasesFrom,
    Open,
    Outcome,
    Register,
    Report,
    encode_call,
    join_answers,
    join_calls,
    perform,
    split_answers,
    split_calls,
)
from holdfast.grading.service.ports import Refused
from holdfast.grading.store.memory import MemoryStore
from tests.grading.store.contract import ANNA, HOME, closed, incident, opened

TEXT = st.text(st.characters(codec="utf-8"), max_size=30)
UID = st.integers(0, 9999).map(UserId)
SOURCE = st.builds(Source, TEXT, st.integers(0, 65535))
MOMENT = st.integers(0, 4 * 10**15).map(
    lambda microseconds: datetime.fromtimestamp(microseconds / 10**6, UTC)
)
SECONDS = st.floats(allow_nan=False)
OPENED = st.builds(
    OpenedAttempt,
    TEXT.map(AttemptId),
    UID,
    TEXT.map(TestId),
    TEXT,
    source=SOURCE,
    node=TEXT,
    incarnation=TEXT,
    started_at=MOMENT,
)
CHECK = st.builds(Check, TEXT, st.sampled_from(CheckState), st.integers(0, 100), TEXT)
CLOSED = st.builds(
    ClosedAttempt,
    OPENED,
    MOMENT,
    st.sampled_from(Verdict),
    TEXT,
    checks=st.lists(CHECK, max_size=4).map(tuple),
    transcript=st.binary(max_size=100),
    teacher_note=TEXT,
)
INCIDENT = st.builds(
    Incident,
    MOMENT,
    TEXT,
    TEXT,
    SOURCE,
    TEXT,
    listener_port=st.integers(0, 65535),
    uid=st.none() | st.integers(-(2**31), 2**31 - 1),
    raw=st.binary(max_size=50),
)
LEASE = st.builds(Lease, UID, SOURCE, SECONDS, SECONDS, SECONDS, st.integers(0, 999))
CALLS = st.one_of(
    st.builds(Identify, st.integers(-(2**31), 2**31 - 1), SOURCE),
    st.builds(Register, st.builds(Registration, UID, SOURCE, TEXT)),
    st.builds(LeaseOf, UID),
    st.builds(LeasesFrom, TEXT),
    st.builds(Open, OPENED),
    st.builds(Close, CLOSED),
    st.builds(Report, INCIDENT),
    st.builds(Beat, st.builds(NodeBeat, TEXT, TEXT, st.integers(0, 10_000))),
)
RESULTS = st.one_of(
    st.none(),
    st.builds(Known, st.builds(User, UID, TEXT)),
    st.builds(UnknownUser, st.integers(-(2**31), 2**31 - 1)),
    st.builds(NotClaimed, UID),
    st.builds(Granted, LEASE),
    st.builds(TooSoon, LEASE, SECONDS),
    LEASE,
    st.lists(LEASE, max_size=3).map(tuple),
    st.builds(Receipt, TEXT.map(AttemptId), st.sampled_from(Verdict), st.booleans()),
)


@settings(max_examples=60)
@given(st.lists(CALLS, max_size=6))
def test_calls_come_out_as_they_went_in(calls: list[Call]) -> None:
    assert split_calls(join_calls([encode_call(call) for call in calls])) == calls


@settings(max_examples=60)
@given(st.lists(RESULTS, max_size=6))
def test_results_come_out_as_they_went_in(results: list[Outcome]) -> None:
    assert split_answers(join_answers(results), len(results)) == results


def test_errors_keep_their_kind_and_their_words() -> None:
    errors = [Refused("no"), DefiniteError("not now"), IndefiniteError("perhaps")]
    back = split_answers(join_answers(errors), 3)
    assert [(type(error), str(error)) for error in back] == [
        (Refused, "no"),
        (DefiniteError, "not now"),
        (IndefiniteError, "perhaps"),
    ]


def test_a_call_that_cannot_be_read_is_refused_alone() -> None:
    good = encode_call(LeaseOf(7))
    strange = [msgspec.msgpack.encode(thing) for thing in ({"type": "drop table"}, 3, {})]
    calls = split_calls(join_calls([good, *strange, good]))
    assert calls[0] == calls[-1] == LeaseOf(7)
    assert all(isinstance(call, Refused) for call in calls[1:-1])


@given(st.binary(max_size=60))
def test_any_bytes_are_a_batch_or_refused(body: bytes) -> None:
    try:
        calls = split_calls(body)
    except Refused:
        return
    assert len(calls) <= MAX_CALLS


@given(st.binary(max_size=60))
def test_any_bytes_are_answers_or_an_unknown_outcome(body: bytes) -> None:
    try:
        outcomes = split_answers(body, 1)
    except IndefiniteError:
        return
    assert len(outcomes) == 1


def test_too_many_calls_and_too_large_ones_are_refused() -> None:
    with pytest.raises(Refused, match="at most"):
        split_calls(join_calls([encode_call(LeaseOf(7))] * (MAX_CALLS + 1)))
    with pytest.raises(Refused, match="larger"):
        encode_call(Report(incident("x" * MAX_CALL_BYTES)))


def test_answers_of_another_number_are_no_answers() -> None:
    with pytest.raises(IndefiniteError, match="1 answers came for 2"):
        split_answers(join_answers([None]), 2)


async def test_every_call_does_what_its_method_does() -> None:
    store = MemoryStore(lambda: datetime.now(UTC))
    await store.import_roster([User(ANNA, "Anna")])
    opening = opened()
    calls: list[Call] = [
        Identify(ANNA, HOME),
        Register(Registration(ANNA, HOME, "r")),
        LeaseOf(ANNA),
        LeasesFrom(HOME.host),
        Open(opening),
        Close(closed(opening)),
        Report(incident("kind")),
        Beat(NodeBeat("n", "i", 1)),
        Beat(NodeBeat("n", "i", 1, (Progress(opening.id, (Check("a", CheckState.PASS, 1),)),))),
    ]
    results = [await perform(store, call) for call in calls]
    kinds = [type(result).__name__ for result in results]
    assert kinds == ["Known", "Granted", "Lease", "tuple"] + ["NoneType", "Receipt"] + 3 * [
        "NoneType"
    ]
    assert len(await store.incidents(None, 10)) == 1
