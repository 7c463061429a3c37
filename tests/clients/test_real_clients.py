"""Programs as real students write them, in four languages, against a real fleet.

The right ones pass, whatever their habits are; the wrong ones fail with a reason that names the
mistake. They were written from the protocol's description alone, and all run at the same time.
"""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from tests.clients.lessons import (
    NOBODY,
    REFUSED,
    RIGHT,
    SECOND_TRY,
    WRONG,
    Refused,
    Right,
    Wrong,
)
from tests.clients.workshop import TOOLS, Workshop, home, missing
from tests.support.fleet import Fleet, eventually, fleet

pytestmark = [pytest.mark.processes, pytest.mark.long, pytest.mark.xdist_group("clients")]

SCALE = 0.02
LEASE_TEST_S = 900
"""Three leases long; 18 s at this scale."""
VERDICT_S = 45.0
"""All tests are over after 25 s on a quiet machine."""


@dataclass
class Classroom:
    """A fleet, and everybody's programs running against it."""

    fleet: Fleet
    workshop: Workshop

    def told(self, uid: int) -> str:
        """What a student would look at when something went wrong."""
        attempts = "\n".join(map(str, self.fleet.attempts(uid))) if uid != NOBODY else ""
        return f"{attempts}\nThe program said:\n{self.workshop.said(uid)[-3000:]}"

    def attempts(self, uid: int, test: str) -> list[dict[str, Any]]:
        """The student's attempts at a test, once none of them is running."""

        def ended() -> list[dict[str, Any]]:
            found = [each for each in self.fleet.attempts(uid) if each["test"] == test]
            return found if all(each["verdict"] for each in found) else []

        try:
            return list(eventually(ended, VERDICT_S, f"a verdict of {test}"))
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.told(uid)}") from None

    def incidents(self, uid: int) -> str:
        """What went wrong at this student's home and was no attempt."""
        source = f"{home(uid)}:"
        found = (each for each in self.fleet.incidents() if each["source"].startswith(source))
        return "\n".join(each["detail"] for each in found)


@pytest.fixture(scope="module")
def classroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Classroom]:
    """Everybody at once: a test only waits for the end of its own program's attempts."""
    folder = tmp_path_factory.mktemp("clients")
    everybody = (*RIGHT, SECOND_TRY, *WRONG, *REFUSED)
    roster = folder / "roster.csv"
    roster.write_text("".join(f"{c.uid},Student {c.uid}\n" for c in everybody if c.uid != NOBODY))
    with ExitStack() as stack:
        workshop = Workshop(folder)
        stack.callback(workshop.stop)
        workshop.compile()
        words = (
            "--apps",
            "grading",
            "--roster",
            str(roster),
            "--set",
            f"course.lease_test_s={LEASE_TEST_S}",
        )
        running = stack.enter_context(fleet(folder / "data", *words, scale=SCALE))
        workshop.compiled()
        for case in everybody:
            if not missing(case.language):
                workshop.start(case.language, running.offset, case.uid, SCALE, case.words)
        yield Classroom(running, workshop)
        workshop.stop()  # before the fleet, which waits for clients that never close


def named(case: Right | Wrong | Refused) -> str:
    return f"{case.language}: {getattr(case, 'habit', '') or getattr(case, 'mistake', '')}"


def needs(language: str) -> None:
    if gone := missing(language):
        pytest.skip(f"{' and '.join(gone)} is not installed")


@pytest.mark.parametrize("case", RIGHT, ids=named)
def test_a_right_program_passes_whatever_its_habits_are(classroom: Classroom, case: Right) -> None:
    needs(case.language)
    for test in case.passes:
        attempts = classroom.attempts(case.uid, test)
        verdicts = [each["verdict"] for each in attempts]
        assert verdicts == ["pass"], f"{test} {verdicts}\n{classroom.told(case.uid)}"
        assert attempts[0]["uid"] == case.uid
        assert attempts[0]["source"].startswith(f"{home(case.uid)}:")
    others = {each["test"] for each in classroom.fleet.attempts(case.uid)} - set(case.passes)
    assert not others, classroom.told(case.uid)


@pytest.mark.parametrize("case", WRONG, ids=named)
def test_a_mistake_fails_with_a_reason_that_names_it(classroom: Classroom, case: Wrong) -> None:
    needs(case.language)
    attempts = classroom.attempts(case.uid, case.test)
    assert [each["verdict"] for each in attempts] == ["fail"], classroom.told(case.uid)
    for name in case.names:
        assert name in attempts[0]["reason"], classroom.told(case.uid)


@pytest.mark.parametrize("case", REFUSED, ids=named)
def test_who_never_reaches_a_test_is_told_why(classroom: Classroom, case: Refused) -> None:
    needs(case.language)
    for name in case.names:
        eventually(lambda n=name: n in classroom.workshop.said(case.uid), VERDICT_S, f"{name} told")
        eventually(lambda n=name: n in classroom.incidents(case.uid), VERDICT_S, f"{name} noted")
    if case.uid != NOBODY:
        assert classroom.fleet.attempts(case.uid) == []


def test_who_triggers_before_registering_is_told_and_may_try_again(classroom: Classroom) -> None:
    uid, (test,) = SECOND_TRY.uid, SECOND_TRY.passes
    eventually(lambda: len(classroom.attempts(uid, test)) == 2, VERDICT_S, "the second attempt")
    second, first = classroom.attempts(uid, test)  # newest first
    assert (first["verdict"], second["verdict"]) == ("fail", "pass"), classroom.told(uid)
    assert "no active lease" in first["reason"]
    assert "no active lease" in classroom.workshop.said(uid)
    assert classroom.fleet.cells()[uid, test]["standing"] == "passed"


def test_every_test_is_taken_by_programs_of_two_languages(classroom: Classroom) -> None:
    languages = defaultdict(set)
    for case in RIGHT:
        for test in case.passes:
            languages[test].add(case.language)
    known = {each["id"] for each in classroom.fleet.get("/api/grading/tests")["tests"]}
    assert set(languages) == known
    assert all(len(each) >= 2 for each in languages.values()), dict(languages)
    assert {each for some in languages.values() for each in some} == set(TOOLS)


def test_nothing_that_came_later_started_a_test_again(classroom: Classroom) -> None:
    for case in RIGHT:
        if not missing(case.language):
            tests = [each["test"] for each in classroom.fleet.attempts(case.uid)]
            assert sorted(tests) == sorted(case.passes), classroom.told(case.uid)


def test_no_program_brought_a_process_down(classroom: Classroom) -> None:
    pids = {name: classroom.fleet.pids(name) for name in ("balancer", "node", "results-api")}
    assert [len(each) for each in pids.values()] == [1, 3, 1]
    assert not classroom.fleet.said("Traceback")
    assert not classroom.fleet.said("infrastructure")
