"""The law of columns: the order and the short names of tests, wherever several stand together.

Pure. By year, assignment and id; numbers inside an id sort as numbers.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import quote

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.scenario import Scenario

LABEL_CHARS = 5
"""What fits above a column of the class grid."""


@dataclass(frozen=True, slots=True)
class Column:
    """One test among others: `label` is its id without what the heading above it says."""

    test: TestId
    label: str
    title: str
    year: int
    assignment: int
    slug: str


@dataclass(frozen=True, slots=True)
class Group:
    """Columns below one heading."""

    year: int
    assignment: int
    columns: tuple[Column, ...]

    @property
    def title(self) -> str:
        return f"Assignment {self.assignment}"

    @property
    def label(self) -> str:
        """The heading where there is little room."""
        return f"A{self.assignment}"


def columns_of(catalogue: Mapping[TestId, Scenario]) -> tuple[Column, ...]:
    """All tests of the catalogue in reading order."""
    ordered = sorted(catalogue.values(), key=_order)
    return tuple(
        Column(
            test=scenario.id,
            label=label_of(scenario),
            title=scenario.title,
            year=scenario.year,
            assignment=scenario.assignment,
            slug=slug(scenario.id),
        )
        for scenario in ordered
    )


def groups_of(columns: Iterable[Column]) -> tuple[Group, ...]:
    """The columns below their assignments."""
    by = groupby(columns, key=lambda column: (column.year, column.assignment))
    return tuple(Group(year, number, tuple(found)) for (year, number), found in by)


def label_of(scenario: Scenario) -> str:
    """`2024-a1-t2` is `t2` below its assignment, `2025-3_1` is `3_1`, `seed-user-id` is `seed`."""
    short = scenario.id.removeprefix(f"{scenario.year}-")
    short = short.removeprefix(f"a{scenario.assignment}-")
    return short if len(short) <= LABEL_CHARS else short.partition("-")[0][:LABEL_CHARS]


def slug(text: str) -> str:
    """`text` as one segment of an address, safe even in an unquoted attribute."""
    return quote(text, safe="")


def _order(scenario: Scenario) -> tuple[int, int, list[tuple[int, int, str]]]:
    parts = re.findall(r"(\d+)|(\D+)", scenario.id)
    natural = [(0, int(digits), "") if digits else (1, 0, text) for digits, text in parts]
    return scenario.year, scenario.assignment, natural
