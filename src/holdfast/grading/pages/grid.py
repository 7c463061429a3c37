"""The law of the class grid: standings folded into a table of students and tests.

Pure: what the `Results` port answered and what the reader asked for, in; what the page shows, out.
The counts are always of the students shown.
"""

import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal
from urllib.parse import urlencode

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.standings import Cell, Row, Standing
from holdfast.grading.pages.columns import Column, Group, groups_of

Order = Literal["name", "id", "progress"]
ORDER_WORDS: dict[Order, str] = {"name": "By name", "id": "By id", "progress": "By progress"}
LETTERS = {Standing.FAILED: "f", Standing.TRYING: "t"}
MAX_QUERY_CHARS = 100
"""A longer name is searched for by its beginning: nobody is called more."""
MAX_ONLY = 100
"""Rows that one live update may ask for by id; more of them are a whole page."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the reader asked for. `only` is a live update's: these students and no others."""

    name: str = ""
    year: int | None = None
    order: Order = "name"
    only: frozenset[int] | None = None
    test: str = ""
    state: Standing | None = None
    cause: str = ""

    @property
    def is_filtered(self) -> bool:
        """Whether some students may not be shown because of what was asked for."""
        return bool(self.name or self.state or self.cause)


@dataclass(frozen=True, slots=True)
class GridCell:
    """One student at one test. `tries` is closed and open attempts together.

    There are thousands of cells on a page, so what it needs of one is worked out beforehand:
    `letter` is its class, none for the usual ones.
    """

    slug: str
    standing: Standing
    tries: int
    words: str
    letter: str


@dataclass(frozen=True, slots=True)
class GridRow:
    """One student."""

    uid: int
    name: str
    passed: int
    cells: tuple[GridCell, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """How many students stand where at one test."""

    column: Column
    passed: int
    failed: int
    trying: int
    students: int


@dataclass(frozen=True, slots=True)
class Link:
    """A choice of the reader: its words, its address, and whether it is the present one."""

    words: str
    href: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Grid:
    """The whole page. `students` is the size of the class, `rows` those shown."""

    wish: Wish
    years: tuple[int, ...]
    groups: tuple[Group, ...]
    tallies: tuple[Tally, ...]
    rows: tuple[GridRow, ...]
    students: int
    totals: dict[Standing, int]
    choices: tuple[Column, ...] = ()

    @property
    def year_spans(self) -> tuple[tuple[int, int], ...]:
        """Each year shown and over how many columns it stands."""
        spans = Counter(tally.column.year for tally in self.tallies)
        return tuple(spans.items())

    @property
    def year_links(self) -> tuple[Link, ...]:
        """All years together, and each alone."""
        choices: list[tuple[str, int | None]] = [("All years", None)]
        choices += [(str(year), year) for year in self.years]
        return tuple(
            Link(words, _address(replace(self.wish, year=year)), year == self.wish.year)
            for words, year in choices
        )

    @property
    def order_links(self) -> tuple[Link, ...]:
        """The orders of the rows."""
        return tuple(
            Link(words, _address(replace(self.wish, order=order)), order == self.wish.order)
            for order, words in ORDER_WORDS.items()
        )

    @property
    def everybody(self) -> str:
        """The same grid with everybody in it."""
        return _address(replace(self.wish, name="", test="", state=None, cause=""))


def wish_of(ask: Mapping[str, str]) -> Wish:
    """A reader's wish from the address. What makes no sense is as if it had not been said."""
    name, year, order = (ask.get(key, "") for key in ("name", "year", "order"))
    known: dict[str, Order] = {word: word for word in ORDER_WORDS}
    states = {state.value: state for state in Standing}
    only = ask.get("only", "").split(",")[:MAX_ONLY]
    ids = frozenset(int(part) for part in only if _is_number(part))
    return Wish(
        name=name.strip()[:MAX_QUERY_CHARS],
        year=int(year) if _is_number(year) else None,
        order=known.get(order, "name"),
        only=ids or None,
        test=ask.get("test", "")[:MAX_QUERY_CHARS],
        state=states.get(ask.get("state", "")),
        cause=ask.get("cause", "")[:MAX_QUERY_CHARS],
    )


def build_grid(
    standings: Sequence[Row],
    columns: Sequence[Column],
    wish: Wish,
    among: Collection[int] | None = None,
) -> Grid:
    """Fold the standings into what is shown. Tests that the catalogue lacks are left out.

    `among`: the students that the wish's cause is about; None when it names none.
    """
    years = tuple(dict.fromkeys(column.year for column in columns))
    tests = {column.test for column in columns}
    wish = replace(
        wish,
        year=wish.year if wish.year in years else None,
        test=wish.test if wish.test in tests else "",
    )
    shown = tuple(column for column in columns if _shows(wish, column))
    named = (row for row in standings if _wanted(row, wish.name))
    found = [_row(row, shown) for row in named if among is None or row.user.uid in among]
    if wish.state is not None:
        found = [row for row in found if any(cell.standing is wish.state for cell in row.cells)]
    tallies = tuple(_tally(column, index, found) for index, column in enumerate(shown))
    totals = Counter(cell.standing for row in found for cell in row.cells)
    return Grid(
        wish=wish,
        years=years,
        groups=groups_of(shown),
        tallies=tallies,
        rows=tuple(_selected(_ordered(found, wish.order), wish.only)),
        students=len(standings),
        totals={standing: totals[standing] for standing in Standing},
        choices=tuple(column for column in columns if wish.year in (None, column.year)),
    )


def folded(text: str) -> str:
    """`text` for comparison: without case and accents, so `jose` finds `José`."""
    split = unicodedata.normalize("NFKD", text)
    return "".join(char for char in split if not unicodedata.combining(char)).casefold()


def _address(wish: Wish) -> str:
    """The address of the grid that a wish describes, without what is usual anyway."""
    order = "" if wish.order == "name" else wish.order
    said = {
        "name": wish.name,
        "year": wish.year or "",
        "order": order,
        "test": wish.test,
        "state": wish.state or "",
        "cause": wish.cause,
    }
    query = urlencode({key: value for key, value in said.items() if value})
    return f"/?{query}" if query else "/"


def _shows(wish: Wish, column: Column) -> bool:
    return wish.year in (None, column.year) and wish.test in ("", column.test)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 6


def _wanted(row: Row, name: str) -> bool:
    if not name:
        return True
    return folded(name) in folded(row.user.name) or name == str(row.user.uid)


def _row(row: Row, columns: Sequence[Column]) -> GridRow:
    by_test: dict[TestId, Cell] = {cell.test: cell for cell in row.cells}
    cells = tuple(
        _cell(column.slug, cell.standing, cell.attempts + cell.running)
        if (cell := by_test.get(column.test))
        else _cell(column.slug, Standing.NOT_ATTEMPTED, 0)
        for column in columns
    )
    passed = sum(cell.standing is Standing.PASSED for cell in cells)
    return GridRow(int(row.user.uid), row.user.name, passed, cells)


@lru_cache(maxsize=4096)
def _cell(slug: str, standing: Standing, tries: int) -> GridCell:
    """One of few cells that many students share."""
    return GridCell(slug, standing, tries, standing.value, LETTERS.get(standing, ""))


def _tally(column: Column, index: int, rows: Sequence[GridRow]) -> Tally:
    stand = Counter(row.cells[index].standing for row in rows)
    return Tally(
        column=column,
        passed=stand[Standing.PASSED],
        failed=stand[Standing.FAILED],
        trying=stand[Standing.TRYING],
        students=len(rows),
    )


def _ordered(rows: Iterable[GridRow], order: Order) -> list[GridRow]:
    if order == "id":
        return sorted(rows, key=lambda row: row.uid)
    by_name = sorted(rows, key=lambda row: (folded(row.name), row.uid))
    if order == "progress":
        return sorted(by_name, key=lambda row: -row.passed)
    return by_name


def _selected(rows: list[GridRow], only: frozenset[int] | None) -> list[GridRow]:
    return rows if only is None else [row for row in rows if row.uid in only]
