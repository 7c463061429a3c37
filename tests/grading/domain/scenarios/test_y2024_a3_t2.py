"""2024-a3-t2: offline, online, and all that was kept."""

from holdfast.grading.domain.scenarios.y2024_a3_t2 import SCENARIO
from tests.support.trying import duel

OFFLINE = "User is now Offline and cannot receive messages."
ONLINE = "User is now Online and can receive messages"


def test_the_online_notice_is_the_very_next_datagram_after_the_offline_notice() -> None:
    for seed in range(10):
        heard = duel("2024-a3-t2", seed=str(seed)).client.heard()
        assert ONLINE in heard[heard.index(OFFLINE) + 1]


def test_nothing_is_acknowledged_before_the_user_is_online() -> None:
    heard = duel("2024-a3-t2").client.heard()
    acks = [at for at, text in enumerate(heard) if text.startswith("Acknowledged")]
    assert min(acks) > heard.index(OFFLINE)


def test_the_last_word_contains_the_tests_name_and_success() -> None:
    assert SCENARIO.trigger is not None
    last = duel("2024-a3-t2").client.heard()[-1]
    assert SCENARIO.trigger.text in last
    assert "SUCCESSFULLY PASSED" in last
