"""2025-4_1: a lease is kept alive, on whatever connection."""

from dataclasses import replace

from holdfast.grading.domain.reference.clients import renewing
from holdfast.grading.domain.reference.habits import Habits
from holdfast.grading.domain.rules import Rules
from tests.support.trying import duel, outcome, part


def test_students_who_renew_at_the_usual_distances_pass_in_real_time() -> None:
    for every_s in (121.0, 150.0, 180.0, 240.0):
        client = renewing(part("2025-4_1"), interval_s=every_s)
        played = duel("2025-4_1", client, rules=Rules())
        assert played.outcome is not None
        assert played.outcome.verdict == "pass", every_s
        assert 1200 <= played.agenda.now < 1300


def test_renewing_on_a_new_connection_each_time_passes() -> None:
    assert outcome("2025-4_1", habits=Habits(renews_anew=True)).verdict == "pass"


def test_without_verdict_chats_nothing_is_told() -> None:
    quiet = replace(Rules(time_scale=0.01), verdict_chats=False)
    assert duel("2025-4_1", rules=quiet).client.heard()[-1] == ""
