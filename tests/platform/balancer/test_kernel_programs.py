"""Programs: in order, bounded in time and output, and never a surprise."""

import sys
import time
from collections.abc import Iterator

import pytest

from holdfast.platform.balancer import kernel_programs as module
from holdfast.platform.balancer.kernel_programs import Outcome, Programs, found, run_now
from holdfast.platform.balancer.loop import Loop

PYTHON = sys.executable


@pytest.fixture
def loop() -> Iterator[Loop]:
    loop = Loop()
    loop.now = time.monotonic()
    yield loop
    loop.dispose()


def outcomes(loop: Loop, *jobs: tuple[tuple[str, ...], str]) -> list[Outcome]:
    """Run these one after the other."""
    programs, seen = Programs(loop), list[Outcome]()
    for argv, text in jobs:
        assert programs.run(argv, text, seen.append)
    assert programs.busy
    assert seen == [], "never from within the call"
    while len(seen) < len(jobs):
        loop.turn()
    loop.turn() if programs.busy else None
    programs.close()
    return seen


def test_what_a_program_says_and_how_it_ends_is_told(loop: Loop) -> None:
    script = "import sys; print(sys.stdin.read().upper()); sys.exit(3)"
    (outcome,) = outcomes(loop, ((PYTHON, "-c", script), "words"))
    assert outcome == Outcome(3, b"WORDS\n")
    assert outcome.sentence == "WORDS"


def test_jobs_run_in_the_order_they_came(loop: Loop) -> None:
    said = outcomes(loop, *(((("echo", str(number))), "") for number in range(5)))
    assert [outcome.said for outcome in said] == [b"%d\n" % number for number in range(5)]


def test_a_program_that_is_not_there_is_an_outcome(loop: Loop) -> None:
    first, second = outcomes(loop, (("/no/such/program",), ""), (("true",), ""))
    assert first.code == -1
    assert "No such file" in first.sentence
    assert second.code == 0
    assert second.sentence == "it ended with code 0"


def test_a_program_that_hangs_is_ended(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "JOB_S", 0.05)
    first, second = outcomes(loop, (("sleep", "60"), ""), (("true",), ""))
    assert first.code == -1
    assert "longer" in first.sentence
    assert second.code == 0


def test_a_talkative_program_is_cut_short(loop: Loop) -> None:
    script = "import sys; sys.stdout.write('x' * 3_000_000)"
    (outcome,) = outcomes(loop, ((PYTHON, "-c", script), ""))
    assert outcome.code == 0
    assert len(outcome.said) == module.MAX_OUTPUT_BYTES
    assert len(outcome.sentence) == 300


def test_only_so_many_jobs_wait(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_JOBS", 2)
    programs = Programs(loop)
    assert programs.run(("true",), "", lambda _: None)
    assert programs.run(("true",), "", lambda _: None)
    assert not programs.run(("true",), "", lambda _: None)
    programs.close()


def test_closing_ends_what_runs_and_tells_nobody(loop: Loop) -> None:
    programs, seen = Programs(loop), list[Outcome]()
    programs.run(("sleep", "60"), "", seen.append)
    loop.turn()
    programs.close()
    loop.turn()
    assert seen == []
    assert not programs.busy


def test_run_now_waits_and_never_raises() -> None:
    assert run_now(("cat",), "x") == Outcome(0, b"x")
    assert run_now(("/no/such/program",), "").code == -1
    assert run_now(("sleep", "60"), "", patience_s=0.05).code == -1


def test_administrators_programs_are_found_by_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere:/bin:/usr/bin")
    assert found("sh")
    assert found("no-such-program-at-all") is None
