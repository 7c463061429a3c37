"""Properties of sessions: bytes may be split, merged, hostile, or endless."""

import gc
import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from holdfast.errors import DefiniteError, IndefiniteError
from holdfast.grading.domain.reference.clients import client
from holdfast.grading.domain.replay import replay
from holdfast.grading.domain.roster import User, UserId
from holdfast.grading.domain.scenarios import CATALOGUE
from holdfast.grading.domain.transcript import decode, encode
from holdfast.grading.domain.verdict import Verdict
from holdfast.grading.service.ledger_calls import Close
from holdfast.grading.service.session_exchange import Ask, AskOutcome, SendBytes
from holdfast.grading.wire.course import COURSE, Chat, ErrorReply, Register, Registered
from tests.support.virtual_node import UID, Student, VirtualNode, Wire

TESTS = sorted(CATALOGUE)
TCP_TESTS = [test for test in TESTS if CATALOGUE[test].transport == "tcp"]
HELLO = Register(UID, "localhost", 4444)
ECHO_TEST = Chat(UID, "TEST 2 OUT OF BAND PROTOCOL MESSAGE")


def play(test: str, split: Callable[[bytes], list[bytes]] = lambda raw: [raw]) -> VirtualNode:
    """The reference client of a test against a virtual node, to the attempt's end."""
    node = VirtualNode()
    Student(node, client(CATALOGUE[test].id), split=split)
    node.run(200, lambda: bool(node.attempts()) and node.attempts()[0].verdict is not None)
    return node


@pytest.mark.parametrize("test", TESTS)
def test_the_right_client_passes_and_its_transcript_replays(test: str) -> None:
    node = play(test)
    [attempt] = node.attempts()
    assert (attempt.test, attempt.verdict) == (test, Verdict.PASS)
    record = node.do(node.store.attempt(attempt.id))
    again = replay(decode(record.transcript), CATALOGUE[attempt.test])
    assert encode(again) == record.transcript


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(TCP_TESTS), st.integers(1, 12), st.randoms(use_true_random=False))
def test_bytes_split_anywhere_give_the_same_verdict(test: str, size: int, random) -> None:  # type: ignore[no-untyped-def]
    def split(raw: bytes) -> list[bytes]:
        pieces = []
        while raw:
            length = random.randint(1, size)
            pieces.append(raw[:length])
            raw = raw[length:]
        return pieces

    [attempt] = play(test, split).attempts()
    assert attempt.verdict is Verdict.PASS


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.sampled_from(TESTS), min_size=2, max_size=4),
    st.randoms(use_true_random=False),
)
def test_connections_interleaved_anyhow_give_the_same_verdicts(tests: list[str], random) -> None:  # type: ignore[no-untyped-def]
    """Several students at once, their bytes split, delayed and in any order between connections."""
    node = VirtualNode()
    users = [UserId(2000 + number) for number in range(len(tests))]
    node.do(node.store.import_roster([User(uid, "x") for uid in users]))

    def split(raw: bytes) -> list[bytes]:
        at = random.randint(0, len(raw))
        return [piece for piece in (raw[:at], raw[at:]) if piece]

    for uid, test in zip(users, tests, strict=True):
        delay = random.random
        Student(
            node, client(CATALOGUE[test].id), uid=uid, split=split, delay_s=lambda d=delay: d() / 50
        )
    node.run(200)
    for uid, test in zip(users, tests, strict=True):
        assert [(each.test, each.verdict) for each in node.attempts(uid)] == [(test, Verdict.PASS)]


def conversation(pieces: list[bytes], gap_s: float) -> tuple[list[object], list[tuple[str, str]]]:
    """Send the pieces with gaps, echo the chat that comes; answers and verdicts."""
    node = VirtualNode()
    wire = node.connect()
    for piece in pieces:
        wire.send(piece)
        node.run(gap_s)
    node.run(1)
    echoes = [message for message in wire.messages if isinstance(message, Chat)]
    wire.send(*echoes)
    node.run(20)
    return list(wire.messages), [(each.test, str(each.verdict)) for each in node.attempts()]


def test_bytes_split_at_every_position_give_the_same_verdicts() -> None:
    raw = b"".join(map(COURSE.encode, (HELLO, ECHO_TEST, Chat(UID, "hello"))))
    whole = conversation([raw], 0.05)
    assert ("2024-a1-t2", "pass") in whole[1]
    for at in range(1, len(raw)):
        assert conversation([raw[:at], raw[at:]], 0.05) == whole, at
    assert conversation([raw[at : at + 1] for at in range(len(raw))], 0.0) == whole


WRONG = ErrorReply("an error of a client")
FRAMES = st.sampled_from(
    [
        COURSE.encode(message)
        for message in (
            HELLO,
            ECHO_TEST,
            Register(4711, "x", 1),
            Registered(),
            WRONG,
            Chat(UID, "hello"),
            Chat(-1, "hello"),
            Chat(UID, "TEST 1 USER ID CORRECTNESS"),
            Chat(UID, "TEST 4_1 RENEW LEASE"),
            Chat(UID, f"TEST 1 USER ID: {UID}"),
            Chat(UID, "TEST 5_1 LOST MESSAGE HANDLING"),
            Chat(7777, "TEST 2 ECHO MESSAGE FROM USER"),
        )
    ]
)
PIECES = st.one_of(st.binary(max_size=40), FRAMES, st.lists(FRAMES).map(b"".join))
STEPS = st.lists(
    st.one_of(
        PIECES,
        st.floats(0, 1000).map(float),
        st.sampled_from(["eof", "reset", "away", "back"]),
    ),
    max_size=25,
)


def drive(wire: Wire, steps: list[object]) -> None:
    node = wire.node
    for step in steps:
        match step:
            case bytes():
                wire.send(step)
            case float():
                node.run(step)
            case "eof" if wire.channel.transport == "tcp":
                wire.eof()
            case "reset" if wire.channel.transport == "tcp":
                wire.reset()
            case "away":
                node.answering = fail
            case _:
                node.answering = lambda _, outcome: outcome


def fail(ask: Ask, outcome: AskOutcome) -> AskOutcome:
    return DefiniteError("full") if ask.id % 2 else IndefiniteError("away")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from([4444, 8080, 1]), STEPS)
def test_a_connection_survives_whatever_comes(port: int, steps: list[object]) -> None:
    node = VirtualNode()
    wire = node.connect(port)
    drive(wire, steps)
    wire.reset()
    node.run(8000)
    assert wire.session.is_over
    assert node.place.census.running == 0
    check_what_was_sent(wire)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from([5005, 7007, 5252, 2002]), STEPS)
def test_a_flow_survives_whatever_comes(port: int, steps: list[object]) -> None:
    node = VirtualNode()
    wire = node.flow(port)
    drive(wire, steps)
    node.run(8000)
    assert wire.session.is_over
    assert node.place.census.running == 0
    check_what_was_sent(wire)


def check_what_was_sent(wire: Wire) -> None:
    """Whole frames and ids that may exist; every transcript has its result and replays."""
    for message in wire.messages:
        if isinstance(message, Chat):
            assert 0 <= message.recipient <= 9999
    closes = [ask for ask in wire.node.asked if isinstance(ask.call, Close)]
    for ask in closes:
        transcript = decode(ask.call.closed.transcript)
        assert transcript.result is not None
        assert encode(replay(transcript, CATALOGUE[transcript.test])) == encode(transcript)


@pytest.mark.parametrize(
    "flood",
    [
        COURSE.encode(Registered()) * 16_000,
        COURSE.encode(Chat(UID, "x" * 60_000)),
        COURSE.encode(HELLO) * 2_000,
        bytes(65_536),
        b"\xff" * 65_536,
    ],
    ids=["tiny frames", "great frames", "registrations", "zeros", "ones"],
)
@pytest.mark.parametrize("port", [4444, 8080])
def test_endless_input_keeps_memory_bounded(flood: bytes, port: int) -> None:
    node = VirtualNode(latency_s=3600)
    wire = node.connect(port)
    wire.send(HELLO, Chat(UID, "TEST 4_1 RENEW LEASE"))
    tracemalloc.start()
    try:
        for _ in range(200):
            for command in wire.session.receive(bytes_in(flood), node.now):
                assert not isinstance(command, SendBytes) or len(command.raw) <= 65_555
        gc.collect()
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 2 << 20


def bytes_in(data: bytes):  # type: ignore[no-untyped-def]
    from holdfast.grading.service.session_exchange import BytesIn

    return BytesIn(data)


def test_endless_input_into_a_running_test_keeps_memory_bounded() -> None:
    node = VirtualNode()
    wire = node.connect()
    wire.send(HELLO, ECHO_TEST)
    node.run(0.1)
    assert wire.session.running == 1
    tracemalloc.start()
    try:
        chat = COURSE.encode(Chat(UID, "y" * 20_000))
        for _ in range(2_000):
            wire.send(chat)
        gc.collect()
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 8 << 20
    node.run(1)
    [attempt] = node.attempts()
    assert attempt.verdict is Verdict.FAIL
    assert "bytes in one test" in attempt.reason
