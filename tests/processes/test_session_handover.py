"""Students' tests outlive the nodes that serve them. Against real processes; see
docs/reference/session-handover.md. A sample: `python -m bench.handover` kills many more.
"""

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest

from holdfast.grading.domain.rules import Rules
from holdfast.grading.domain.transcript import EntryKind
from tests.support.fleet import Fleet, eventually, fleet
from tests.support.handover import play_round
from tests.support.trying import ALL_TESTS

pytestmark = [pytest.mark.processes, pytest.mark.long, pytest.mark.xdist_group("handover")]

SCALE = 0.02
QUICK = Rules(time_scale=SCALE)
KILLED, FROZEN = 1000, 1001
SEED = 4


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    folder = tmp_path_factory.mktemp("handover")
    roster: Path = folder / "roster.csv"
    roster.write_text("".join(f"{uid},Student {uid}\n" for uid in (KILLED, FROZEN)))
    words = ("--apps", "grading", "--roster", str(roster), "--set=fleet.drain_s=1")
    with fleet(folder / "data", *words, scale=SCALE, nodes=4) as running:
        yield running


def transcript_of(course: Fleet, attempt: str) -> dict[str, Any]:
    found: dict[str, Any] = course.get(f"/api/grading/attempts/{attempt}")["transcript"]
    return found


def moves(course: Fleet, uid: int) -> list[str]:
    """What the transcripts of a student's attempts tell about moves."""
    return [
        entry["text"]
        for attempt in course.attempts(uid)
        for entry in transcript_of(course, attempt["id"])["entries"]
        if entry["kind"] == EntryKind.MOVED
    ]


def test_every_course_test_passes_while_the_nodes_that_serve_them_are_killed(
    course: Fleet,
) -> None:
    found = asyncio.run(
        play_round(course, KILLED, ALL_TESTS, kills=4, dice=Random(SEED), rules=QUICK)
    )
    assert not found.failed
    assert sorted(found.passed) == sorted(ALL_TESTS)
    assert found.kills >= 2
    assert course.said("session_resumed")
    assert not course.said("session_not_resumed")


def test_the_results_tell_where_a_test_went_on(course: Fleet) -> None:
    told = moves(course, KILLED)
    assert told
    assert all(text.startswith("moved from node-") for text in told)


@contextmanager
def suspended(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def test_a_frozen_nodes_test_goes_on_elsewhere_and_its_own_verdict_counts_no_more(
    course: Fleet,
) -> None:
    test = "2024-a3-t1"
    eventually(lambda: len(course.nodes()) == 4, 60.0, "all nodes")

    async def play() -> None:
        playing = asyncio.create_task(
            play_round(course, FROZEN, [test], kills=0, dice=Random(SEED), rules=QUICK)
        )
        [running] = await asyncio.to_thread(
            eventually, lambda: course.attempts(FROZEN), 30.0, "the beginning"
        )
        with suspended(course.nodes()[running["node"]]):
            found = await playing
            assert found.passed == [test], found.failed
        [ended] = course.attempts(FROZEN)
        assert ended["node"] != running["node"]

    asyncio.run(play())
    [attempt] = course.attempts(FROZEN)
    assert attempt["verdict"] == "pass"
    assert len(moves(course, FROZEN)) == 1
