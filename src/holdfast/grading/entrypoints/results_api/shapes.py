"""The shapes that the API answers with: the seed's two objects and the full ones.

Struct names become the names in /openapi.json; a docstring becomes the description there. Times are
UTC in ISO 8601. What is null or empty says so; no field is ever left out.
"""

from datetime import datetime
from typing import Literal

import msgspec
from msgspec import Raw, Struct

from holdfast.grading.domain.attempt import Incident, TestId
from holdfast.grading.domain.roster import User
from holdfast.grading.domain.rules import Rules
from holdfast.grading.domain.scenario import Scenario
from holdfast.grading.domain.standings import BestResult, Row, Standing
from holdfast.grading.domain.verdict import Check, CheckState, Verdict
from holdfast.grading.service.ports import AttemptRecord, AttemptSummary


class UserShape(Struct, frozen=True):
    """A student."""

    uid: int
    name: str

    @classmethod
    def of(cls, user: User) -> "UserShape":
        return cls(user.uid, user.name)


class AssignmentShape(Struct, frozen=True):
    """The best counted result of a student at one test; `assignment` is the test's number."""

    assignment: int
    passed: bool
    uid: int

    @classmethod
    def of(cls, best: BestResult, assignment: int) -> "AssignmentShape":
        return cls(assignment, best.passed, best.uid)


class CheckShape(Struct, frozen=True):
    """One check of an attempt; `hint` says what was wrong, empty when nothing was."""

    name: str
    verdict: CheckState
    points: int
    hint: str

    @classmethod
    def of(cls, check: Check) -> "CheckShape":
        return cls(check.name, check.state, check.points, check.hint)


class AttemptShape(Struct, frozen=True):
    """An attempt; `verdict` and `ended_at` are null while it runs."""

    id: str
    uid: int
    test: str
    verdict: Verdict | None
    checks: tuple[CheckShape, ...]
    reason: str
    started_at: datetime
    ended_at: datetime | None
    node: str
    source: str

    @classmethod
    def of(cls, summary: AttemptSummary) -> "AttemptShape":
        return cls(
            id=summary.id,
            uid=summary.uid,
            test=summary.test,
            verdict=summary.verdict,
            checks=tuple(map(CheckShape.of, summary.checks)),
            reason=summary.reason,
            started_at=summary.started_at,
            ended_at=summary.ended_at,
            node=summary.node,
            source=str(summary.source),
        )


class AttemptPage(Struct, frozen=True):
    """Attempts, newest first. `next` as `before` gives the following page; null on the last."""

    attempts: tuple[AttemptShape, ...]
    next: str | None


class AttemptDetail(Struct, frozen=True):
    """An attempt with its transcript (null while it runs) and seed (null while it runs).

    `teacher_note` is null for everybody but teachers.
    """

    id: str
    uid: int
    test: str
    verdict: Verdict | None
    checks: tuple[CheckShape, ...]
    reason: str
    started_at: datetime
    ended_at: datetime | None
    node: str
    source: str
    seed: str | None
    teacher_note: str | None
    transcript: Raw

    @classmethod
    def of(cls, record: AttemptRecord, *, for_teacher: bool) -> "AttemptDetail":
        summary = AttemptShape.of(record.summary)
        is_closed = summary.verdict is not None
        return cls(
            **{name: getattr(summary, name) for name in summary.__struct_fields__},
            seed=record.seed if is_closed else None,
            teacher_note=record.teacher_note if for_teacher else None,
            transcript=_json_or_null(record.transcript),
        )


class CellShape(Struct, frozen=True):
    """One student at one test: `attempts` have ended, `running` have not."""

    test: str
    standing: Standing
    attempts: int
    running: int
    points: int
    attempt: str | None


class RowShape(Struct, frozen=True):
    """A student's line of the class grid, with cells only for tests that were attempted."""

    uid: int
    name: str
    cells: tuple[CellShape, ...]

    @classmethod
    def of(cls, row: Row) -> "RowShape":
        cells = tuple(
            CellShape(
                test=cell.test,
                standing=cell.standing,
                attempts=cell.attempts,
                running=cell.running,
                points=cell.points,
                attempt=cell.attempt,
            )
            for cell in row.cells
        )
        return cls(row.user.uid, row.user.name, cells)


class TriggerShape(Struct, frozen=True):
    """The chat that starts a test: exactly `text`, or beginning with it when `prefix`."""

    text: str
    prefix: bool
    recipient: int | None


class CheckSpecShape(Struct, frozen=True):
    """A check that a test makes."""

    name: str
    title: str
    points: int


class TestShape(Struct, frozen=True):
    """A test as it is offered; `ports` are those that clients use here, offset included."""

    id: str
    title: str
    year: int
    assignment: int
    transport: Literal["tcp", "udp"]
    ports: tuple[int, ...]
    trigger: TriggerShape | None
    announces: bool
    checks: tuple[CheckSpecShape, ...]

    @classmethod
    def of(cls, scenario: Scenario, port_offset: int) -> "TestShape":
        trigger = scenario.trigger
        shape = TriggerShape(trigger.text, trigger.prefix, trigger.recipient) if trigger else None
        return cls(
            id=scenario.id,
            title=scenario.title,
            year=scenario.year,
            assignment=scenario.assignment,
            transport=scenario.transport,
            ports=tuple(port + port_offset for port in scenario.ports),
            trigger=shape,
            announces=scenario.announces,
            checks=tuple(CheckSpecShape(c.name, c.title, c.points) for c in scenario.checks),
        )


class TestList(Struct, frozen=True):
    """All tests, and the numbers they are played with: `rules` as set, `scaled` as they run;
    `practice`: in practice mode, when attempts do not count."""

    rules: Rules
    scaled: "ScaledShape"
    tests: tuple[TestShape, ...]
    practice: bool


class ScaledShape(Struct, frozen=True):
    """Times that the practice factor `time_scale` makes shorter, in seconds."""

    lease_s: float
    renew_min_s: float
    lease_test_s: float

    @classmethod
    def of(cls, rules: Rules) -> "ScaledShape":
        return cls(rules.lease_scaled_s, rules.renew_min_scaled_s, rules.lease_test_scaled_s)


class IncidentShape(Struct, frozen=True):
    """Something that happened and was no attempt; `raw` in hex."""

    happened_at: datetime
    kind: str
    detail: str
    source: str
    node: str
    listener_port: int
    uid: int | None
    raw: str

    @classmethod
    def of(cls, incident: Incident) -> "IncidentShape":
        return cls(
            happened_at=incident.happened_at,
            kind=incident.kind,
            detail=incident.detail,
            source=str(incident.source),
            node=incident.node,
            listener_port=incident.listener_port,
            uid=incident.uid,
            raw=incident.raw.hex(),
        )


class ImportShape(Struct, frozen=True):
    """What a roster import did."""

    added: int
    renamed: int
    unchanged: int


class StudentTokenShape(Struct, frozen=True):
    """A student and the personal token with which they claim their id."""

    uid: int
    name: str
    token: str


class ClaimRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """A claim: `token` is the student's; `address` is where their programs will connect from,
    the sender's own address without it."""

    uid: int
    token: str
    address: str | None = None


class ClaimShape(Struct, frozen=True):
    """The id may be used from `address` until then."""

    uid: int
    address: str
    until: datetime


class ChangeShape(Struct, frozen=True):
    """An attempt has begun (`verdict` null) or ended: the data of a `change` event."""

    attempt: str
    uid: int
    test: TestId
    verdict: Verdict | None


class HealthShape(Struct, frozen=True):
    """The process is there, or ready."""

    ok: bool


def _json_or_null(transcript: bytes) -> Raw:
    """A stored transcript goes out as it is, if it is JSON at all."""
    try:
        msgspec.json.decode(transcript, type=Raw)
    except msgspec.MsgspecError:
        return Raw(b"null")
    return Raw(transcript)
