"""The law of an attempt's page: the verdict and its reason first, then what it rests on.

Pure: a stored attempt and what the catalogue says of its test in, what the page shows out. The
teacher's note (a traceback, perhaps) is not for this page and never reaches it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from holdfast.grading.domain.attempt import AttemptId, TestId
from holdfast.grading.domain.roster import User
from holdfast.grading.domain.scenario import Scenario
from holdfast.grading.domain.transcript import TranscriptError, decode
from holdfast.grading.domain.verdict import Check, CheckSpec, CheckState, Verdict
from holdfast.grading.pages.conversation import LONG, SHORT, Conversation, tell, tell_rows
from holdfast.grading.pages.words import (
    CHECK_MARKS,
    PRACTICE_MEANING,
    VERDICT_MARKS,
    VERDICT_MEANINGS,
    VERDICT_WORDS,
)
from holdfast.grading.service.ports import AttemptRecord, AttemptSummary


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One check: `title` is its meaning for a reader, `words` its state."""

    name: str
    title: str
    words: str
    mark: str
    points: int
    hint: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where an attempt stands among the student's attempts at the same test, 1 being the first.

    `of` is how many there are; both are None when there are too many to count.
    """

    number: int | None
    of: int | None
    older: AttemptId | None
    newer: AttemptId | None


@dataclass(frozen=True, slots=True)
class AttemptSheet:
    """The whole page. `conversation` is what is known of it: None when that is nothing."""

    summary: AttemptSummary
    user: User | None
    title: str
    is_known_test: bool
    words: str
    mark: str
    meaning: str
    checks: tuple[CheckLine, ...]
    took_s: float | None
    seed: str
    place: Place
    conversation: Conversation | None
    unreadable: bool
    has_transcript: bool

    @property
    def is_running(self) -> bool:
        return self.summary.verdict is None

    @property
    def reason(self) -> str:
        """The verdict's reason in words; there is always one."""
        if self.summary.reason:
            return self.summary.reason
        if self.is_running:
            return "The test is still running."
        return "Every check passed." if self.summary.verdict is Verdict.PASS else self.words

    @property
    def points(self) -> tuple[int, int]:
        """Points reached, and points there are."""
        reached = sum(line.points for line in self.checks if line.mark == "passed")
        return reached, sum(line.points for line in self.checks)


def build_attempt(
    record: AttemptRecord,
    user: User | None,
    catalogue: Mapping[TestId, Scenario],
    place: Place,
    *,
    everything: bool,
) -> AttemptSheet:
    """Fold a stored attempt into its page; `everything` shows long conversations whole."""
    summary = record.summary
    scenario = catalogue.get(summary.test)
    conversation, unreadable = _conversation(record, everything=everything)
    ended = summary.ended_at
    return AttemptSheet(
        summary=summary,
        user=user,
        title=scenario.title if scenario else "a test that is no longer offered",
        is_known_test=scenario is not None,
        words=VERDICT_WORDS[summary.verdict],
        mark=VERDICT_MARKS[summary.verdict],
        meaning=PRACTICE_MEANING if summary.is_practice else VERDICT_MEANINGS[summary.verdict],
        checks=check_lines(
            summary.checks,
            scenario.checks if scenario else (),
            is_running=summary.verdict is None,
        ),
        took_s=(ended - summary.started_at).total_seconds() if ended else None,
        seed=record.seed,
        place=place,
        conversation=conversation,
        unreadable=unreadable,
        has_transcript=bool(record.transcript),
    )


def place_of(attempt: AttemptId, newest_first: Sequence[AttemptId], *, complete: bool) -> Place:
    """Where an attempt stands in the list of attempts at its test; `complete`: none is missing."""
    if attempt not in newest_first:
        return Place(None, None, None, None)
    at = newest_first.index(attempt)
    count = len(newest_first)
    return Place(
        number=count - at if complete else None,
        of=count if complete else None,
        older=newest_first[at + 1] if at + 1 < count else None,
        newer=newest_first[at - 1] if at else None,
    )


def check_lines(
    checks: Sequence[Check], specs: Sequence[CheckSpec], *, is_running: bool = False
) -> tuple[CheckLine, ...]:
    """The checks with the titles of their test; while it runs, also those still to come."""
    titles = {spec.name: spec.title for spec in specs}
    if is_running or not checks:
        known = {check.name for check in checks}
        ahead = (spec for spec in specs if spec.name not in known)
        checks = [
            *checks,
            *(Check(spec.name, CheckState.NOT_REACHED, spec.points) for spec in ahead),
        ]
    words = {CheckState.PASS: "passed", CheckState.FAIL: "failed"}
    return tuple(
        CheckLine(
            name=check.name,
            title=titles.get(check.name) or check.name,
            words=words.get(check.state, "not reached"),
            mark=CHECK_MARKS[check.state],
            points=check.points,
            hint=check.hint,
        )
        for check in checks
    )


def _conversation(record: AttemptRecord, *, everything: bool) -> tuple[Conversation | None, bool]:
    """The told transcript, and whether there is one that cannot be read."""
    bounds = LONG if everything else SHORT
    if not record.transcript:
        return (tell_rows(record.rows, bounds) if record.rows else None), False
    try:
        transcript = decode(record.transcript)
    except TranscriptError:
        return None, True
    return tell(transcript, bounds), False
