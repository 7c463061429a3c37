"""Clients keep a chat until it is acknowledged, and keep still while offline."""

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.reference.clients import client
from holdfast.grading.domain.reference.habits import Habits, Resend
from tests.support.duel import Duel
from tests.support.trying import duel
from tests.support.virtual import Network


def test_nothing_is_sent_between_the_notices() -> None:
    for resend in Resend:
        said = duel("2025-5_2", habits=Habits(resend=resend)).said
        offline = next(n for n, each in enumerate(said) if "now Offline" in each.text)
        online = next(n for n, each in enumerate(said) if "now Online" in each.text)
        between = [each for each in said[offline + 1 : online] if each.by == "client"]
        assert all(each.at_s - said[offline].at_s < 0.01 for each in between)


def test_a_client_stops_waiting_for_a_verdict_that_was_lost() -> None:
    last = 8 + 8  # all chats, all acknowledgements
    lost = Network(lose=lambda way, n: way == "down" and n >= last)
    played = Duel(client(TestId("2025-5_1")), network=lost)
    assert played.run().verdict == "pass"
    assert played.client.outcome is not None
    assert played.client.outcome.verdict == "pass", "no verdict is no bad verdict"
    assert played.client.heard()[-1].endswith("PASSED"), "it was sent, and lost"
    assert 30.0 < played.agenda.now < 40.0
