"""The reference clients against a real fleet: all tests through the balancer, and wrong answers.

One fleet for all of it. The broken clients play on the same sockets as the right ones; the hint of
the recorded attempt must name their mistake.
"""

import asyncio
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.reference.clients import client
from holdfast.grading.domain.reference.habits import Greeting, Habits, Resend
from holdfast.grading.domain.roster import UserId
from holdfast.grading.domain.rules import Rules
from holdfast.grading.domain.transcript import EntryKind
from holdfast.grading.entrypoints.student_driver import Job, Report, Target, play_clients
from tests.grading.mutants.catalogue import ALL, Mutant
from tests.support.fleet import Fleet, eventually, fleet
from tests.support.trying import ALL_TESTS

pytestmark = [pytest.mark.processes, pytest.mark.long, pytest.mark.xdist_group("student")]

STUDENTS = range(1000, 1400)
SCALE = 0.01
QUICK = Rules(time_scale=SCALE)
ENDS_S = 60.0
BY_ADDRESS = "2024-a2-t2"
"""Everybody here has one address, so this test is credited to whoever registered last."""
SOON_WRONG = re.compile(
    r"(?=2024-a1-t[234]|2025-4_2|seed|2024-a3-t3|2025-6_2|2025-5_2: sends while|2025-3_1)"
    r"(?!.*(never|nothing|stops|bare string for|leaves out|only the first|alone|one datagram"
    r"|appends|no list|drops what|Length|length))"
)
"""Mistakes that are recognised within a second or two, not by waiting in vain."""
QUICK_MUTANTS = [mutant for mutant in ALL if SOON_WRONG.match(str(mutant))]


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    folder = tmp_path_factory.mktemp("student")
    roster: Path = folder / "roster.csv"
    roster.write_text("".join(f"{uid},Student {uid}\n" for uid in STUDENTS))
    with fleet(
        folder / "data", "--apps", "grading", "--roster", str(roster), scale=SCALE
    ) as running:
        yield running


def play(course: Fleet, jobs: Sequence[Job]) -> list[Report]:
    """Play them all at once."""

    async def all_of_them() -> list[Report]:
        target = Target("127.0.0.1", course.offset)
        async with asyncio.timeout(2 * ENDS_S):
            return [each async for each in play_clients(jobs, target, QUICK, at_once=200)]

    return asyncio.run(all_of_them())


def ended(course: Fleet, uid: int, test: str) -> dict[str, object]:
    """The student's attempt at the test, once it has a verdict."""

    def found() -> dict[str, object] | None:
        attempts = [each for each in course.attempts(uid) if each["test"] == test]
        return next((each for each in attempts if each["verdict"] is not None), None)

    attempt: dict[str, object] = eventually(found, ENDS_S, f"the verdict of {uid} at {test}")
    return attempt


def test_the_command_plays_all_tests_and_all_pass(course: Fleet) -> None:
    said = course.holdfast(
        "student", "--all", "--uid", "1000", "--time-scale", str(SCALE), "--data", str(course.data)
    )
    assert said.returncode == 0, said.stdout + said.stderr
    assert said.stdout.rstrip().endswith(f"{len(ALL_TESTS)} of {len(ALL_TESTS)} passed")
    assert {test for uid, test in course.cells() if uid == 1000} == set(ALL_TESTS)


def test_the_command_prints_messages_and_the_verdict_with_its_reasons(course: Fleet) -> None:
    said = course.holdfast(
        "student", "2025-3_2", "--uid", "1001", "--time-scale", str(SCALE), "--data",
        str(course.data),
    )  # fmt: skip
    assert said.returncode == 0, said.stdout + said.stderr
    assert "udp:5252 <- Chat recipient=1001 text='Timestamp: " in said.stdout
    assert "Every check passed." in said.stdout


def test_a_test_that_does_not_exist_is_a_mistake(course: Fleet) -> None:
    said = course.holdfast("student", "2025-9_9", "--uid", "1001")
    assert said.returncode == 2
    assert "There is no test 2025-9_9" in said.stderr


def test_every_habit_of_right_clients_passes_through_the_balancer(course: Fleet) -> None:
    kinds = [
        Habits(Greeting.ONE_SEGMENT, Resend.ON_DATAGRAM),
        Habits(Greeting.HASTY, silence_s=1.0, renews_anew=True, repeats=True),
        Habits(Greeting.HASTY, Resend.ON_DATAGRAM, silence_s=1.0, forgets_acks=True),
    ]
    tests = [test for test in ALL_TESTS if test != BY_ADDRESS]
    wanted = [(test, habits) for habits in kinds for test in tests]
    jobs = [Job(test, UserId(1010 + n), habits) for n, (test, habits) in enumerate(wanted)]
    assert all(not report.trouble for report in play(course, jobs))
    for job in jobs:
        attempt = ended(course, job.uid, job.test)
        assert attempt["verdict"] == "pass", (job, attempt)


def test_broken_clients_fail_and_their_mistakes_are_named(course: Fleet) -> None:
    jobs = [
        Job(mutant.test, UserId(1100 + n), scenario=client(mutant.test, play=mutant.play))
        for n, mutant in enumerate(QUICK_MUTANTS)
    ]
    play(course, jobs)
    named = 0
    for job, mutant in zip(jobs, QUICK_MUTANTS, strict=True):
        attempt = ended(course, job.uid, job.test)
        assert attempt["verdict"] == "fail", (str(mutant), attempt)
        named += _is_named(course, mutant, str(attempt["id"]))
    assert named >= 0.9 * len(jobs), f"{named} of {len(jobs)}"


def _is_named(course: Fleet, mutant: Mutant, attempt: str) -> bool:
    transcript = course.get(f"/api/grading/attempts/{attempt}")["transcript"]
    hint = transcript["divergence"]["hint"]
    return re.search(mutant.says, hint, re.S) is not None


def test_the_transcript_has_the_whole_conversation(course: Fleet) -> None:
    attempt = course.attempts(1000)[0]
    transcript = course.get(f"/api/grading/attempts/{attempt['id']}")["transcript"]
    kinds = {entry["kind"] for entry in transcript["entries"]}
    assert EntryKind.CHECK in kinds
    assert transcript["test"] == attempt["test"]
    assert TestId(transcript["test"]) in ALL_TESTS
