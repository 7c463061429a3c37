"""`holdfast student`: what it prints, whose verdict it is, and what it exits with."""

import asyncio
import re
from collections.abc import Callable
from typing import TypeVar

import pytest

from holdfast.errors import HoldfastError, Mistake
from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.roster import UserId
from holdfast.grading.domain.rules import Rules
from holdfast.grading.domain.scenarios import CATALOGUE
from holdfast.grading.entrypoints import student
from holdfast.grading.entrypoints.student import StudentOptions, named_tests, play_student
from holdfast.grading.entrypoints.student_driver import Target
from tests.support.open_server import USERS, OpenServer, open_server
from tests.support.virtual import UID

FAST = Rules(time_scale=0.003, register_hold_s=0.01, silence_s=0.2)
WITHIN_S = 60.0
T = TypeVar("T")


def options(server: OpenServer, uid: int = UID) -> StudentOptions:
    return StudentOptions(UserId(uid), server.target, FAST, server.results_url)


async def beside(work: Callable[[], T]) -> T:
    """A command has a loop of its own, so it runs in a thread beside the server's."""
    async with asyncio.timeout(WITHIN_S):
        return await asyncio.to_thread(work)


async def played(tests: list[str], uid: int = UID) -> tuple[int, str]:
    """Exit code and output of the command against a server of its own."""
    lines: list[str] = []
    async with open_server(FAST) as server:
        chosen = [TestId(test) for test in tests]
        code = await beside(lambda: play_student(chosen, options(server, uid), out=lines.append))
    return code, "\n".join(lines)


async def test_one_test_prints_each_message_and_the_servers_verdict() -> None:
    code, text = await played(["2024-a1-t4"])
    assert code == 0
    assert "2024-a1-t4  Handling an error message" in text
    assert "-> Register user_id=1234 host='localhost' port=4444" in text
    assert "<- ErrorReply text='This is an error" in text
    assert "passed" in text
    assert "+ only the chat" in text
    assert text.endswith("1 of 1 passed")


async def test_several_tests_play_at_once_and_each_prints_whole_when_it_is_through() -> None:
    tests = ["2024-a1-t3", "2025-6_2", "seed-user-id"]
    code, text = await played(tests)
    assert code == 0
    blocks = [block for block in text.split("\n\n") if not block.startswith("3 of")]
    titles = {f"{test}  {CATALOGUE[TestId(test)].title}" for test in tests}
    assert {block.splitlines()[0] for block in blocks} == titles
    assert all("passed" in block for block in blocks)
    assert re.search(r"\(\d{4} long\)", text), "long texts are shortened, with their length"
    assert text.endswith("3 of 3 passed")


async def test_a_quick_test_is_not_kept_back_by_a_long_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(student, "QUIET_S", 0.05)
    order = ["2025-6_2", "seed-user-id"]
    code, text = await played(order)
    assert code == 0
    long, quick = (text.index(f"{test}  ") for test in order)
    assert quick < text.index("still being played: 2025-6_2; lease tests take 0 minutes") < long
    assert text.count("still being played") < 12, "said ever more seldom"


async def test_at_the_end_it_is_told_which_tests_did_not_pass(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(student, "VERDICT_S", 0.3)
    code, text = await played(["2024-a1-t1", "2024-a1-t4"], uid=UID + USERS)
    assert code == 1
    assert text.endswith("not passed: 2024-a1-t1, 2024-a1-t4\n0 of 2 passed")


async def test_an_unknown_id_has_no_attempt_and_that_is_a_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(student, "VERDICT_S", 0.3)
    code, text = await played(["2024-a1-t1"], uid=UID + USERS)
    assert code == 1
    assert "is not on the roster" in text
    assert "the server has no attempt of this test" in text
    assert text.endswith("0 of 1 passed")


async def test_a_server_that_is_away_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(student, "VERDICT_S", 0.3)
    lines: list[str] = []
    async with open_server(FAST) as server:
        gone = StudentOptions(UID, Target("127.0.0.1", 50_001), FAST, server.results_url)
        tests = [TestId("2024-a1-t1")]
        code = await beside(lambda: play_student(tests, gone, out=lines.append))
    assert code == 1
    assert any("trouble: TCP port 54445" in line for line in lines)


async def test_without_the_results_api_nobody_knows_a_verdict() -> None:
    async with open_server(FAST) as server:
        nowhere = StudentOptions(UID, server.target, FAST, "http://127.0.0.1:9")
        with pytest.raises(HoldfastError, match="does not answer"):
            await beside(lambda: play_student([TestId("2024-a1-t1")], nowhere))


def test_all_tests_are_named_by_a_flag_and_unknown_ones_are_mistakes() -> None:
    assert named_tests([], every=True) == list(CATALOGUE)
    assert named_tests(["2025-5_1", "2024-a1-t1"], every=False) == ["2025-5_1", "2024-a1-t1"]
    with pytest.raises(Mistake, match="no test 2025-7_1"):
        named_tests(["2025-7_1"], every=False)
    with pytest.raises(Mistake, match="--all"):
        named_tests([], every=False)
