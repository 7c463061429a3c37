"""Students' programs for a load: the whole roster tries each test, one after the other."""

from collections.abc import Callable
from random import Random

import pytest

from holdfast.errors import Mistake
from holdfast.grading.domain.events import Outcome
from holdfast.grading.domain.rules import Rules
from holdfast.grading.entrypoints import attempts as asking
from holdfast.grading.entrypoints import student_driver
from holdfast.grading.entrypoints.student_driver import Job, Report, Target
from holdfast.grading.wiring import commands
from holdfast.grading.wiring.programs import LONG, PROGRAMS, attempts
from holdfast.platform.runtime.journey import Person, Play, Played
from tests.grading.wiring.settings import effective

Became = Callable[[Report], None]


def plays(monkeypatch: pytest.MonkeyPatch, become: Became, *, roster: int = 2) -> Play:
    async def play(job: Job, target: Target, rules: Rules) -> Report:
        assert (target, rules.time_scale) == (Target("127.0.0.1", 0), 0.5)
        report = Report(job)
        become(report)
        return report

    users = [{"uid": 40 + number, "name": "x"} for number in range(roster)]
    monkeypatch.setattr(asking, "get_json", lambda *_: users)
    monkeypatch.setattr(commands, "rules_of", lambda *_: Rules(time_scale=0.5))
    monkeypatch.setattr(student_driver, "play_client", play)
    return attempts(effective(), "127.0.0.1")


async def ended(monkeypatch: pytest.MonkeyPatch, become: Became) -> Played:
    return (await plays(monkeypatch, become)(Person(0, Random(1))))[1]


async def test_nobody_tries_the_same_test_twice_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def become(report: Report) -> None:
        tried.append((report.job.uid, report.job.test))

    play = plays(monkeypatch, become)
    for number in range(12):
        await play(Person(number, Random(1)))
    assert len(set(tried)) == 12
    assert [uid for uid, _ in tried[:4]] == [40, 41, 40, 41]
    assert not {test for _, test in tried} & LONG


async def test_a_right_client_that_is_told_so_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    def right(report: Report) -> None:
        report.outcome, report.received = Outcome("pass", "", "well"), 3

    def refused(report: Report) -> None:
        right(report)
        report.verdict = False

    def unheard(report: Report) -> None:
        report.outcome = Outcome("fail", "", "nothing came")

    def troubled(report: Report) -> None:
        report.trouble, report.received = "no way", 1

    assert await ended(monkeypatch, right) is Played.RIGHT
    assert await ended(monkeypatch, refused) is Played.WRONG
    assert await ended(monkeypatch, unheard) is Played.LOST
    assert await ended(monkeypatch, troubled) is Played.LOST


def test_an_empty_roster_is_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Mistake, match="roster"):
        plays(monkeypatch, lambda _: None, roster=0)


def test_load_finds_them() -> None:
    assert [one.name for one in PROGRAMS] == ["attempts"]
    assert PROGRAMS[0].begin is attempts
