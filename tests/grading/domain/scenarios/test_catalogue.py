"""Laws of all graded checks: right clients pass, frames stay harmless, triggers start one test."""

import pytest

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.reference.clients import client
from holdfast.grading.domain.reference.habits import Habits
from holdfast.grading.domain.scenario import Scenario
from holdfast.grading.domain.scenarios import CATALOGUE
from holdfast.grading.domain.verdict import Verdict
from holdfast.grading.wire.course import Chat
from tests.support.trying import ALL_TESTS, NUMBERED, SORTING, all_habits, duel
from tests.support.virtual import UID, Network

TIDY = [(test, habits) for test in ALL_TESTS for habits in all_habits(test)]
UDP_BUFFER_BYTES = 512

EXPECTED_IDS = """
2024-a1-t1 2024-a1-t2 2024-a1-t3 2024-a1-t4 2024-a2-t1 2024-a2-t2 2024-a2-t3 2024-a2-t4
2024-a3-t1 2024-a3-t2 2024-a3-t3 2025-3_1 2025-3_2 2025-4_1 2025-4_2 2025-5_1 2025-5_2
2025-6_1 2025-6_2 seed-user-id
"""


def shown(value: object) -> str:
    if isinstance(value, Habits):
        return f"{value.greeting.name} {value.resend.name} {value.silence_s}"
    return str(value)


def test_every_test_of_the_course_is_there_under_its_id() -> None:
    assert list(CATALOGUE) == EXPECTED_IDS.split()
    assert all(scenario.id == test for test, scenario in CATALOGUE.items())


@pytest.mark.parametrize("scenario", CATALOGUE.values(), ids=lambda scenario: scenario.id)
def test_a_scenario_says_what_it_promises(scenario: Scenario) -> None:
    number = scenario.id.split("-")[1].removeprefix("a")
    assert scenario.assignment == (1 if scenario.year == 2026 else int(number[0]))
    assert scenario.title
    assert scenario.ports
    assert scenario.checks
    assert len({check.name for check in scenario.checks}) == len(scenario.checks)
    assert scenario.announces is not scenario.id.startswith("2024-a1")


def test_no_two_tests_share_a_trigger_where_they_could_be_confused() -> None:
    triggers = [
        (scenario.transport, scenario.trigger.text)
        for scenario in CATALOGUE.values()
        if scenario.trigger is not None
    ]
    assert len(set(triggers)) == len(CATALOGUE)


@pytest.mark.parametrize(("test", "habits"), TIDY, ids=shown)
def test_a_right_client_passes_whatever_its_habits(test: str, habits: Habits) -> None:
    played = duel(test, habits=habits)
    assert played.outcome is not None
    assert played.outcome.verdict is Verdict.PASS, played.outcome
    assert played.client.outcome is not None
    assert played.client.outcome.verdict is Verdict.PASS, played.client.outcome
    assert played.starts == 1


@pytest.mark.parametrize("test", ALL_TESTS)
@pytest.mark.parametrize("seed", range(5))
def test_a_right_client_passes_with_every_seed_and_however_bytes_travel(
    test: str, seed: int
) -> None:
    for network in (Network(chop=seed), Network(latency_s=0.1), Network(latency_s=0.0001)):
        played = duel(test, seed=str(seed), network=network)
        assert played.outcome is not None
        assert played.outcome.verdict is Verdict.PASS, (network, played.outcome)


@pytest.mark.parametrize("test", [*NUMBERED, *SORTING, "2024-a2-t2", "2025-3_2"])
@pytest.mark.parametrize("way", ["up", "down"])
def test_any_one_lost_datagram_does_no_harm(test: str, way: str) -> None:
    offline_notice = {"2024-a3-t2": 8, "2025-5_2": 8, "2025-6_2": 4}.get(test)
    for lost in range(14):
        if way == "down" and lost == offline_notice:
            continue  # the client cannot know that it is offline
        network = Network(lose=lambda w, n, lost=lost: w == way and n == lost)
        habits = Habits(silence_s=1.0)
        played = duel(test, network=network, habits=habits)
        assert played.outcome is not None
        assert played.outcome.verdict is Verdict.PASS, (lost, played.outcome)


@pytest.mark.parametrize("test", ALL_TESTS)
def test_frames_to_clients_are_small_and_carry_only_ids_that_clients_can_read(test: str) -> None:
    for seed in range(5):
        played = duel(test, seed=str(seed))
        for said in (each for each in played.said if each.by == "server"):
            if isinstance(said.message, Chat):
                assert said.message.recipient in (UID, 7777)
            if said.line.startswith("udp:"):
                assert len(said.raw) < UDP_BUFFER_BYTES


@pytest.mark.parametrize("test", ALL_TESTS)
def test_nothing_that_the_server_says_starts_a_test_when_it_is_echoed(test: str) -> None:
    played = duel(test)
    triggers = [scenario.trigger for scenario in CATALOGUE.values()]
    for said in (each for each in played.said if each.by == "server"):
        chat = said.message
        if isinstance(chat, Chat):
            assert not any(trigger.matches(chat) for trigger in triggers if trigger is not None)


@pytest.mark.parametrize("test", ALL_TESTS)
def test_the_same_seed_says_the_same_and_another_seed_something_else(test: str) -> None:
    first, again, other = duel(test), duel(test), duel(test, seed="other")
    assert first.client.heard() == again.client.heard()
    is_all_fixed = test in ("2024-a1-t1", "2024-a2-t1", "2024-a2-t3") or test in (
        "2025-3_1",
        "2025-4_1",
        "seed-user-id",
    )
    assert (first.client.heard() == other.client.heard()) is is_all_fixed


def test_a_client_knows_the_title_of_its_test() -> None:
    assert client(TestId("seed-user-id")).title.startswith("client of ")
