"""The law of `holdfast student`: play the reference clients, print what they saw and the verdicts.

The verdict is never the client's opinion: it is asked from the results API, with its reasons, as a
student would look it up. One test prints while it plays; several play at once, and each prints when
it is through, the quick ones first.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from holdfast.errors import Mistake
from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.roster import UserId
from holdfast.grading.domain.rules import Rules
from holdfast.grading.domain.scenarios import CATALOGUE
from holdfast.grading.entrypoints.attempts import lines_of, plain
from holdfast.grading.entrypoints.own_results import Own, own_results
from holdfast.grading.entrypoints.student_driver import Job, Report, Seen, Target, play_client
from holdfast.grading.wire.layout import describe_message

VERDICT_S = 20.0
"""How long to wait for a verdict after the client's part: the slowest check goes on for 10 s."""
POLL_S = 0.25
QUIET_S = 15.0
"""Who sees nothing for so long is told why; the next time after twice that, and so on."""
LISTED = 100
"""How many of the student's attempts are looked at: the newest."""
SHOWN_CHARS = 70
"""Of a value, on a terminal line."""

Print = Callable[[str], None]
Json = Any  # what the results API answers; read field by field


@dataclass(frozen=True, slots=True)
class StudentOptions:
    """As whom to play, against which server, and where its results are."""

    uid: UserId
    target: Target
    rules: Rules
    results_url: str
    token: str = ""
    own: Own | None = None
    """The way to the student's results, once it is known."""


def named_tests(names: Sequence[str], *, every: bool) -> list[TestId]:
    """The tests to play; all of them if `every`. `Mistake` names one that does not exist."""
    if every:
        return list(CATALOGUE)
    for name in names:
        if name not in CATALOGUE:
            raise Mistake(f"There is no test {plain(name)}; the tests are {', '.join(CATALOGUE)}.")
    if not names:
        raise Mistake(f"Name a test, or use --all; the tests are {', '.join(CATALOGUE)}.")
    return [TestId(name) for name in names]


def play_student(tests: Sequence[TestId], options: StudentOptions, *, out: Print = print) -> int:
    """Play the tests; 0 if the server passed all of them, else 1.

    `HoldfastError` when the results API is away, for then nobody knows a verdict.
    """
    return asyncio.run(_play_all(tests, options, out))


async def _play_all(tests: Sequence[TestId], options: StudentOptions, out: Print) -> int:
    url, uid, token = options.results_url, options.uid, options.token
    options = replace(options, own=await asyncio.to_thread(own_results, url, uid, token))
    known = {str(attempt["id"]) for attempt in await _attempts(options)}
    if len(tests) == 1:
        verdicts = {tests[0]: await _play_one(tests[0], options, known, out)}
    else:
        verdicts = await _play_together(tests, options, known, out)
    passed = sum(verdicts.values())
    out(f"{passed} of {len(tests)} passed")
    return 0 if passed == len(tests) else 1


async def _play_together(
    tests: Sequence[TestId], options: StudentOptions, known: set[str], out: Print
) -> dict[TestId, bool]:
    """All at once; each one's lines when it is through, in the order given among those that are."""
    blocks: dict[TestId, list[str]] = {test: [] for test in tests}
    playing = {
        test: asyncio.create_task(_play_one(test, options, known, block.append))
        for test, block in blocks.items()
    }
    verdicts: dict[TestId, bool] = {}
    patience_s = QUIET_S
    while playing:
        await asyncio.wait(
            playing.values(), timeout=patience_s, return_when=asyncio.FIRST_COMPLETED
        )
        through = [test for test, task in playing.items() if task.done()]
        if not through:
            out(f"still being played: {', '.join(playing)}; {_patience(options.rules)}\n")
            patience_s *= 2
        for test in through:
            verdicts[test] = await playing.pop(test)
            for line in (*blocks[test], ""):
                out(line)
    if failed := [test for test in tests if not verdicts[test]]:
        out(f"not passed: {', '.join(failed)}")
    return verdicts


def _patience(rules: Rules) -> str:
    minutes = rules.lease_test_scaled_s / 60
    return f"lease tests take {minutes:.0f} minutes here (`--time-scale 0.01`: 12 seconds)"


async def _play_one(test: TestId, options: StudentOptions, known: set[str], out: Print) -> bool:
    """Play one test; True if the server passed it. `known`: attempts from before."""
    out(f"{test}  {CATALOGUE[test].title}")
    watch = partial(_print_seen, out)
    job = Job(test, options.uid)
    report = await play_client(job, options.target, options.rules, watch=watch)
    for line in _part_lines(report):
        out(line)
    attempt = await _verdict(test, options, known)
    if attempt is None:
        out("  verdict: none, the server has no attempt of this test")
        return False
    for line in lines_of(attempt):
        out(f"  {line}")
    return bool(attempt["verdict"] == "pass")


async def _verdict(
    test: TestId, options: StudentOptions, known: set[str]
) -> Mapping[str, Json] | None:
    """The new attempt of the test once it has ended, or as it stands after `VERDICT_S`."""
    deadline = asyncio.get_running_loop().time() + VERDICT_S
    while True:
        found = [
            attempt
            for attempt in await _attempts(options)
            if attempt["test"] == test and attempt["id"] not in known
        ]
        is_late = asyncio.get_running_loop().time() > deadline
        if is_late or (found and found[0]["verdict"] is not None):
            return found[0] if found else None
        await asyncio.sleep(POLL_S)


async def _attempts(options: StudentOptions) -> Sequence[Mapping[str, Json]]:
    own = options.own or Own(options.results_url, options.uid, options.token)
    answer = await asyncio.to_thread(own.attempts, LISTED)
    attempts: Sequence[Mapping[str, Json]] = answer["attempts"]
    return attempts


def _part_lines(report: Report) -> list[str]:
    if report.trouble:
        return [f"  trouble: {plain(report.trouble)}"]
    if report.outcome is not None and report.outcome.verdict != "pass":
        return [f"  the client's own part: {plain(report.outcome.reason)}"]
    return []


def _print_seen(out: Print, seen: Seen) -> None:
    arrow = "->" if seen.direction == "out" else "<-"
    if seen.message is None:
        shown = f"{len(seen.raw)} bytes {seen.raw[:16].hex(' ')} ({seen.note})"
    else:
        fields = " ".join(f"{name}={_short(v)}" for name, v in describe_message(seen.message))
        shown = f"{type(seen.message).__name__} {fields}".rstrip()
    out(plain(f"  {seen.at_s:8.3f} s  {seen.line:<8} {arrow} {shown}"))


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN_CHARS else f"{text[:SHOWN_CHARS]}... ({len(text)} long)"
