"""2024-a2-t2: a timestamp goes out over UDP and comes back to the port it came from."""

from holdfast.grading.domain.reference.clients import answering_udp
from holdfast.grading.wire.course import Chat
from tests.support.trying import duel, outcome, part
from tests.support.virtual import UID


def test_the_server_sends_a_timestamp_to_recipient_7777() -> None:
    played = duel("2024-a2-t2")
    first = next(
        said for said in played.said if said.line.startswith("udp") and said.by == "server"
    )
    assert first.text.startswith("Timestamp: ")
    assert isinstance(first.message, Chat)
    assert first.message.recipient == 7777


def test_an_echo_with_the_own_id_is_as_good() -> None:
    own = answering_udp(part("2024-a2-t2"), lambda chat: (Chat(UID, chat.text),))
    assert outcome("2024-a2-t2", own).verdict == "pass"


def test_the_verdict_is_told_to_the_address_without_the_name_of_anybody_else() -> None:
    last = [said for said in duel("2024-a2-t2").said if said.by == "server"][-1]
    assert isinstance(last.message, Chat)
    assert last.message.recipient == 7777
    assert "SUCCESSFULLY PASSED" in last.text
