"""Columns: order and short names of tests."""

from dataclasses import replace

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.scenarios import CATALOGUE
from holdfast.grading.pages.columns import columns_of, groups_of, label_of, slug


def test_tests_stand_by_year_assignment_and_number() -> None:
    ids = [column.test for column in columns_of(CATALOGUE)]
    assert ids[:4] == ["2024-a1-t1", "2024-a1-t2", "2024-a1-t3", "2024-a1-t4"]
    assert ids.index(TestId("2025-3_1")) > ids.index(TestId("2024-a3-t3"))
    assert len(ids) == len(CATALOGUE)


def test_numbers_in_ids_sort_as_numbers() -> None:
    one = CATALOGUE[TestId("2024-a1-t1")]
    many = {TestId(f"2024-a1-t{n}"): replace(one, id=TestId(f"2024-a1-t{n}")) for n in (10, 9, 1)}
    assert [column.label for column in columns_of(many)] == ["t1", "t9", "t10"]


def test_a_label_leaves_out_what_its_heading_says() -> None:
    labels = {test: label_of(CATALOGUE[TestId(test)]) for test in CATALOGUE}
    assert labels[TestId("2024-a1-t2")] == "t2"
    assert labels[TestId("2025-3_1")] == "3_1"
    assert labels[TestId("seed-user-id")] == "seed"
    assert all(len(label) <= 5 for label in labels.values())


def test_columns_stand_below_their_assignments() -> None:
    groups = groups_of(columns_of(CATALOGUE))
    first = groups[0]
    assert (first.year, first.assignment, len(first.columns)) == (2024, 1, 4)
    assert (first.title, first.label) == ("Assignment 1", "A1")
    assert sum(len(group.columns) for group in groups) == len(CATALOGUE)


def test_a_slug_is_safe_even_without_quotes() -> None:
    assert slug("2024-a1-t1") == "2024-a1-t1"
    assert slug('a b"><script>/..') == "a%20b%22%3E%3Cscript%3E%2F.."
