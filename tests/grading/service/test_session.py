"""A session: what a connection or flow gets for what it sends, on a virtual clock."""

from dataclasses import replace

import pytest

from holdfast.errors import DefiniteError, IndefiniteError
from holdfast.grading.domain.attempt import Receipt, TestId
from holdfast.grading.domain.events import EngineLimits
from holdfast.grading.domain.replay import replay
from holdfast.grading.domain.rules import Rules
from holdfast.grading.domain.scenario import Context, Peer, Scenario, Trigger
from holdfast.grading.domain.scenarios import CATALOGUE
from holdfast.grading.domain.transcript import decode, encode
from holdfast.grading.domain.verdict import CheckSpec, Verdict
from holdfast.grading.service.course_policy import CoursePolicy
from holdfast.grading.service.ledger_calls import (
    Close,
    Identify,
    LeaseOf,
    LeasesFrom,
    Open,
    Register,
)
from holdfast.grading.service.session_desk import LOOK_AGAIN_S
from holdfast.grading.service.session_exchange import Abandon, Ask, AskOutcome, Gone
from holdfast.grading.service.session_place import Place, SessionLimits
from holdfast.grading.wire.connection import Frame
from holdfast.grading.wire.course import COURSE, Chat, ErrorReply, Registered
from holdfast.grading.wire.course import Register as RegisterMessage
from tests.support.virtual_node import HOST, OTHER, QUICK, UID, VirtualNode, Wire

HELLO = RegisterMessage(UID, "localhost", 4444)
KNOWN_ID = Chat(UID, "TEST 1 USER ID CORRECTNESS")
LEASE_TEST = Chat(UID, "TEST 3_1 SEND MESSAGE WHILE HAVING AN ACTIVE LEASE")
RENEW_TEST = Chat(UID, "TEST 4_1 RENEW LEASE")
SEED_TEST = Chat(UID, f"TEST 1 USER ID: {UID}")
LOST_TEST = Chat(UID, "TEST 5_1 LOST MESSAGE HANDLING")
SHARED_TEST = Chat(7777, "TEST 2 ECHO MESSAGE FROM USER")


def texts_of(wire: Wire) -> str:
    return " / ".join(wire.texts)


def echo_with(raw: bytes, ending: str) -> bytes:
    """The echo of a chat with something behind its text; nothing for other frames."""
    frame = COURSE.decode_one(raw)
    if isinstance(frame, Frame) and isinstance(frame.message, Chat):
        return COURSE.encode(Chat(UID, frame.message.text + ending))
    return b""


def verdicts(node: VirtualNode) -> list[tuple[str, str]]:
    return [(each.test, str(each.verdict)) for each in reversed(node.attempts())]


# Registering


def test_a_registration_is_answered_after_the_hold() -> None:
    node = VirtualNode()
    wire = node.connect()
    began = node.now
    wire.send(HELLO)
    node.run(1)
    assert wire.messages == [Registered()]
    assert wire.sent[0][0] - began == pytest.approx(QUICK.register_hold_s)


def test_a_slow_store_answers_when_it_can() -> None:
    node = VirtualNode(latency_s=0.5)
    wire = node.connect()
    wire.send(HELLO)
    node.run(0.4)
    assert wire.messages == []
    node.run(0.2)
    assert wire.messages == [Registered()]


def test_frames_sent_meanwhile_queue_behind_the_held_one() -> None:
    node = VirtualNode()
    wire = node.connect()
    wire.send(HELLO, LEASE_TEST, Chat(UID, "TEST 5_1 LOST MESSAGE HANDLING"))
    node.run(1)
    assert isinstance(wire.messages[0], Registered)
    assert "UDP port 5005" in wire.texts[1]
    assert wire.sent[1][0] >= wire.sent[0][0]


def test_renewing_too_soon_is_told_with_the_seconds_left() -> None:
    node = VirtualNode(rules=Rules())
    wire = node.connect()
    wire.send(HELLO)
    node.run(1)
    node.connect().send(HELLO)
    again = node.connect()
    again.send(HELLO)
    node.run(1)
    assert "Lease renewal triggered too soon" in texts_of(again)
    assert "119 seconds left" in texts_of(again)


def test_an_unknown_user_is_told_and_reported_not_dropped() -> None:
    node = VirtualNode()
    wire = node.connect()
    wire.send(RegisterMessage(4711, "localhost", 4444), Chat(4711, KNOWN_ID.text))
    node.run(1)
    assert [type(message) for message in wire.messages] == [ErrorReply, ErrorReply]
    assert "User id 4711 is not on the roster" in texts_of(wire)
    assert node.incidents == ["unknown user", "unknown user"]
    assert not wire.is_closed


@pytest.mark.parametrize("uid", [-1, 10_000, 2**31 - 1, -(2**31)])
def test_an_impossible_id_is_told_in_text_and_never_sent_as_an_id(uid: int) -> None:
    for port in (4444, 8080):
        node = VirtualNode()
        wire = node.connect(port)
        wire.send(
            RegisterMessage(uid, "x", 1),
            Chat(uid, KNOWN_ID.text),
            Chat(uid, "hello"),
            Chat(uid, SEED_TEST.text),
        )
        node.run(1)
        assert all(isinstance(message, ErrorReply) for message in wire.messages)
        assert f"User id {uid} cannot exist" in texts_of(wire)
        assert "unknown user" in node.incidents
        assert node.asked == [ask for ask in node.asked if not isinstance(ask.call, Identify)]


@pytest.mark.parametrize("port", [4444, 8080])
def test_a_little_endian_id_is_named_with_the_bytes_to_write(port: int) -> None:
    swapped = -771_489_792
    for message in (
        RegisterMessage(swapped, "x", 1),
        Chat(swapped, SEED_TEST.text if port == 8080 else KNOWN_ID.text),
    ):
        node = VirtualNode()
        wire = node.connect(port)
        wire.send(message)
        node.run(1)
        assert "looks like 1234 in little-endian order. Write it as 00 00 04 d2" in texts_of(wire)


def test_in_a_course_with_claims_only_claimed_addresses_count() -> None:
    policy = CoursePolicy(identity="claimed")
    node = VirtualNode(policy=policy)
    wire = node.connect()
    wire.send(HELLO, KNOWN_ID)
    node.run(1)
    assert texts_of(wire).count("not claimed from your address") == 2
    assert node.incidents == ["not claimed", "not claimed"]


def test_a_registration_over_udp_is_answered_to_its_source() -> None:
    node = VirtualNode()
    flow = node.flow(5252)
    flow.send(HELLO)
    node.run(1)
    assert flow.messages == [Registered()]


# Triggers


def test_register_and_trigger_in_one_segment_have_their_turn_in_order() -> None:
    node = VirtualNode()
    wire = node.connect()
    wire.tell_all(HELLO, LEASE_TEST)
    node.run(3)
    assert verdicts(node) == [("2025-3_1", "pass")]


def test_a_trigger_counts_although_a_reset_follows() -> None:
    node = VirtualNode()
    wire = node.connect()
    wire.tell_all(HELLO, KNOWN_ID)
    wire.reset()
    node.run(3)
    assert verdicts(node) == [("2024-a1-t1", "pass")]
    assert wire.sent == []
    assert wire.session.is_over


def test_a_trigger_without_a_registration_starts_its_test() -> None:
    node = VirtualNode()
    wire = node.connect()
    wire.send(LEASE_TEST)
    node.run(3)
    assert verdicts(node) == [("2025-3_1", "fail")]
    assert "no active lease" in texts_of(wire)


def test_a_repeated_trigger_starts_nothing_while_its_test_runs() -> None:
    node = VirtualNode()
    flow = node.flow(5005)
    for _ in range(3):
        flow.send(LOST_TEST)
    node.run(0.3)
    flow.send(LOST_TEST)
    node.run(0.3)
    assert len(node.attempts()) == 1


def test_several_tests_run_on_one_connection_and_all_hear_its_chats() -> None:
    node = VirtualNode()
    wire = node.connect()
    wire.send(
        HELLO,
        Chat(UID, "TEST 2 OUT OF BAND PROTOCOL MESSAGE"),
        Chat(UID, "TEST 4 HANDLING ERROR MESSAGE"),
        RENEW_TEST,
    )
    node.run(1)
    assert wire.session.running == 3
    for message in wire.messages:
        if isinstance(message, Chat):
            wire.send(message)
    node.run(5)
    found = dict(verdicts(node))
    assert found["2024-a1-t2"] == found["2024-a1-t4"] == "pass"


def test_an_answer_that_came_before_its_test_began_reaches_it() -> None:
    """A client may send trigger and answer in one go, while the store is still asked who it is."""

    async def play(ctx: Context, peer: Peer) -> None:
        await peer.expect(Chat(UID, "answer"), within=1, check="answer")

    node = with_scenario(play, "answer")
    wire = node.connect()
    wire.send(Chat(UID, "GO"), Chat(UID, "answer"))
    assert not node.attempts()
    node.run(2)
    assert verdicts(node) == [("own", "pass")]


def test_chats_that_nobody_expects_are_ignored_on_course_ports() -> None:
    node = VirtualNode()
    wire = node.connect()
    wire.send(Chat(UID, "hello"), Registered(), ErrorReply("x"), Chat(UID, "TEST 1 USER ID"))
    node.run(1)
    assert (wire.sent, node.asked) == ([], [])


def test_a_verdict_that_is_echoed_starts_nothing() -> None:
    node = VirtualNode()
    wire = node.connect()
    wire.send(KNOWN_ID, Chat(UID, f"{KNOWN_ID.text} PASSED"), Chat(UID, f"ACK: {KNOWN_ID.text}"))
    node.run(1)
    assert len(node.attempts()) == 1


def test_a_udp_trigger_on_the_wrong_port_names_the_right_one() -> None:
    node = VirtualNode()
    flow = node.flow(7007)
    flow.send(LOST_TEST)
    node.run(1)
    assert "runs on UDP port 5005; this is UDP port 7007" in texts_of(flow)
    assert not node.attempts()


def test_a_trigger_without_an_id_finds_its_student_by_the_lease() -> None:
    node = VirtualNode()
    node.connect().send(HELLO)
    node.run(1)
    flow = node.flow(5252)
    flow.send(SHARED_TEST)
    node.run(0.1)
    assert node.attempts()[0].uid == UID
    [echo] = flow.messages
    flow.send(echo)
    node.run(1)
    assert verdicts(node) == [("2024-a2-t2", "pass")]


def test_of_several_leases_from_one_address_the_newest_counts() -> None:
    node = VirtualNode()
    for uid in (UID, OTHER):
        node.connect().send(RegisterMessage(uid, "x", 1))
        node.run(0.1)
    node.flow(5252).send(SHARED_TEST)
    node.run(0.1)
    assert (len(node.attempts(UID)), len(node.attempts(OTHER))) == (0, 1)


def test_a_course_may_refuse_to_guess_whose_lease_is_meant() -> None:
    node = VirtualNode(rules=replace(QUICK, shared_address="refuse"))
    for uid in (UID, OTHER):
        node.connect().send(RegisterMessage(uid, "x", 1))
    node.run(0.1)
    flow = node.flow(5252)
    flow.send(SHARED_TEST)
    node.run(0.1)
    assert "2 students hold leases from your address" in texts_of(flow)
    assert node.incidents == ["shared address"]


def test_a_trigger_that_overtook_its_registration_starts_once() -> None:
    node = VirtualNode()
    flow = node.flow(5252)
    flow.send(SHARED_TEST)
    node.run(0.5)
    assert not node.attempts()
    assert not flow.sent
    node.connect().send(HELLO)
    node.run(1)
    assert [attempt.uid for attempt in node.attempts()] == [UID]
    assert not node.incidents


def test_a_trigger_without_a_lease_asks_a_bounded_number_of_times_even_when_its_flow_ends() -> None:
    node = VirtualNode()
    flow = node.flow(5252)
    for _ in range(50):
        flow.send(SHARED_TEST)
    flow.tell(Gone())
    node.run(60)
    looks = [ask for ask in node.asked if isinstance(ask.call, LeasesFrom)]
    assert len(looks) <= 50 + 1 + QUICK.lease_grace_s / LOOK_AGAIN_S
    assert flow.session.is_over


def test_a_trigger_without_an_id_and_without_a_lease_is_told() -> None:
    node = VirtualNode()
    flow = node.flow(5252)
    flow.send(SHARED_TEST, Chat(UID, SHARED_TEST.text))
    node.run(QUICK.lease_grace_s + 1)
    assert f"no active lease from your address {HOST}" in flow.texts[0]
    assert "goes to recipient 7777, not 1234" in flow.texts[1]


def test_a_misspelt_trigger_is_told_with_the_right_one_and_shown_to_its_student() -> None:
    node = VirtualNode()
    wire = node.connect()
    wire.send(Chat(UID, "Test 4 Handling error message\n"))
    node.run(1)
    [told] = wire.texts
    assert 'To start 2024-a1-t4 send exactly "TEST 4 HANDLING ERROR MESSAGE".' in told
    assert told.endswith("reading a line may keep it.")
    [incident] = node.do(node.store.incidents(UID, 10))
    assert (incident.kind, incident.detail) == ("misspelt trigger", told)
    assert not wire.is_closed


def test_chats_of_running_tests_and_of_nobody_mean_no_trigger() -> None:
    node = VirtualNode()
    wire = node.connect()
    wire.send(Chat(UID, "hello"), Chat(-1, "test"))
    wire.send(HELLO, RENEW_TEST)
    node.run(0.5)
    wire.send(Chat(UID, "Test 4 Handling error message"))
    node.run(1)
    assert wire.messages == [Registered()]


# The seed's port


def test_the_seeds_port_keeps_the_seeds_manners() -> None:
    node = VirtualNode()
    wire = node.connect(8080)
    wire.send(HELLO, HELLO, Chat(UID, "hello"), ErrorReply("x"), Registered(), KNOWN_ID)
    node.run(1)
    assert wire.messages == [
        Registered(),
        Registered(),
        Chat(UID, "ACK: hello"),
        ErrorReply("Invalid Message Type : ERROR_RESPONSE"),
        ErrorReply("Invalid Message Type : REGISTER_RESPONSE"),
        Chat(UID, f"ACK: {KNOWN_ID.text}"),
    ]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (f"TEST 1 USER ID: {UID}", "TEST 1 USER ID CORRECTNESS PASSED"),
        ("TEST 1 USER ID: 4711", "TEST 1 USER ID CORRECTNESS FAILED"),
        ("TEST 1 USER ID: ", "TEST 1 USER ID CORRECTNESS FAILED"),
    ],
)
def test_the_seeds_test_is_answered(text: str, answer: str) -> None:
    node = VirtualNode()
    wire = node.connect(8080)
    wire.send(Chat(UID, text))
    node.run(1)
    assert wire.messages == [Chat(UID, answer)]


def test_on_the_seeds_port_what_is_no_frame_has_its_exact_answer() -> None:
    node = VirtualNode()
    wire = node.connect(8080)
    wire.send(b"GET / HTTP/1.1\r\n\r\n")
    node.run(1)
    assert wire.texts == ["Unknown message type"]
    assert node.incidents == ["garbled"]


def test_a_chat_of_the_greatest_length_is_survived_on_the_seeds_port() -> None:
    node = VirtualNode()
    wire = node.connect(8080)
    wire.send(Chat(UID, "x" * 65_535), Chat(UID, "y"))
    node.run(1)
    assert wire.texts == ["The text is too long to be acknowledged.", "ACK: y"]


# Announcing


def test_a_verdict_is_announced_only_after_its_receipt() -> None:
    node = VirtualNode()
    node.hold = lambda ask: isinstance(ask.call, Close)
    wire = node.connect(8080)
    wire.send(SEED_TEST)
    node.run(60)
    assert wire.sent == []
    assert len(node.held) == 1
    node.release()
    node.run(1)
    assert wire.texts == ["TEST 1 USER ID CORRECTNESS PASSED"]


def test_a_connection_stays_for_its_announcement_although_the_client_sends_no_more() -> None:
    node = VirtualNode(latency_s=1)
    wire = node.connect(8080)
    wire.send(SEED_TEST)
    wire.eof()
    assert not wire.is_closed
    node.run(10)
    assert wire.texts == ["TEST 1 USER ID CORRECTNESS PASSED"]
    assert wire.is_closed
    assert wire.session.is_over


@pytest.mark.parametrize("error", [DefiniteError("full"), IndefiniteError("silent")])
def test_a_verdict_that_cannot_be_recorded_is_not_announced(error: Exception) -> None:
    def fail(ask: Ask, outcome: AskOutcome) -> AskOutcome:
        return error if isinstance(ask.call, Close) else outcome  # type: ignore[return-value]

    node = VirtualNode(answering=fail)
    wire = node.connect(8080)
    wire.send(SEED_TEST)
    node.run(1)
    assert wire.texts == [
        "The result could not be recorded, so it does not count. Please try again."
    ]


def test_a_verdict_that_was_recorded_otherwise_is_not_announced() -> None:
    def reaped(ask: Ask, outcome: AskOutcome) -> AskOutcome:
        if isinstance(ask.call, Close):
            return Receipt(ask.call.closed.opened.id, Verdict.INFRASTRUCTURE, best=False)
        return outcome

    node = VirtualNode(answering=reaped)
    wire = node.connect(8080)
    wire.send(SEED_TEST)
    node.run(1)
    assert wire.texts == ["This attempt was recorded as infrastructure. Please try again."]


def test_no_verdict_goes_back_in_2024_assignment_1() -> None:
    node = VirtualNode()
    wire = node.connect()
    wire.send(KNOWN_ID)
    node.run(5)
    assert verdicts(node) == [("2024-a1-t1", "pass")]
    assert wire.sent == []


def test_an_attempt_whose_opening_is_refused_is_abandoned() -> None:
    def refuse(ask: Ask, outcome: AskOutcome) -> AskOutcome:
        return DefiniteError("the spool is full") if isinstance(ask.call, Open) else outcome

    node = VirtualNode(answering=refuse)
    wire = node.connect()
    wire.send(HELLO, RENEW_TEST)
    node.run(5)
    assert [each.verdict for each in node.attempts()] == [Verdict.INFRASTRUCTURE]
    assert "could not be recorded: the spool is full" in texts_of(wire)


def test_while_the_store_is_away_a_client_is_told_so() -> None:
    def away(ask: Ask, outcome: AskOutcome) -> AskOutcome:
        is_asking = isinstance(ask.call, Identify | Register)
        return IndefiniteError("no answer") if is_asking else outcome

    node = VirtualNode(answering=away)
    wire = node.connect()
    wire.send(HELLO, KNOWN_ID)
    node.run(1)
    assert texts_of(wire).count("cannot be reached just now") == 2
    assert node.incidents == ["store away", "store away"]
    assert not wire.is_closed


def test_a_lease_that_nobody_can_tell_makes_no_verdict() -> None:
    def away(ask: Ask, outcome: AskOutcome) -> AskOutcome:
        return IndefiniteError("no answer") if isinstance(ask.call, LeaseOf) else outcome

    node = VirtualNode(answering=away)
    wire = node.connect()
    wire.send(HELLO, LEASE_TEST)
    node.run(5)
    assert verdicts(node) == [("2025-3_1", "infrastructure")]
    assert "please try again" in texts_of(wire)


def test_a_store_that_answers_nonsense_is_as_good_as_away() -> None:
    node = VirtualNode(answering=lambda ask, _: None if ask.id < 4 else _)
    wire, flow = node.connect(), node.flow(5252)
    wire.send(HELLO, KNOWN_ID)
    flow.send(SHARED_TEST)
    node.run(1)
    assert texts_of(wire).count("cannot be reached just now") == 2
    assert texts_of(flow).count("cannot be reached just now") == 1


# Bytes that are no frames


def test_what_is_no_frame_is_explained_reported_and_the_connection_closed() -> None:
    node = VirtualNode()
    wire = node.connect()
    wire.send(b"TEST 1 USER ID CORRECTNESS\n")
    node.run(1)
    assert wire.texts[0].startswith("These bytes are no message. Probably: ")
    assert not wire.is_closed
    node.run(2)
    assert wire.is_closed
    assert node.incidents == ["garbled"]
    assert wire.session.is_over


PIECES = [b"echo", b" me,", b" ple", b"ase\n"]


def test_bytes_in_pieces_are_judged_together() -> None:
    node = VirtualNode()
    wire = node.connect()
    for piece in PIECES:
        assert wire.session.is_idle is (piece == PIECES[0])
        wire.send(piece)
        node.run(0.03)
    assert wire.texts == []
    node.run(0.1)
    assert "plain text 'echo me, please' and 0a behind it" in texts_of(wire)
    [incident] = node.do(node.store.incidents(None, 10))
    assert incident.raw == b"".join(PIECES)


def test_a_client_that_leaves_after_its_pieces_is_judged_at_once() -> None:
    node = VirtualNode()
    wire = node.connect()
    wire.send(*PIECES)
    wire.eof()
    assert "plain text 'echo me, please'" in texts_of(wire)
    assert len(wire.sent) == 1


def test_a_deadline_of_a_test_does_not_pass_before_the_bytes_are_judged() -> None:
    node = VirtualNode()
    wire = node.connect()
    wire.send(Chat(UID, "TEST 2 OUT OF BAND PROTOCOL MESSAGE"))
    node.run(QUICK.lead_in_s + QUICK.bare_pause_s + QUICK.answer_s - 0.02)
    wire.send(*PIECES)
    node.run(0.1)
    [attempt] = node.attempts()
    assert "plain text 'echo me, please'" in attempt.reason
    transcript = transcript_of(node)
    assert encode(replay(transcript, CATALOGUE[attempt.test])) == encode(transcript)


def test_after_bytes_that_are_no_frame_nothing_is_read_any_more() -> None:
    node = VirtualNode()
    wire = node.connect()
    wire.send(b"\xff\xff\xff\xff", KNOWN_ID)
    for _ in range(1000):
        wire.send(KNOWN_ID, bytes(4096))
    node.run(1)
    assert (len(wire.sent), node.attempts()) == (1, ())


def test_a_running_test_learns_of_the_bytes_and_ends_before_the_connection() -> None:
    node = VirtualNode()
    wire = node.connect()
    wire.send(Chat(UID, "TEST 2 OUT OF BAND PROTOCOL MESSAGE"))
    node.run(0.7)
    wire.send(b"echo me\n")
    assert not wire.is_closed
    node.run(20)
    [attempt] = node.attempts()
    assert attempt.verdict is Verdict.FAIL
    assert "no message" in attempt.reason or "byte" in attempt.reason
    assert wire.is_closed


def test_a_test_that_outlives_a_broken_stream_loses_only_the_connection() -> None:
    node = VirtualNode(rules=Rules())
    wire = node.connect()
    wire.send(HELLO, RENEW_TEST)
    node.run(1)
    wire.send(b"????")
    node.run(59)
    assert not wire.is_closed
    node.run(2)
    assert wire.is_closed
    assert wire.session.running == 1
    other = node.connect()
    for _ in range(12):
        node.run(121)
        other.send(HELLO)
    node.run(1)
    assert verdicts(node) == [("2025-4_1", "pass")]
    assert wire.session.is_over


def test_garbage_that_waits_for_its_turn_reaches_the_test_that_begins_before_it() -> None:
    node = VirtualNode()
    wire = node.connect()
    wire.send(Chat(UID, "TEST 2 OUT OF BAND PROTOCOL MESSAGE"), b"????")
    node.run(20)
    transcript = transcript_of(node)
    assert "undecodable" in [entry.kind.value for entry in transcript.entries]


def test_what_looks_odd_about_a_message_is_in_the_transcript_and_in_the_hint() -> None:
    node = VirtualNode()
    wire = node.connect()
    wire.on_frame = lambda raw: wire.send(echo_with(raw, "\n"))
    wire.send(Chat(UID, "TEST 4 HANDLING ERROR MESSAGE"))
    node.run(30)
    [attempt] = node.attempts()
    transcript = transcript_of(node)
    assert "`text` ends with a line end (0a)" in attempt.reason
    assert transcript.divergence is not None
    entry = transcript.entries[transcript.divergence.entry]
    assert entry.text in attempt.reason
    assert encode(replay(transcript, CATALOGUE[attempt.test])) == encode(transcript)


def test_a_late_test_hears_what_looked_odd_before_it_began() -> None:
    node = VirtualNode()
    node.hold = lambda ask: isinstance(ask.call, Identify)
    wire = node.connect()
    wire.send(Chat(UID, "TEST 4 HANDLING ERROR MESSAGE"), Chat(UID, "early\0"))
    node.run(1)
    node.hold = lambda _: False
    node.release()
    node.run(30)
    assert any("zero byte" in entry.text for entry in transcript_of(node).entries)


def test_a_datagram_that_is_no_frame_is_answered_once_and_reported() -> None:
    node = VirtualNode()
    flow = node.flow()
    for _ in range(20):
        flow.send(b"hello", b"", bytes(1000))
    node.run(1)
    assert len(flow.sent) == 1
    assert flow.texts[0].startswith("These bytes are no message. Probably: ")
    assert node.incidents == ["garbled"]


def test_a_datagram_that_is_no_frame_is_harmless_to_a_running_test() -> None:
    node = VirtualNode()
    flow = node.flow()
    flow.send(LOST_TEST)
    node.run(0.1)
    before = len(flow.sent)
    for _ in range(30):
        flow.send(b"hello")
    node.run(0.05)
    assert all(isinstance(message, Chat) for message in flow.messages[before:])
    assert node.incidents == []
    assert flow.session.running == 1
    node.run(120)
    explained = [e.text for e in transcript_of(node).entries if e.kind.value == "undecodable"]
    assert len(explained) == 30
    assert len(explained[0]) > len(explained[-1]) > 0


def test_strangers_garbage_is_analysed_only_so_often() -> None:
    node = VirtualNode(
        place=lambda place: replace(place, limits=SessionLimits(explained_per_s=2.0))
    )
    flows = [node.flow(source_port=port) for port in range(1, 6)]
    for flow in flows:
        flow.send(b"GET / HTTP/1.1\r\n\r\n")
    lengths = [len(flow.texts[0]) for flow in flows]
    assert lengths[0] == lengths[1] > lengths[2] == lengths[4]


# Slowness and silence


def test_a_byte_a_minute_is_cut_with_an_explanation() -> None:
    node = VirtualNode()
    wire = node.connect()
    raw = bytes.fromhex("00000004000004d2ff")
    for byte in raw:
        wire.send(bytes([byte]))
        node.run(60)
    assert "unfinished for 120 s, so this connection ends" in wire.texts[1]
    assert wire.is_closed
    assert node.incidents == ["unfinished", "garbled"]


def test_who_waits_within_a_frame_is_told_what_is_missing_and_may_go_on() -> None:
    node = VirtualNode()
    wire = node.connect()
    wire.send(HELLO)
    node.run(1)
    no_host_length = bytes.fromhex("00000001000004d2") + b"localhost" + bytes.fromhex("0000115c")
    frame = COURSE.encode(KNOWN_ID)
    wire.send(frame[:20])
    node.run(4)
    assert wire.messages == [Registered()]
    node.run(100)
    assert "A message has been unfinished for 5 s, and nothing goes on. Probably: " in wire.texts[1]
    wire.send(frame[20:], no_host_length)
    node.run(4)
    assert verdicts(node) == [("2024-a1-t1", "pass")]
    node.run(4)
    assert "text without its length" in texts_of(wire)
    assert not wire.is_closed
    incidents = node.do(node.store.incidents(UID, 10))
    assert [each.kind for each in incidents] == ["unfinished", "unfinished"]


def test_on_the_seeds_port_nothing_is_said_about_a_frame_that_may_still_become_whole() -> None:
    node = VirtualNode()
    wire = node.connect(8080)
    wire.send(COURSE.encode(KNOWN_ID)[:20])
    node.run(100)
    assert (wire.texts, node.incidents) == ([], [])
    node.run(100)
    assert wire.texts == ["Unknown message type"]


def test_explaining_unfinished_frames_costs_a_bounded_time() -> None:
    node = VirtualNode(
        place=lambda place: replace(place, limits=SessionLimits(explained_per_s=2.0))
    )
    wires = [node.connect(source_port=port) for port in range(1, 6)]
    for wire in wires:
        wire.send(COURSE.encode(KNOWN_ID)[:20])
    node.run(10)
    assert [len(wire.texts) for wire in wires] == [1, 1, 0, 0, 0]


def test_a_frame_that_never_becomes_whole_is_explained_to_a_running_test() -> None:
    node = VirtualNode()
    wire = node.connect()
    wire.send(Chat(UID, "TEST 2 OUT OF BAND PROTOCOL MESSAGE"))
    node.run(0.7)
    wire.send(bytes.fromhex("00000004000004d2ffff4141"))
    node.run(30)
    [attempt] = node.attempts()
    assert attempt.verdict is Verdict.FAIL
    assert "text" in attempt.reason
    assert "stalled" in [entry.kind.value for entry in transcript_of(node).entries]


def test_a_connection_that_ends_within_a_frame_is_told_and_reported() -> None:
    node = VirtualNode()
    wire = node.connect()
    wire.send(bytes.fromhex("00000004000004d2ffff4141"))
    wire.eof()
    node.run(5)
    assert wire.texts[0].startswith("These bytes are no message. Probably: ")
    assert wire.is_closed
    assert node.incidents == ["garbled"]


def test_a_silent_connection_ends_with_a_word() -> None:
    node = VirtualNode()
    wire = node.connect()
    node.run(890)
    assert not wire.is_closed
    node.run(20)
    assert "No message came for 900 s" in wire.texts[0]
    assert wire.session.is_over


def test_a_connection_with_a_running_test_is_never_idle() -> None:
    node = VirtualNode(rules=Rules())
    wire, other = node.connect(), node.connect()
    wire.send(HELLO, RENEW_TEST)
    for _ in range(12):
        node.run(125)
        other.send(HELLO)
    node.run(1)
    assert verdicts(node) == [("2025-4_1", "pass")]
    assert not wire.is_closed


def test_a_silent_flow_is_forgotten_without_a_word() -> None:
    node = VirtualNode()
    flow = node.flow()
    flow.send(Chat(UID, "hello"))
    node.run(170)
    assert not flow.session.is_over
    node.run(20)
    assert flow.session.is_over
    assert flow.sent == []


# Closing


def test_a_client_that_closes_gets_what_it_asked_for_first() -> None:
    node = VirtualNode()
    wire = node.connect()
    wire.send(HELLO)
    wire.eof()
    node.run(1)
    assert wire.messages == [Registered()]
    assert wire.is_closed


def test_a_reset_ends_an_idle_session_at_once() -> None:
    node = VirtualNode()
    wire = node.connect()
    wire.send(Chat(UID, "hello"))
    wire.reset()
    assert wire.session.is_over
    assert wire.session.next_deadline() is None


def test_a_test_whose_peer_has_gone_fails_with_that_reason() -> None:
    node = VirtualNode()
    wire = node.connect()
    wire.send(Chat(UID, "TEST 2 OUT OF BAND PROTOCOL MESSAGE"))
    node.run(0.7)
    wire.reset()
    node.run(20)
    [attempt] = node.attempts()
    assert attempt.verdict is Verdict.FAIL
    assert "closed" in attempt.reason


def test_a_scenario_may_close_the_connection() -> None:
    async def play(ctx: Context, peer: Peer) -> None:
        await peer.send(Chat(UID, "bye"))
        await peer.close()
        await peer.expect_close(1, check="closed")

    node = with_scenario(play, "closed")
    wire = node.connect()
    wire.send(HELLO, Chat(UID, "GO"))
    node.run(5)
    assert wire.messages == [Registered(), Chat(UID, "bye")]
    assert wire.is_closed
    assert verdicts(node) == [("own", "pass")]


# Limits and stopping


def test_too_many_attempts_on_one_connection_are_refused() -> None:
    node = VirtualNode(place=lambda place: replace(place, limits=SessionLimits(attempts=3)))
    wire = node.connect()
    for _ in range(5):
        wire.send(KNOWN_ID)
        node.run(0.1)
    assert len(node.attempts()) == 3
    assert texts_of(wire).count("Too many tests were started") == 2


def test_too_many_tests_at_once_are_refused() -> None:
    node = VirtualNode(place=lambda place: replace(place, limits=SessionLimits(running=1)))
    wire = node.connect()
    wire.send(HELLO, RENEW_TEST, LEASE_TEST)
    node.run(0.1)
    assert wire.session.running == 1
    assert "running at once" in texts_of(wire)


def test_too_many_tests_of_one_student_are_refused() -> None:
    limits = SessionLimits(running_per_user=2)
    node = VirtualNode(place=lambda place: replace(place, limits=limits))
    wires = [node.connect() for _ in range(3)]
    for wire in wires:
        wire.send(HELLO, RENEW_TEST)
    node.run(0.1)
    assert node.place.census.running == 2
    assert "running at once" in texts_of(wires[2])
    assert node.incidents == ["refused"]
    node.run(100)
    assert node.place.census.running == 0


def test_a_node_that_drains_begins_nothing() -> None:
    node = VirtualNode()
    wire = node.connect()
    wire.send(KNOWN_ID)
    node.place.draining = True
    node.run(1)
    wire.send(KNOWN_ID)
    node.run(1)
    assert not node.attempts()
    assert texts_of(wire).count("being restarted") == 2


def test_a_node_that_stops_abandons_and_records_what_runs() -> None:
    node = VirtualNode()
    wire = node.connect()
    wire.send(HELLO, RENEW_TEST)
    node.run(0.1)
    wire.tell(Abandon("The server was stopped."))
    node.run(1)
    assert verdicts(node) == [("2025-4_1", "infrastructure")]
    assert "The server was stopped." in texts_of(wire)
    assert wire.session.is_idle


def test_error_frames_fit_a_clients_buffer_and_are_bounded_in_number() -> None:
    node = VirtualNode()
    flow = node.flow(7007)
    for _ in range(50):
        flow.send(LOST_TEST)
    node.run(1)
    assert len(flow.sent) == SessionLimits().datagram_errors
    assert all(len(raw) <= 512 for _, raw in flow.sent)


def test_a_flood_waits_in_the_network_while_the_store_is_asked() -> None:
    node = VirtualNode(latency_s=5)
    wire = node.connect()
    wire.tell_all(HELLO, *[Chat(UID, "hello")] * 3000)
    assert not wire.is_reading
    node.run(6)
    assert wire.is_reading


def test_others_have_their_turn_between_the_frames_of_a_flood() -> None:
    node = VirtualNode()
    wire = node.connect(8080)
    wire.tell_all(*[Chat(UID, "hello")] * 200)
    assert len(wire.sent) == SessionLimits().frames_per_event
    deadline = wire.session.next_deadline()
    assert deadline is not None
    assert deadline <= node.now
    node.run(0.1)
    assert len(wire.sent) == 200


def test_datagrams_beyond_the_bound_are_lost() -> None:
    node = VirtualNode(latency_s=5)
    flow = node.flow()
    for _ in range(1000):
        flow.send(HELLO)
    node.run(6000)
    assert len([ask for ask in node.asked if isinstance(ask.call, Register)]) <= 257


# Scenarios that go wrong


def with_scenario(play, *checks: str, **limits: int) -> VirtualNode:  # type: ignore[no-untyped-def]
    """A node whose catalogue has one more test, triggered by `GO`."""
    own = Scenario(
        id=TestId("own"),
        title="own",
        year=2026,
        assignment=1,
        transport="tcp",
        ports=(4444,),
        trigger=Trigger("GO"),
        checks=tuple(CheckSpec(name, name) for name in checks),
        play=play,
    )

    def changed(place: Place) -> Place:
        bounds = EngineLimits(**limits)
        return replace(place, catalogue={**CATALOGUE, own.id: own}, engine_limits=bounds)

    return VirtualNode(place=changed)


async def raising(ctx: Context, peer: Peer) -> None:
    await ctx.sleep(0.1)
    raise ZeroDivisionError


async def looping(ctx: Context, peer: Peer) -> None:
    while True:
        await ctx.sleep(0)


async def flooding(ctx: Context, peer: Peer) -> None:
    while True:
        await peer.send(Chat(UID, "x"))


@pytest.mark.parametrize("play", [raising, looping, flooding])
def test_a_broken_scenario_is_infrastructure_and_disturbs_nobody(play) -> None:  # type: ignore[no-untyped-def]
    node = with_scenario(play)
    wire, other = node.connect(), node.connect(8080)
    wire.send(HELLO, RENEW_TEST, Chat(UID, "GO"))
    node.run(0.5)
    other.send(Chat(UID, SEED_TEST.text))
    for _ in range(10):
        node.run(1.25)
        wire.send(HELLO)
    node.run(1)
    assert dict(verdicts(node)) == {
        "own": "infrastructure",
        "2025-4_1": "pass",
        "seed-user-id": "pass",
    }
    assert "does not count; please try again" in texts_of(wire)
    assert not wire.is_closed


# Transcripts


def transcript_of(node: VirtualNode):  # type: ignore[no-untyped-def]
    [attempt] = node.attempts()
    record = node.do(node.store.attempt(attempt.id))
    return decode(record.transcript)


def test_a_stored_transcript_shows_registration_and_replays() -> None:
    node = VirtualNode()
    wire = node.connect()
    wire.send(HELLO, RENEW_TEST)
    for _ in range(10):
        node.run(1.25)
        wire.send(HELLO)
    node.run(3)
    transcript = transcript_of(node)
    kinds = [entry.kind.value for entry in transcript.entries]
    assert "overheard" in kinds
    assert "answered for" in kinds
    assert encode(replay(transcript, CATALOGUE[transcript.test])) == encode(transcript)
    [attempt] = node.attempts()
    record = node.do(node.store.attempt(attempt.id))
    assert record.seed == transcript.seed
