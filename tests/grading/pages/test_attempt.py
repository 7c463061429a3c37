"""An attempt's page: verdict, reason, checks and its place among others."""

import asyncio
from dataclasses import replace

from holdfast.grading.domain.attempt import AttemptId, TestId
from holdfast.grading.domain.scenarios import CATALOGUE
from holdfast.grading.domain.verdict import Check, CheckState, Verdict
from holdfast.grading.pages.attempt import AttemptSheet, Place, build_attempt, check_lines, place_of
from holdfast.grading.service.ports import AttemptRecord
from holdfast.grading.store.memory import MemoryStore
from tests.support.seeded_class import (
    BEGIN,
    Clock,
    closed,
    echo,
    opened,
    play,
    shouting,
    students,
)

TEST = TestId("2024-a1-t2")
NOWHERE = Place(None, None, None, None)


def record_of(client: object | None, test: TestId = TEST) -> AttemptRecord:
    async def make() -> AttemptRecord | None:
        store = MemoryStore(Clock().wall)
        await store.import_roster(students(1))
        begun = opened(1, 1000, test, BEGIN)
        await store.open_attempt(begun)
        if client is not None:
            played = play(CATALOGUE[TEST], 1000, client)  # type: ignore[arg-type]
            await store.close_attempt(closed(begun, played))
        return await store.attempt(begun.id)

    record = asyncio.run(make())
    assert record is not None
    return record


def sheet_of(record: AttemptRecord, *, everything: bool = False) -> AttemptSheet:
    return build_attempt(record, students(1)[0], CATALOGUE, NOWHERE, everything=everything)


def test_a_failed_attempt_says_why_first() -> None:
    sheet = sheet_of(record_of(shouting))
    assert (sheet.words, sheet.mark) == ("failed", "failed")
    assert "upper and lower case" in sheet.reason
    assert sheet.points == (0, 1)
    assert sheet.took_s is not None
    assert sheet.conversation is not None
    assert sheet.conversation.turn is not None


def test_a_passed_attempt_ticks_all_its_checks() -> None:
    sheet = sheet_of(record_of(echo), everything=True)
    assert sheet.words == "passed"
    assert [line.mark for line in sheet.checks] == ["passed"]
    assert sheet.points == (1, 1)


def test_a_running_attempt_shows_the_checks_it_has_ahead() -> None:
    sheet = sheet_of(record_of(None))
    assert sheet.is_running
    assert sheet.reason == "The test is still running."
    assert [line.words for line in sheet.checks] == ["not reached"]
    assert sheet.checks[0].title == CATALOGUE[TEST].checks[0].title
    assert (sheet.conversation, sheet.unreadable, sheet.took_s) == (None, False, None)


def test_a_test_that_is_gone_still_has_its_attempts() -> None:
    sheet = sheet_of(record_of(echo, TestId("2019-old")))
    assert not sheet.is_known_test
    assert "no longer" in sheet.title
    assert sheet.checks[0].title == "echo"


def test_a_transcript_of_another_version_is_said_to_be_unreadable() -> None:
    record = record_of(echo)
    for damage in (b'{"version": 99}', b"not json"):
        broken = AttemptRecord(record.summary, record.seed, damage, "")
        sheet = sheet_of(broken)
        assert sheet.unreadable
        assert sheet.conversation is None


def test_a_verdict_without_a_reason_still_says_something() -> None:
    record = record_of(echo)
    for verdict in Verdict:
        summary = type(record.summary)(
            record.summary.id,
            record.summary.uid,
            record.summary.test,
            verdict,
            (),
            "",
            record.summary.started_at,
            record.summary.ended_at,
            record.summary.node,
            record.summary.source,
        )
        assert sheet_of(AttemptRecord(summary, "seed", b"", "")).reason


def test_a_check_nobody_declared_is_shown_by_its_name() -> None:
    lines = check_lines([Check("odd", CheckState.FAIL, 2, "why")], ())
    assert (lines[0].title, lines[0].words, lines[0].hint) == ("odd", "failed", "why")


def test_attempts_at_one_test_are_numbered_from_the_first() -> None:
    newest_first = [AttemptId(name) for name in "cba"]
    middle = place_of(AttemptId("b"), newest_first, complete=True)
    assert middle == Place(2, 3, AttemptId("a"), AttemptId("c"))
    assert place_of(AttemptId("a"), newest_first, complete=True).older is None
    assert place_of(AttemptId("c"), newest_first, complete=False) == Place(
        None, None, AttemptId("b"), None
    )
    assert place_of(AttemptId("x"), newest_first, complete=True) == NOWHERE


def test_an_attempt_in_practice_says_that_it_does_not_count() -> None:
    record = record_of(echo)
    practised = replace(record, summary=replace(record.summary, is_practice=True))
    assert sheet_of(practised).meaning == "This was practice: it does not count."
