"""The class grid: cells, counts, filter and order."""

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.roster import User, UserId
from holdfast.grading.domain.scenarios import CATALOGUE
from holdfast.grading.domain.standings import Cell, Row, Standing
from holdfast.grading.pages.columns import columns_of
from holdfast.grading.pages.grid import MAX_ONLY, Grid, Wish, build_grid, wish_of

COLUMNS = columns_of(CATALOGUE)
FIRST = TestId("2024-a1-t1")


def row(uid: int, name: str, **standings: tuple[Standing, int]) -> Row:
    cells = tuple(
        Cell(UserId(uid), TestId(test.replace("_", "-")), state, tries, 0, 0, None)
        for test, (state, tries) in standings.items()
    )
    return Row(User(UserId(uid), name), cells)


ROWS = [
    row(7, "Zoë", **{"2024-a1-t1": (Standing.PASSED, 3)}),
    row(12, "adam", **{"2024-a1-t1": (Standing.FAILED, 2), "2024-a1-t2": (Standing.TRYING, 1)}),
    row(3, "José Mañana"),
]


def grid(wish: Wish | None = None) -> Grid:
    return build_grid(ROWS, COLUMNS, wish or Wish())


def names(found: Grid) -> list[str]:
    return [each.name for each in found.rows]


def test_every_student_has_a_cell_for_every_test() -> None:
    found = grid()
    assert all(len(each.cells) == len(COLUMNS) for each in found.rows)
    zoe = next(each for each in found.rows if each.uid == 7)
    assert [cell.standing for cell in zoe.cells[:2]] == [Standing.PASSED, Standing.NOT_ATTEMPTED]
    assert (zoe.passed, zoe.cells[0].tries) == (1, 3)


def test_counts_are_of_the_students_shown() -> None:
    found = grid()
    first = found.tallies[0]
    assert (first.passed, first.failed, first.trying, first.students) == (1, 1, 0, 3)
    assert found.totals[Standing.PASSED] == 1
    assert found.totals[Standing.NOT_ATTEMPTED] == 3 * len(COLUMNS) - 3
    filtered = grid(Wish(name="zoe"))
    assert (filtered.tallies[0].failed, filtered.students) == (0, 3)


def test_names_are_found_without_case_and_accents_and_ids_exactly() -> None:
    assert names(grid(Wish(name="JOSE man"))) == ["José Mañana"]
    assert names(grid(Wish(name="12"))) == ["adam"]
    assert names(grid(Wish(name="1"))) == []


def test_rows_stand_by_name_id_or_progress() -> None:
    assert names(grid()) == ["adam", "José Mañana", "Zoë"]
    assert names(grid(Wish(order="id"))) == ["José Mañana", "Zoë", "adam"]
    assert names(grid(Wish(order="progress"))) == ["Zoë", "adam", "José Mañana"]


def test_a_year_shows_its_tests_alone_and_an_unknown_one_all() -> None:
    found = grid(Wish(year=2025))
    assert {tally.column.year for tally in found.tallies} == {2025}
    assert [span for _, span in found.year_spans] == [len(found.tallies)]
    assert len(grid(Wish(year=1999)).tallies) == len(COLUMNS)


def test_a_live_update_gets_its_rows_and_the_counts_of_all() -> None:
    found = grid(Wish(only=frozenset({7, 999})))
    assert names(found) == ["Zoë"]
    assert found.tallies[0].failed == 1


def test_an_attempt_at_a_test_that_is_no_longer_offered_is_left_out() -> None:
    gone = row(1, "Eve", **{"2019-old": (Standing.PASSED, 1)})
    assert build_grid([gone], COLUMNS, Wish()).rows[0].passed == 0


def test_nonsense_in_the_address_is_as_if_it_had_not_been_said() -> None:
    senseless = {"name": "  ", "year": "soon", "order": "sideways", "only": "x,,", "state": "??"}
    assert wish_of(senseless) == wish_of({}) == Wish()
    assert wish_of({"name": "a" * 1000, "year": "2024"}).name == "a" * 100
    many = ",".join(map(str, range(1000)))
    assert len(wish_of({"only": many}).only or ()) == MAX_ONLY


def test_links_keep_the_rest_of_the_wish() -> None:
    found = grid(Wish(name="a&b", year=2024, order="id"))
    hrefs = {link.words: link.href for link in (*found.year_links, *found.order_links)}
    assert hrefs["All years"] == "/?name=a%26b&order=id"
    assert hrefs["By name"] == "/?name=a%26b&year=2024"
    assert found.everybody == "/?year=2024&order=id"
    assert [link.words for link in found.order_links if link.is_current] == ["By id"]


def test_a_search_for_the_word_name_is_kept_in_links() -> None:
    assert grid(Wish(name="name")).order_links[1].href == "/?name=name&order=id"


def test_a_state_keeps_who_is_in_it_anywhere_and_with_a_test_who_is_in_it_there() -> None:
    assert names(grid(Wish(state=Standing.TRYING))) == ["adam"]
    at_first = grid(Wish(state=Standing.TRYING, test=FIRST))
    assert names(at_first) == []
    assert [tally.column.test for tally in at_first.tallies] == [FIRST]
    assert names(grid(Wish(state=Standing.PASSED, test=FIRST))) == ["Zoë"]


def test_a_test_that_there_is_not_filters_nothing() -> None:
    assert len(grid(Wish(test="2024-a9-t9")).tallies) == len(COLUMNS)


def test_a_cause_keeps_the_students_it_is_about() -> None:
    found = build_grid(ROWS, COLUMNS, Wish(cause="c0ffee"), frozenset({12, 999}))
    assert names(found) == ["adam"]
    assert found.wish.is_filtered


def test_links_keep_what_was_asked_for() -> None:
    wish = wish_of({"test": FIRST, "state": "failed", "cause": "c0ffee"})
    assert wish.state is Standing.FAILED
    link = grid(wish).order_links[1].href
    assert link == "/?order=id&test=2024-a1-t1&state=failed&cause=c0ffee"
    assert grid(wish).everybody == "/"
