"""Datagrams that were read late count as they came; what the test sends has its true time."""

from random import Random

import pytest

from holdfast.grading.domain.replay import replay
from holdfast.grading.domain.scenarios import CATALOGUE
from holdfast.grading.domain.transcript import EntryKind, Transcript, decode, encode
from holdfast.grading.service.session_exchange import DatagramIn
from holdfast.grading.wire.course import COURSE, Chat
from tests.support.moving import MovingNode, MovingWire
from tests.support.virtual_node import UID, VirtualNode, Wire

OFFLINE_TEST = Chat(UID, "TEST 5_2 BUFFERED MESSAGING WHILE OFFLINE")
LOST_TEST = Chat(UID, "TEST 5_1 LOST MESSAGE HANDLING")
SORT_TEST = Chat(UID, "TEST 6_1 TIMESTAMP REORDERING")
PASSED = f"{OFFLINE_TEST.text} SUCCESSFULLY PASSED"
STEP_S = 0.01


def until_said(node: VirtualNode, flow: Wire, text: str) -> None:
    """Let time pass in small steps until the node has said this."""
    for _ in range(1000):
        if any(text in said for said in flow.texts):
            return
        node.run(STEP_S)
    raise AssertionError(f"never said: {text}")


def numbered(flow: Wire) -> list[Chat]:
    return [
        message
        for message in dict.fromkeys(flow.messages)
        if isinstance(message, Chat) and message.text.startswith("Test 1")
    ]


def offline(node: VirtualNode) -> tuple[Wire, Chat]:
    """A flow whose user has just been told to be offline, and a chat that it has."""
    flow = node.flow(7007)
    flow.send(OFFLINE_TEST)
    until_said(node, flow, "now Offline")
    return flow, numbered(flow)[0]


def stall(node: VirtualNode, seconds: float) -> None:
    """The node does nothing for so long: no deadline is looked at, nothing is read."""
    node.now += seconds


def finish(node: VirtualNode, flow: Wire) -> None:
    """Behave from the Online notice on."""
    until_said(node, flow, "now Online")
    for chat in numbered(flow):
        flow.send(chat)
    node.run(3.0)


def read_late(flow: Wire, chat: Chat, waited_s: float) -> None:
    flow.tell(DatagramIn(COURSE.encode(chat), waited_s))


def stored(node: VirtualNode) -> tuple[str, Transcript]:
    [attempt] = node.attempts()
    record = node.do(node.store.attempt(attempt.id))
    transcript = decode(record.transcript)
    assert encode(replay(transcript, CATALOGUE[transcript.test])) == record.transcript
    return str(attempt.verdict), transcript


def test_a_chat_that_came_within_the_grace_passes_when_it_is_read_after_it() -> None:
    node = VirtualNode()
    flow, chat = offline(node)
    stall(node, 1.8)
    read_late(flow, chat, waited_s=1.2)
    finish(node, flow)
    verdict, transcript = stored(node)
    assert verdict == "pass"
    assert PASSED in flow.texts
    waits = [entry.waited_s for entry in transcript.entries if entry.waited_s]
    assert waits == [1.2]


@pytest.mark.parametrize(("waited_s", "came_s"), [(0.0, "1.8"), (0.6, "1.2")])
def test_a_chat_that_came_after_the_grace_fails_with_the_time_when_it_came(
    waited_s: float, came_s: str
) -> None:
    node = VirtualNode()
    flow, chat = offline(node)
    stall(node, 1.8)
    read_late(flow, chat, waited_s)
    node.run(3.0)
    verdict, transcript = stored(node)
    assert verdict == "fail"
    assert transcript.result is not None
    assert f"came {came_s} s after the Offline notice" in transcript.result.reason


def test_a_chat_that_came_while_offline_is_found_behind_another_when_both_are_read_too_late() -> (
    None
):
    node = VirtualNode()
    flow, chat = offline(node)
    stall(node, 5.0)  # the silence was over long ago, if somebody had looked
    read_late(flow, chat, waited_s=4.8)
    assert not any("now Online" in text for text in flow.texts)
    read_late(flow, chat, waited_s=3.5)
    node.run(3.0)
    verdict, transcript = stored(node)
    assert verdict == "fail"
    assert transcript.result is not None
    assert "came 1.5 s after the Offline notice" in transcript.result.reason


def test_the_notice_counts_from_when_it_went_out_whatever_was_read_just_before() -> None:
    node = VirtualNode()
    flow = node.flow(7007)
    flow.send(OFFLINE_TEST)
    until_said(node, flow, "#7")
    chat = numbered(flow)[0]
    stall(node, 4.0)  # the last chat and the notice are overdue
    read_late(flow, chat, waited_s=3.99)
    until_said(node, flow, "now Offline")
    read_late(flow, chat, waited_s=0.3)  # sent before the notice
    finish(node, flow)
    assert stored(node)[0] == "pass"


def test_copies_that_came_apart_and_are_read_together_are_copies_apart() -> None:
    node = VirtualNode()
    flow = node.flow(5005)
    flow.send(LOST_TEST)
    until_said(node, flow, "#8")
    stall(node, 2.0)
    for waited_s in (1.5, 0.5):
        for chat in numbered(flow):
            read_late(flow, chat, waited_s)
    acknowledged = [text for text in flow.texts if text.startswith("Acknowledged")]
    assert len(set(acknowledged)) == 8


def test_halves_that_came_apart_and_are_read_together_are_no_list() -> None:
    node = VirtualNode()
    flow = node.flow(8008)
    flow.send(SORT_TEST)
    until_said(node, flow, "8|Message 8|")
    node.run(0.5)
    stamped = [text for text in dict.fromkeys(flow.texts) if "|Message" in text]
    wanted = [Chat(UID, text) for text in sorted(stamped, key=lambda text: text.split("|")[2])]
    assert len(wanted) == 8
    stall(node, 4.0)
    for chat in wanted[1:]:
        read_late(flow, chat, 3.9)
    read_late(flow, wanted[0], 1.5)  # with a pause: not the rotated end of that list
    for chat in wanted:
        read_late(flow, chat, 0.5)
    node.run(1.0)
    assert stored(node)[0] == "pass"


def test_a_session_that_moves_takes_along_how_long_its_datagrams_had_waited() -> None:
    node = MovingNode(Random(0), deaths=0)
    flow, chat = offline(node)
    assert isinstance(flow, MovingWire)
    stall(node, 1.8)
    read_late(flow, chat, waited_s=1.2)
    flow.move()
    finish(node, flow)
    verdict, transcript = stored(node)
    assert verdict == "pass"
    assert [entry.waited_s for entry in transcript.entries if entry.waited_s] == [1.2]


def test_what_came_while_no_node_served_the_client_is_older_than_what_the_next_one_says() -> None:
    node = MovingNode(Random(0), deaths=0)
    flow = node.flow(7007)
    assert isinstance(flow, MovingWire)
    flow.send(OFFLINE_TEST)
    until_said(node, flow, "#7")
    chats = numbered(flow)
    zero = flow.now
    for number, chat in enumerate(chats):  # its node is lost, it goes on returning its chats
        flow.journal.heard(zero + 0.5 * number, COURSE.encode(chat))
    stall(node, 4.0)
    flow.move()
    finish(node, flow)
    verdict, transcript = stored(node)
    assert verdict == "pass"
    assert EntryKind.MOVED in {entry.kind for entry in transcript.entries}
