"""Attempts of a session: written down when they begin and when they end."""

from holdfast.grading.domain.seed import attempt_seed
from holdfast.grading.domain.transcript import decode
from holdfast.grading.service.ledger_calls import Close, Open
from holdfast.grading.wire.course import Chat, Register
from tests.support.virtual_node import EPOCH, UID, VirtualNode

HELLO = Register(UID, "localhost", 4444)
ECHO_TEST = Chat(UID, "TEST 2 OUT OF BAND PROTOCOL MESSAGE")


def test_the_scenario_goes_on_while_its_opening_is_written_down() -> None:
    node = VirtualNode()
    node.hold = lambda ask: isinstance(ask.call, Open)
    wire = node.connect()
    wire.send(ECHO_TEST)
    node.run(1)
    assert len(node.held) == 1
    [chat] = [message for message in wire.messages if isinstance(message, Chat)]
    wire.send(chat)
    node.run(5)
    assert node.attempts()[0].verdict == "pass"
    node.release()


def test_opening_and_closing_carry_the_same_attempt() -> None:
    node = VirtualNode()
    wire = node.connect()
    wire.send(ECHO_TEST)
    node.run(30)
    [opened] = [ask.call.opened for ask in node.asked if isinstance(ask.call, Open)]
    [closed] = [ask.call.closed for ask in node.asked if isinstance(ask.call, Close)]
    assert closed.opened == opened
    assert (opened.node, opened.incarnation) == ("n1", "1" * 32)
    assert opened.started_at > EPOCH
    assert closed.ended_at > opened.started_at
    assert opened.seed == attempt_seed(b"secret", UID, opened.test, opened.id)
    transcript = decode(closed.transcript)
    assert transcript.seed == opened.seed
    assert transcript.result is not None
    assert (transcript.result.verdict, transcript.result.reason) == (
        closed.verdict,
        closed.reason,
    )


def test_checks_tick_off_while_the_test_goes_on_and_are_forgotten_when_it_ends() -> None:
    node = VirtualNode()
    wire = node.connect()
    wire.send(HELLO, Chat(UID, "TEST 4_2 LISTEN TO INCOMING MESSAGES AND ECHO SPECIAL MESSAGE"))
    for _ in range(200):
        node.run(0.05)
        special = [m for m in wire.messages if isinstance(m, Chat) and "SPECIAL" in m.text]
        if special:
            break
    wire.send(special[0])
    node.run(0.5)
    [progress] = node.place.ticks.take()
    assert [check.state for check in progress.checks] == ["pass"]
    assert node.place.ticks.take() == ()
    node.run(60)
    assert node.attempts()[0].verdict == "pass"
    assert node.place.ticks.take() == ()


def test_a_seed_is_never_used_twice() -> None:
    node = VirtualNode()
    wire = node.connect()
    for _ in range(3):
        wire.send(Chat(UID, "TEST 1 USER ID CORRECTNESS"))
    node.run(1)
    seeds = {ask.call.opened.seed for ask in node.asked if isinstance(ask.call, Open)}
    assert len(seeds) == 3


def test_an_answer_for_an_attempt_that_has_ended_is_dropped() -> None:
    node = VirtualNode(latency_s=0.05)
    wire = node.connect()
    wire.send(HELLO, Chat(UID, "TEST 4_1 RENEW LEASE"))
    node.run(0.12)
    assert wire.session.running == 1
    wire.tell_abandon("The server was stopped.")
    node.run(5)
    assert node.attempts()[0].verdict == "infrastructure"
    assert wire.session.is_idle
