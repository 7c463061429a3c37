"""Deadlines as a file: read whole or not at all, every fault with line and column, and back."""

from datetime import UTC, datetime

import pytest

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.deadlines import MAX_DEADLINES, Deadline, Extension, Plan, plan_of
from holdfast.grading.domain.roster import UserId
from holdfast.grading.service.import_plan import (
    TWO_DEADLINES,
    BadPlan,
    PlanChange,
    parse_plan,
    plan_changes,
    written_plan,
)
from holdfast.grading.service.import_roster import LineFault

T1, T2 = TestId("2024-a1-t1"), TestId("2024-a1-t2")
ANNA, BEN = UserId(7), UserId(1234)
DUE = datetime(2026, 12, 1, 22, 59, tzinfo=UTC)
LATER = datetime(2026, 12, 3, 22, 59, tzinfo=UTC)
HEAD = "test,uid,due,grace_min,late_percent_per_day\n"


def parsed(text: str) -> Plan | BadPlan:
    return parse_plan(text.encode(), {T1, T2}, {ANNA, BEN})


def fault(line: str) -> LineFault:
    found = parsed(HEAD + line)
    assert isinstance(found, BadPlan)
    (only,) = found.faults
    return only


def test_a_file_becomes_deadlines_and_extensions() -> None:
    text = f"{HEAD}{T1},,2026-12-01T23:59+01:00,30,20\n\n{T1},7,2026-12-03T22:59Z,,\n"
    assert parsed(text) == plan_of([Deadline(T1, DUE, 1800, 20)], [Extension(ANNA, T1, LATER)])


def test_a_moment_is_one_of_seconds() -> None:
    assert parsed(f"{T1},,2026-12-01T22:59:00.999999Z") == plan_of([Deadline(T1, DUE, 0, 100)], [])


def test_what_is_left_out_is_no_grace_and_all_of_the_points() -> None:
    assert parsed(f"{T1};;2026-12-01T22:59Z") == plan_of([Deadline(T1, DUE, 0, 100)], [])


def test_an_empty_file_is_an_empty_plan() -> None:
    assert parsed("") == parsed(HEAD) == Plan()


@pytest.mark.parametrize(
    ("line", "column", "what"),
    [
        ("2024-a9-t9,,2026-12-01T22:59Z", "test", "there is no test '2024-a9-t9'"),
        (f"{T1},,2026-12-01T22:59", "due", "has no time zone"),
        (f"{T1},,tomorrow", "due", "is not a moment"),
        (f"{T1},,0001-01-01T00:00+23:00", "due", "is not a moment"),
        (f"{T1},,0001-01-01T00:00Z", "due", "is not a moment"),
        (f"{T1},,1970-01-01T00:00+01:00", "due", "is not a moment"),
        (f"{T1},,2026-12-01T22:59Z,-1", "grace_min", "is not a whole number"),
        (f"{T1},,2026-12-01T22:59Z,20000", "grace_min", "from 0 to 10080"),
        (f"{T1},,2026-12-01T22:59Z,0,101", "late_percent_per_day", "from 0 to 100"),
        (f"{T1},5,2026-12-01T22:59Z", "uid", "nobody has the id 5"),
        (f"{T1},x,2026-12-01T22:59Z", "uid", "is not a whole number"),
        (f"{T1},7,2026-12-01T22:59Z,5", "grace_min", "leave them empty"),
        (f"{T1},,2026-12-01T22:59Z,1,2,3", "", "6 columns instead of 5"),
        (f"{T1},", "", "2 columns instead of 5"),
    ],
)
def test_a_fault_names_its_line_and_column(line: str, column: str, what: str) -> None:
    found = fault(line)
    assert (found.line, found.column) == (2, column)
    assert what in found.fault


def test_nothing_is_said_twice() -> None:
    twice = f"{T1},,2026-12-01T22:59Z\n"
    found = parsed(twice + twice)
    assert isinstance(found, BadPlan)
    assert found.faults == (LineFault(2, TWO_DEADLINES, "test", {"test": T1}),)
    assert found.faults[0].fault == f"{T1} has two deadlines"
    longer = f"{T1},7,2026-12-01T22:59Z\n"
    found = parsed(longer + longer)
    assert isinstance(found, BadPlan)
    assert found.faults[0].column == "uid"


def test_what_is_no_text_or_no_csv_is_told_with_its_line() -> None:
    found = parse_plan(b"a\n\xff", set(), set())
    assert isinstance(found, BadPlan)
    assert found.faults[0].line == 2
    assert "not CSV" in fault(f'{T1},,"2026').fault


def test_a_plan_is_bounded() -> None:
    tests = {TestId(f"t{number}") for number in range(MAX_DEADLINES + 1)}
    text = "\n".join(f"{test},,2026-12-01T22:59Z" for test in tests)
    found = parse_plan(text.encode(), tests, set())
    assert isinstance(found, BadPlan)
    assert "more than" in found.faults[0].fault


def test_a_written_plan_is_read_as_the_same_plan() -> None:
    plan = plan_of(
        [Deadline(T2, DUE, 600, 0), Deadline(T1, LATER, 0, 100)],
        [Extension(BEN, T1, LATER), Extension(ANNA, T2, LATER)],
    )
    assert parsed(written_plan(plan)) == plan


def test_changes_are_told_line_by_line() -> None:
    old = plan_of([Deadline(T1, DUE, 0, 20)], [Extension(BEN, T1, LATER)])
    new = plan_of([Deadline(T1, DUE, 60, 20), Deadline(T2, DUE)], [])
    assert plan_changes(old, new) == (
        PlanChange(T1, None, Deadline(T1, DUE, 0, 20), Deadline(T1, DUE, 60, 20)),
        PlanChange(T1, BEN, Extension(BEN, T1, LATER), None),
        PlanChange(T2, None, None, Deadline(T2, DUE)),
    )
    assert plan_changes(old, old) == ()


def test_what_no_line_can_say_is_no_change() -> None:
    old = plan_of([Deadline(T1, DUE.replace(microsecond=5), 61)], [])
    assert plan_changes(old, parsed(written_plan(old))) == ()
