"""The desk serves one frame at a time; while the store is asked, the next one waits."""

from dataclasses import replace

import pytest

from holdfast.grading.domain.lease import Registration
from holdfast.grading.domain.roster import Source
from holdfast.grading.service.ledger_calls import Identify, LeasesFrom, Open, Register, Report
from holdfast.grading.service.session_place import SessionLimits
from holdfast.grading.wire.course import Chat
from holdfast.grading.wire.course import Register as RegisterMessage
from tests.support.virtual_node import HOST, UID, VirtualNode

HELLO = RegisterMessage(UID, "localhost", 73_874)
KNOWN_ID = Chat(UID, "TEST 1 USER ID CORRECTNESS")


def calls(node: VirtualNode) -> list[str]:
    return [type(ask.call).__name__ for ask in node.asked]


def test_one_frame_at_a_time_is_looked_up() -> None:
    node = VirtualNode(latency_s=1)
    wire = node.connect()
    wire.send(HELLO, KNOWN_ID, HELLO)
    assert calls(node) == ["Register"]
    node.run(1)
    assert calls(node) == ["Register", "Identify"]
    node.run(1)
    assert calls(node) == ["Register", "Identify", "Open", "Close", "Register"]


def test_a_registration_carries_the_source_and_ids_of_its_own_not_the_clients_words() -> None:
    node = VirtualNode()
    node.connect(source_port=1111).send(HELLO, HELLO)
    node.run(1)
    first, second = (ask.call.registration for ask in node.asked)  # type: ignore[union-attr]
    assert isinstance(first, Registration)
    assert first.source == Source(HOST, 1111)
    assert first.request_id != second.request_id


def test_a_trigger_is_looked_up_with_its_source() -> None:
    node = VirtualNode()
    node.connect(source_port=1111).send(KNOWN_ID)
    node.run(1)
    assert node.asked[0].call == Identify(UID, Source(HOST, 1111))
    opened = node.asked[1].call
    assert isinstance(opened, Open)
    assert opened.opened.source == Source(HOST, 1111)
    assert len(opened.opened.id) == 32


def test_a_trigger_without_an_id_asks_for_leases_of_its_address() -> None:
    node = VirtualNode()
    node.flow(5252).send(Chat(7777, "TEST 2 ECHO MESSAGE FROM USER"))
    node.run(1)
    assert node.asked[0].call == LeasesFrom(HOST)


def test_incidents_are_reported_with_their_bytes_and_port_and_bounded() -> None:
    node = VirtualNode()
    wire = node.connect(4446)
    for _ in range(20):
        wire.send(Chat(4711, KNOWN_ID.text))
        node.run(0.1)
    reports = [ask.call.incident for ask in node.asked if isinstance(ask.call, Report)]
    assert len(reports) == SessionLimits().incidents
    assert (reports[0].kind, reports[0].uid, reports[0].listener_port) == (
        "unknown user",
        4711,
        4446,
    )
    assert reports[0].raw


@pytest.mark.parametrize(("transport", "most"), [("tcp", "errors"), ("udp", "datagram_errors")])
def test_error_frames_are_bounded(transport: str, most: str) -> None:
    node = VirtualNode()
    wire = node.connect() if transport == "tcp" else node.flow(7007)
    for _ in range(80):
        wire.send(Chat(4711, "TEST 5_1 LOST MESSAGE HANDLING"))
    node.run(5)
    assert len(wire.sent) == getattr(SessionLimits(), most)


def test_registrations_are_never_asked_with_an_impossible_id() -> None:
    node = VirtualNode()
    node.connect().send(RegisterMessage(-5, "x", 1))
    assert not [ask for ask in node.asked if isinstance(ask.call, Register)]


def test_a_trigger_at_the_wrong_place_is_told_in_the_clients_own_ports_and_kept() -> None:
    node = VirtualNode(place=lambda place: replace(place, port_offset=10_000))
    node.flow(7007).send(Chat(UID, "TEST 3_2 ECHO MESSAGE FROM USER"))
    flow = node.flow(5252)
    flow.send(Chat(UID, "TEST 2 ECHO MESSAGE FROM USER"), Chat(-1, "TEST 2 ECHO MESSAGE FROM USER"))
    node.run(1)
    stranger, mine, port = node.do(node.store.incidents(None, 10))  # newest first
    assert (port.kind, port.uid) == ("wrong port", UID)
    assert port.detail.endswith("runs on UDP port 15252; this is UDP port 17007.")
    assert (mine.kind, mine.uid) == ("wrong recipient", UID)
    assert stranger.uid is None
    assert flow.texts == [mine.detail, stranger.detail]


@pytest.mark.parametrize("again", [0, 1])
def test_what_is_no_frame_is_kept_for_the_student_who_had_registered(again: int) -> None:
    node = VirtualNode()
    for _ in range(again):
        node.connect().send(HELLO)
    node.connect().send(HELLO, b"hello, world")
    node.run(1)
    [incident] = node.do(node.store.incidents(UID, 10))
    assert incident.kind == "garbled"


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_what_is_no_frame_is_kept_for_the_student_who_had_a_test(transport: str) -> None:
    node = VirtualNode()
    wire = node.connect() if transport == "tcp" else node.flow(7007)
    trigger = "TEST 5_2 BUFFERED MESSAGING WHILE OFFLINE"
    wire.send(KNOWN_ID if transport == "tcp" else Chat(UID, trigger))
    node.run(70)  # until the test is over: a running one explains it in its transcript
    wire.send(b"hello, world")
    node.run(1)
    [incident] = node.do(node.store.incidents(UID, 10))
    assert incident.kind == "garbled"


def test_what_is_no_frame_is_nobodys_when_nobody_was_named() -> None:
    node = VirtualNode()
    node.connect().send(b"hello, world")
    node.run(1)
    assert [each.uid for each in node.do(node.store.incidents(None, 10))] == [None]
