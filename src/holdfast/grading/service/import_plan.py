"""Import deadlines: CSV lines become a course's plan, all of them or none; and the way back.

`test,uid,due,grace_min,late_percent_per_day`. A line without a uid is the deadline of everybody, a
line with one is an extension: it needs `test`, `uid` and `due` alone. Every bad line is named with
its number and column. No I/O.
"""

import csv
import io
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import assert_never

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.deadlines import (
    MAX_DEADLINES,
    MAX_EXTENSIONS,
    MAX_GRACE_S,
    Deadline,
    Extension,
    Plan,
    plan_of,
)
from holdfast.grading.domain.roster import UserId
from holdfast.grading.service.import_roster import (
    MAX_FAULTS,
    NOT_CSV,
    NOT_UTF8,
    LineFault,
    WrongCell,
)

MAX_PLAN_BYTES = 1 << 20
"""20,000 extensions with 50 bytes each."""
FIRST_YEAR = 1970
"""What is due before is mistyped; and a database takes the first moment there is for no moment."""
COLUMNS = ("test", "uid", "due", "grace_min", "late_percent_per_day")
MAX_GRACE_MIN = MAX_GRACE_S // 60
TOO_MANY = "more than {tests} tests or {people} people"
COLUMNS_OF_FIVE = "{n} columns instead of {all} ({names})"
NO_TEST = "there is no test {test}"
TWO_DEADLINES = "{test} has two deadlines"
NO_STUDENT = "nobody has the id {uid}"
NOT_HERE = "grace and percentage are the deadline's; leave them empty here"
TWO_EXTENSIONS = "{uid} has two extensions of {test}"
NO_ZONE = "{moment} has no time zone: write 2026-12-01T23:59+01:00"
NO_MOMENT = "{moment} is not a moment: write 2026-12-01T23:59+01:00"
NO_NUMBER = "{text} is not a whole number from 0 to {high}"
SENTENCES = (
    *(NOT_UTF8, NOT_CSV, TOO_MANY, COLUMNS_OF_FIVE, NO_TEST, TWO_DEADLINES, NO_STUDENT),
    *(NOT_HERE, TWO_EXTENSIONS, NO_ZONE, NO_MOMENT, NO_NUMBER),
)
"""All that can be wrong with a plan."""


@dataclass(frozen=True, slots=True)
class BadPlan:
    """Nothing was taken. `faults` has at least one line, at most `MAX_FAULTS`."""

    faults: tuple[LineFault, ...]


@dataclass(frozen=True, slots=True)
class PlanChange:
    """One line that differs. `before` and `after` are what it says, None where it is not there."""

    test: TestId
    uid: UserId | None
    before: Deadline | Extension | None
    after: Deadline | Extension | None


def parse_plan(
    raw: bytes, tests: Collection[TestId], students: Collection[UserId]
) -> Plan | BadPlan:
    """The plan of a CSV (UTF-8, at most `MAX_PLAN_BYTES`), or every line that is wrong."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        return BadPlan((LineFault(line, NOT_UTF8),))
    deadlines: dict[TestId, Deadline] = {}
    extensions: dict[tuple[UserId, TestId], Extension] = {}
    faults: list[LineFault] = []
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        for cells in rows:
            try:
                _take(_named(cells), tests, students, (deadlines, extensions))
            except WrongCell as wrong:
                faults.append(wrong.at(rows.line_num))
    except csv.Error:
        faults.append(LineFault(rows.line_num, NOT_CSV))
    if len(deadlines) > MAX_DEADLINES or len(extensions) > MAX_EXTENSIONS:
        bounds = {"tests": MAX_DEADLINES, "people": MAX_EXTENSIONS}
        faults.append(LineFault(1, TOO_MANY, values=bounds))
    if faults:
        return BadPlan(tuple(faults[:MAX_FAULTS]))
    return plan_of(deadlines.values(), extensions.values())


def written_plan(plan: Plan) -> str:
    """The plan as the CSV it can be imported from, header included."""
    return "\n".join([",".join(COLUMNS), *map(_line, _said(plan).values()), ""])


def plan_changes(old: Plan, new: Plan) -> tuple[PlanChange, ...]:
    """What differs, by test and id; extensions behind their test's deadline."""
    before, after = _said(old), _said(new)
    keys = sorted(before.keys() | after.keys(), key=lambda key: (key[0], key[1] or -1, key[1] or 0))
    return tuple(
        PlanChange(*key, before.get(key), after.get(key))
        for key in keys
        if _line(before.get(key)) != _line(after.get(key))
    )


def written_moment(moment: datetime) -> str:
    """A moment as the CSV has it: UTC, to the second."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _said(plan: Plan) -> dict[tuple[TestId, UserId | None], Deadline | Extension]:
    """What each line of a plan says, in the file's order."""
    found: dict[tuple[TestId, UserId | None], Deadline | Extension] = {}
    for test, one in sorted(plan.deadlines.items()):
        found[test, None] = one
    for (uid, test), due_at in sorted(plan.extensions.items(), key=lambda one: one[0][::-1]):
        found[test, uid] = Extension(uid, test, due_at)
    return found


def _line(one: Deadline | Extension | None) -> str:
    match one:
        case None:
            return ""
        case Deadline():
            policy = f"{one.grace_s // 60},{one.late_percent_per_day}"
            return f"{one.test},,{written_moment(one.due_at)},{policy}"
        case Extension():
            return f"{one.test},{one.uid},{written_moment(one.due_at)},,"
        case _:
            assert_never(one)


def _delimiter(text: str) -> str:
    first = next((line for line in text.splitlines() if line.strip()), "")
    return ";" if ";" in first and "," not in first else ","


def _named(cells: list[str]) -> dict[str, str]:
    """The cells of a line by column; empty for blank lines and the header."""
    stripped = [cell.strip() for cell in cells]
    if not any(stripped) or tuple(cell.lower() for cell in stripped) == COLUMNS:
        return {}
    if not 3 <= len(stripped) <= len(COLUMNS):
        names = ",".join(COLUMNS)
        raise WrongCell("", COLUMNS_OF_FIVE, n=len(stripped), all=len(COLUMNS), names=names)
    stripped += [""] * (len(COLUMNS) - len(stripped))
    return dict(zip(COLUMNS, stripped, strict=True))


def _take(
    cells: dict[str, str],
    tests: Collection[TestId],
    students: Collection[UserId],
    found: tuple[dict[TestId, Deadline], dict[tuple[UserId, TestId], Extension]],
) -> None:
    if not cells:
        return
    deadlines, extensions = found
    test = TestId(cells["test"])
    if test not in tests:
        raise WrongCell("test", NO_TEST, test=repr(test[:40]))
    due_at = _due(cells["due"])
    if not cells["uid"]:
        if test in deadlines:
            raise WrongCell("test", TWO_DEADLINES, test=test)
        deadlines[test] = Deadline(
            test,
            due_at,
            grace_s=60 * _number(cells, "grace_min", MAX_GRACE_MIN, 0),
            late_percent_per_day=_number(cells, "late_percent_per_day", 100, 100),
        )
        return
    uid = UserId(_number(cells, "uid", 9999, 0))
    if uid not in students:
        raise WrongCell("uid", NO_STUDENT, uid=uid)
    if cells["grace_min"] or cells["late_percent_per_day"]:
        raise WrongCell("grace_min", NOT_HERE)
    if (uid, test) in extensions:
        raise WrongCell("uid", TWO_EXTENSIONS, uid=uid, test=test)
    extensions[uid, test] = Extension(uid, test, due_at)


def _due(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise WrongCell("due", NO_ZONE, moment=repr(text[:40]))
        due_at = moment.astimezone(UTC).replace(microsecond=0)  # as it is written
    except (ValueError, OverflowError):
        raise WrongCell("due", NO_MOMENT, moment=repr(text[:40])) from None
    if due_at.year < FIRST_YEAR:
        raise WrongCell("due", NO_MOMENT, moment=repr(text[:40]))
    return due_at


def _number(cells: dict[str, str], column: str, high: int, usual: int) -> int:
    text = cells[column]
    if not text:
        return usual
    if not (text.isascii() and text.isdigit() and len(text) <= 6 and int(text) <= high):
        raise WrongCell(column, NO_NUMBER, text=repr(text[:20]), high=high)
    return int(text)
