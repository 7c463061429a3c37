"""Programs of real students pass, untidy as they are (see `tests.support.students`)."""

import pytest

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.reference.clients import client
from holdfast.grading.domain.rules import Rules
from holdfast.grading.domain.scenario import Play
from tests.support import students
from tests.support.duel import Duel
from tests.support.trying import ALL_TESTS, duel, part
from tests.support.virtual import Network
from tests.support.world import World

PROGRAMS: list[tuple[str, Play]] = [
    ("2024-a3-t1", students.counts_and_echoes_everything(part("2024-a3-t1"))),
    ("2024-a3-t2", students.looks_only_at_the_next_datagram(part("2024-a3-t2"))),
    ("2024-a3-t3", students.numbers_anew_and_sends_once(part("2024-a3-t3"))),
    ("2025-5_1", students.never_forgets(part("2025-5_1"))),
    ("2025-5_2", students.sends_only_after_a_second(part("2025-5_2"))),
    ("2025-6_1", students.sorts_minutes_and_seconds(part("2025-6_1"))),
    ("2025-6_2", students.sorts_minutes_and_seconds(part("2025-6_2"))),
    ("2024-a2-t2", students.answers_one_timestamp(part("2024-a2-t2"))),
    ("2025-3_2", students.answers_one_timestamp(part("2025-3_2"))),
    ("2024-a2-t4", students.hangs_up_after_its_echo(part("2024-a2-t4"), "SPECIAL MESSAGE TEST 4")),
    ("2025-4_2", students.hangs_up_after_its_echo(part("2025-4_2"), "SPECIAL MESSAGE TEST 4_2")),
    ("2025-4_1", students.keeps_its_trigger_in_the_buffer(part("2025-4_1"))),
    ("2024-a2-t3", students.keeps_its_trigger_in_the_buffer(part("2024-a2-t3"))),
]


@pytest.mark.parametrize(("test", "program"), PROGRAMS, ids=[test for test, _ in PROGRAMS])
@pytest.mark.parametrize("latency_s", [0.0002, 0.02, 0.15])
def test_a_program_that_passed_the_course_passes(
    test: str, program: Play, latency_s: float
) -> None:
    for seed in range(8):
        played = duel(test, program, seed=str(seed), network=Network(latency_s=latency_s))
        assert played.outcome is not None
        assert played.outcome.verdict == "pass", played.outcome
        assert played.starts == 1


def test_a_trigger_that_leaves_with_the_first_renewal_passes_in_real_time() -> None:
    test = TestId("2025-4_1")
    program = students.keeps_its_trigger_in_the_buffer(part(test))
    played = Duel(client(test, play=program), rules=Rules())
    assert played.run().verdict == "pass"


@pytest.mark.parametrize("test", [t for t in ALL_TESTS if t != "seed-user-id"])
def test_a_program_that_echoes_whatever_comes_ends_its_test_and_starts_no_other(test: str) -> None:
    world = World()
    world.client(client(TestId(test), play=students.echoes_whatever_comes(part(test))))
    world.run(until_s=120.0)
    attempts = world.attempts()
    assert [record.summary.test for record in attempts] == [test]
    assert attempts[0].summary.verdict is not None


def test_all_of_assignment_1_passes_on_one_connection() -> None:
    world = World()
    test = TestId("2024-a1-t1")
    world.client(client(test, play=students.handles_all_of_assignment_1(part(test))))
    world.run()
    found = {record.summary.test: record.summary.verdict for record in world.attempts()}
    assert found == {f"2024-a1-t{n}": "pass" for n in (1, 2, 3, 4)}
