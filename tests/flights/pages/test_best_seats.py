from hypothesis import given
from hypothesis import strategies as st

from holdfast.flights.pages.best_seats import best_seats
from holdfast.flights.pages.seat_plan import SeatPlan, SeatState, seat_plan
from tests.flights.pages.seats import ANNA, cabin, seat_map


def plan(*rows: str, **holders: int) -> SeatPlan:
    chosen = {key.removeprefix("s"): number for key, number in holders.items()}
    return seat_plan(seat_map(cabin(*rows)), ANNA, chosen)


def test_two_sit_side_by_side() -> None:
    assert best_seats(plan("A..|..F", ".BC|D.."), 2) == ["2B", "2C"]


def test_a_pair_leaves_no_lone_seat_where_it_can() -> None:
    assert best_seats(plan("ABC|DEF", "AB.|..."), 2) == ["2A", "2B"]


def test_the_cheaper_seats_are_better_when_both_are_together() -> None:
    assert best_seats(plan("ABC|DEF 15", "ABC|DEF"), 3) == ["2A", "2B", "2C"]


def test_to_sit_together_is_worth_more_than_a_low_price() -> None:
    assert best_seats(plan("A..|...", "..C|...", "ABC|... 15"), 2) == ["3A", "3B"]


def test_four_of_a_narrow_cabin_sit_two_and_two_in_one_row() -> None:
    assert best_seats(plan("A.C|...", ".BC|DE."), 4) == ["2B", "2C", "2D", "2E"]


def test_nobody_sits_alone_when_three_and_one_can_be_two_and_two() -> None:
    found = best_seats(plan("ABC|...", "AB.|..."), 4)
    rows = [one[0] for one in found]
    assert (rows.count("1"), rows.count("2")) == (2, 2)


def test_neighbouring_rows_are_better_than_far_ones() -> None:
    found = best_seats(plan("AB.|...", "...|...", "...|...", "AB.|...", "AB.|..."), 4)
    assert {one[0] for one in found} == {"4", "5"}


def test_a_party_is_scattered_only_when_there_is_no_other_way() -> None:
    assert sorted(best_seats(plan("A..|..F", "...|D.."), 3)) == ["1A", "1F", "2D"]


def test_there_is_nothing_when_there_are_not_enough_seats() -> None:
    assert best_seats(plan("A..|..."), 2) == []
    assert best_seats(plan("ABC|DEF"), 0) == []


def test_seats_with_disclosures_are_left_to_who_reads_them() -> None:
    assert best_seats(plan("abc|def", "ABC|DEF"), 2) == ["2A", "2B"]
    assert best_seats(plan("abc|def", "A..|..."), 2) == []


def test_what_the_party_has_already_is_not_given_again() -> None:
    assert "1A" not in best_seats(plan("ABC|DEF", s1A=1), 2)
    assert "1B" not in best_seats(plan("ABC|DEF"), 1, frozenset({"1B", "1A"}))


ROWS = st.lists(
    st.text("A.", min_size=6, max_size=6).map(lambda text: f"{text[:3]}|{text[3:]}"),
    min_size=1,
    max_size=6,
)


@given(ROWS, st.integers(1, 9))
def test_whatever_is_free_there_are_as_many_seats_as_people_or_none(
    rows: list[str], party: int
) -> None:
    found = plan(*rows)
    free = {one.designator for one in found.seats() if one.state is SeatState.FREE}
    chosen = best_seats(found, party)
    assert len(set(chosen)) == len(chosen) == (party if len(free) >= party else 0)
    assert set(chosen) <= free
