"""The timestamp is repeated while nothing comes; an answer from elsewhere is explained."""

from holdfast.grading.domain.reference.clients import answering_udp
from holdfast.grading.wire.course import Chat
from tests.grading.mutants import slips
from tests.support.trying import duel, hint, part

TEST = "2025-3_2"


def test_the_same_timestamp_is_said_again_while_nothing_comes_back() -> None:
    played = duel(TEST, answering_udp(part(TEST), slips.nothing))
    stamps = [said.text for said in played.said if said.text.startswith("Timestamp: ")]
    assert len(stamps) >= 4
    assert len(set(stamps)) == 1


def test_silence_is_answered_with_advice_about_sockets() -> None:
    assert "same socket" in hint(TEST, answering_udp(part(TEST), slips.nothing))


def test_a_timestamp_without_its_prefix_is_named() -> None:
    bare = answering_udp(part(TEST), lambda chat: (Chat(chat.recipient, chat.text[11:]),))
    assert 'with "Timestamp:" in front' in hint(TEST, bare)
