"""Clients register and trigger in every order that was seen, and say a lost trigger again."""

import pytest

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.reference.clients import client
from holdfast.grading.domain.reference.greeting import verdict_in
from holdfast.grading.domain.reference.habits import Greeting, Habits
from holdfast.grading.domain.roster import UserId
from holdfast.grading.wire.course import COURSE, Chat, Register
from tests.support.duel import Duel
from tests.support.trying import duel
from tests.support.virtual import QUICK, UID, Network
from tests.support.world import World

TEST = "2024-a1-t1"
ORDERS = {
    Greeting.PATIENT: ["Register", "Chat"],
    Greeting.HASTY: ["Register", "Chat"],
    Greeting.LATE: ["Chat", "Register"],
    Greeting.NEVER: ["Chat"],
}


@pytest.mark.parametrize("greeting", ORDERS)
def test_the_frames_come_in_the_order_of_the_habit(greeting: Greeting) -> None:
    said = [each for each in duel(TEST, habits=Habits(greeting)).said if each.by == "client"]
    assert [type(each.message).__name__ for each in said] == ORDERS[greeting]


def test_a_patient_client_waits_for_the_register_response() -> None:
    patient = duel(TEST, habits=Habits(Greeting.PATIENT)).said
    assert [each.by for each in patient][:3] == ["client", "server", "client"]
    hasty = duel(TEST, habits=Habits(Greeting.HASTY)).said
    assert [each.by for each in hasty][:3] == ["client", "client", "server"]


def test_one_segment_is_one_write_of_both_frames() -> None:
    first = duel(TEST, habits=Habits(Greeting.ONE_SEGMENT)).said[0]
    chat = Chat(UID, "TEST 1 USER ID CORRECTNESS")
    assert first.raw == COURSE.encode(Register(UID, "localhost", 4444)) + COURSE.encode(chat)


def test_a_renewal_that_is_too_soon_is_no_reason_to_stop() -> None:
    busy = Duel(client(TestId(TEST)))
    busy.book.granted_at = busy.book.began_at = 0.0
    assert busy.run().verdict == "pass"
    assert any("too soon" in text for text in busy.client.heard())


def test_a_refused_registration_ends_the_client_with_the_servers_reason() -> None:
    world = World()
    player = world.client(client(TestId(TEST)), uid=UserId(9999))
    world.run(until_s=5.0)
    assert player.outcome is not None
    assert "refused the registration: User id 9999 is not on the roster" in player.outcome.reason


def test_a_lost_trigger_is_said_again() -> None:
    lost = Network(lose=lambda way, n: way == "up" and n < 2)
    played = duel("2025-5_1", network=lost)
    assert played.starts == 1
    assert played.outcome is not None
    assert played.outcome.verdict == "pass"


def test_a_client_whose_triggers_are_all_lost_gives_up_in_the_end() -> None:
    deaf = Network(lose=lambda way, _: way == "down")
    played = Duel(client(TestId("2025-3_2")), network=deaf)
    played.run()
    assert played.client.outcome is not None
    assert "Nothing came" in played.client.outcome.reason


def test_verdicts_are_read_out_of_texts() -> None:
    assert verdict_in("TEST 5_1 LOST MESSAGE HANDLING SUCCESSFULLY PASSED") is True
    assert verdict_in("TEST 1 USER ID CORRECTNESS FAILED") is False
    assert verdict_in("Acknowledged message: Test 1") is None
    assert QUICK.verdict_chats
