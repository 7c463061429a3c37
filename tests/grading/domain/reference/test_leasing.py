"""Clients renew between too soon and too late, and again soon when it was too soon."""

from dataclasses import replace

import pytest

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.reference.clients import client, renewing
from holdfast.grading.domain.reference.habits import Habits
from holdfast.grading.domain.reference.leasing import renewal_interval_s
from holdfast.grading.domain.rules import Rules
from tests.support.trying import duel, part
from tests.support.virtual import QUICK, UID
from tests.support.world import World

TEST = TestId("2025-4_1")


@pytest.mark.parametrize("scale", [1.0, 0.1, 0.01])
def test_the_interval_is_between_too_soon_and_too_late(scale: float) -> None:
    rules = Rules(time_scale=scale)
    interval_s = renewal_interval_s(rules)
    assert rules.renew_min_scaled_s < interval_s
    # Refused at first, because somebody had just registered: the next renewal is still in time.
    assert interval_s < rules.lease_scaled_s - rules.renew_min_scaled_s


def test_a_client_that_never_hears_a_verdict_ends_when_the_test_must_be_over() -> None:
    played = duel(TEST, rules=replace(QUICK, verdict_chats=False))
    assert played.client.outcome is not None
    assert played.client.outcome.verdict == "pass"
    assert QUICK.lease_test_scaled_s < played.agenda.now < QUICK.lease_test_scaled_s + 3.0


def test_a_refused_renewal_is_tried_again_soon() -> None:
    eager = renewing(part(TEST), interval_s=1.0)
    played = duel(TEST, eager)
    assert played.outcome is not None
    assert played.outcome.verdict == "pass"
    assert any("too soon" in text for text in played.client.heard())


def test_two_programs_of_one_student_renew_beside_each_other() -> None:
    for offset_s in (0.1, 0.6, 1.1, 1.19, 1.21, 1.3):
        world = World()
        world.client(client(TEST), uid=UID)
        world.client(client(TestId("2024-a2-t3")), uid=UID, at_s=offset_s)
        world.run()
        verdicts = [record.summary.verdict for record in world.attempts()]
        assert verdicts == ["pass", "pass"], offset_s


def test_renewing_anew_opens_a_connection_each_time() -> None:
    anew = duel(TEST, habits=Habits(renews_anew=True))
    assert anew.client.outcome is not None
    assert anew.client.outcome.verdict == "pass"
    assert len(anew._decoders) > 5
