"""Exports: nobody is missing, and no name becomes a formula."""

import csv
import io
import json
from datetime import UTC, datetime

import pytest

from holdfast.grading.domain.attempt import AttemptId, TestId
from holdfast.grading.domain.deadlines import Counted
from holdfast.grading.domain.roster import User, UserId
from holdfast.grading.domain.standings import Cell, Row, Standing
from holdfast.grading.service.export_results import (
    COLUMNS,
    as_csv,
    as_json,
    export_lines,
    harmless,
)

T1 = TestId("2024-a1-t1")
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def row(uid: int, name: str, *, tried: bool = True) -> Row:
    cell = Cell(UserId(uid), T1, Standing.PASSED, 3, 0, 10, AttemptId("f" * 32))
    return Row(User(UserId(uid), name), (cell,) if tried else ())


COUNTED = {(UserId(7), T1): Counted(UserId(7), T1, True, 10, 6.0, 2, NOON)}


def cells(name: str) -> list[dict[str, str]]:
    text = as_csv(export_lines([row(7, name)], COUNTED)).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_line_says_what_counts_and_why() -> None:
    (line,) = cells("Zoë")
    assert (line["name"], line["points"], line["counted"], line["days_late"]) == (
        "Zoë",
        "10",
        "6.0",
        "2",
    )
    assert (line["standing"], line["attempts"], line["attempt"]) == ("passed", "3", "f" * 32)
    assert tuple(line) == COLUMNS


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1"])
def test_a_name_is_never_a_formula(name: str) -> None:
    assert cells(name)[0]["name"] == f"'{name}"


def test_quotes_and_line_ends_in_a_name_stay_in_their_cell() -> None:
    assert cells('a";"b\n=1')[0]["name"] == 'a";"b\n=1'


def test_numbers_are_left_alone() -> None:
    assert harmless(-5) == -5


def test_who_attempted_nothing_is_there_all_the_same() -> None:
    found = json.loads(as_json(export_lines([row(8, "Ben", tried=False), row(7, "A")], {})))
    assert [(one["uid"], one["standing"]) for one in found] == [(8, "not attempted"), (7, "passed")]
    assert found[1]["counted"] == 0.0


def test_what_no_encoding_takes_breaks_nothing() -> None:
    lines = list(export_lines([row(7, "\ud800")], COUNTED))
    assert b"?" in as_csv(iter(lines))
    assert json.loads(as_json(iter(lines)))[0]["name"] == "\ud800"
