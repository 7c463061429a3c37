"""Over UDP a test prompts again and again, ever later, and gives up in the end."""

from dataclasses import replace
from itertools import pairwise

import pytest

from holdfast.grading.domain.reference.clients import reconciling, sorting
from holdfast.grading.domain.scenarios._udp import Patience
from holdfast.grading.domain.verdict import Verdict
from tests.grading.mutants import slips
from tests.support.duel import Duel
from tests.support.trying import context, duel, outcome, part
from tests.support.virtual import QUICK


def prompts(played: Duel, text: str) -> list[float]:
    return [said.at_s for said in played.said if said.by == "server" and said.text == text]


def test_each_prompt_waits_longer_than_the_one_before() -> None:
    silent = reconciling(part("2025-5_1"), slips.nothing)
    played = duel("2025-5_1", silent)
    first = next(said.text for said in played.said if said.text.startswith("Test 1"))
    times = prompts(played, first)
    gaps = [later - sooner for sooner, later in pairwise(times)][1:]
    assert len(gaps) >= 5
    assert all(gap >= 1.0 for gap in gaps)
    assert gaps == sorted(gaps)


def test_a_silent_client_fails_after_the_give_up_time_not_after_the_whole_test() -> None:
    played = duel("2025-5_1", reconciling(part("2025-5_1"), slips.nothing))
    assert QUICK.udp_give_up_s < played.agenda.now < QUICK.udp_give_up_s + 5.0


def test_no_udp_test_lasts_longer_than_the_rules_say() -> None:
    rules = replace(QUICK, udp_test_s=4.0)
    for test in ("2025-5_1", "2025-5_2"):
        found = duel(test, reconciling(part(test), slips.nothing), rules=rules)
        assert found.outcome is not None
        assert found.outcome.verdict is Verdict.FAIL
        assert found.agenda.now < 6.0


def test_reordering_clients_are_not_disturbed_in_their_silence() -> None:
    played = duel("2025-6_1", sorting(part("2025-6_1"), lambda _: ()))
    messages = [said.at_s for said in played.said if "|" in said.text]
    count = QUICK.timestamped_messages
    assert messages[count] - messages[count - 1] >= 3.0


def test_patience_counts_from_the_last_progress() -> None:
    ctx = context()
    patience = Patience(ctx, 1.0)
    assert patience.wait_s == pytest.approx(1.0)
    assert not patience.is_prompt_due
    patience.not_before(1.5)
    assert patience.wait_s == pytest.approx(1.5)
    stage = ctx._stage
    stage.now = QUICK.udp_give_up_s - 0.5  # type: ignore[misc]
    assert patience.is_prompt_due
    patience.prompted()
    assert not patience.is_prompt_due
    assert patience.wait_s == pytest.approx(0.5)
    patience.progressed()
    stage.now = QUICK.udp_give_up_s  # type: ignore[misc]
    assert not patience.is_over


def test_datagrams_that_are_no_frames_are_explained_when_nothing_else_came() -> None:
    found = outcome("2025-5_1", reconciling(part("2025-5_1"), slips.little_endian))
    assert "big-endian" in found.reason
