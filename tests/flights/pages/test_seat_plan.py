from holdfast.flights.domain.money import Money
from holdfast.flights.pages.seat_plan import (
    MAX_TIERS,
    FixtureCell,
    SeatCell,
    SeatPlan,
    SeatState,
    column_of,
    row_number,
    seat_plan,
)
from tests.flights.pages.seats import ANNA, BERT, TOLD, cabin, seat_map


def plan(*rows: str, who: str = ANNA, **holders: int) -> SeatPlan:
    chosen = {key.removeprefix("s"): number for key, number in holders.items()}
    return seat_plan(seat_map(cabin(*rows)), who, chosen)


def seat(found: SeatPlan, designator: str) -> SeatCell:
    one = found.seat(designator)
    assert one is not None
    return one


def test_seats_stand_in_rows_and_sections_with_aisles_between() -> None:
    (only,) = plan("ABC|DEF", "ABC|DEF").cabins
    assert only.columns == (("A", "B", "C"), ("D", "E", "F"))
    assert [row.number for row in only.rows] == [1, 2]
    assert [len(part) for part in only.rows[0].sections] == [3, 3]


def test_a_free_seat_has_this_passengers_price_and_service() -> None:
    one = seat(plan("ABC|DEF 15", who=BERT), "1C")
    assert (one.state, one.price) == (SeatState.FREE, Money(1500, "EUR"))
    assert one.service_id == f"ase_1C_{BERT}"


def test_a_seat_without_services_is_taken() -> None:
    one = seat(plan("A.C|DEF"), "1B")
    assert (one.state, one.price, one.service_id) == (SeatState.TAKEN, None, None)


def test_a_seat_for_others_of_the_party_only_is_restricted_and_not_taken() -> None:
    found = seat_plan(seat_map(cabin("ABC|DEF", party=(BERT,))), ANNA, {})
    assert {one.state for one in found.seats()} == {SeatState.RESTRICTED}


def test_a_seat_that_the_api_calls_restricted_is_restricted() -> None:
    assert seat(plan("Ax.|DEF"), "1B").state is SeatState.RESTRICTED


def test_who_of_the_party_has_chosen_a_seat_is_known() -> None:
    found = plan("ABC|DEF", s1B=2)
    assert seat(found, "1B").holder == 2
    assert seat(found, "1A").holder is None


def test_disclosures_come_with_their_seat() -> None:
    assert seat(plan("aBC|DEF"), "1A").disclosures == TOLD
    assert seat(plan("aBC|DEF"), "1B").disclosures == ()


def test_rows_of_fixtures_have_no_number_and_fill_their_sections() -> None:
    rows = plan("#|#", "ABC|DEF", "=|=", "ABC|DEF").cabins[0].rows
    assert [row.number for row in rows] == [None, 1, None, 2]
    assert rows[0].sections[0] == (FixtureCell("lavatory", wide=True),)
    assert [row.is_exit for row in rows] == [False, False, True, False]


def test_an_empty_place_beside_seats_does_not_fill_the_section() -> None:
    row = plan("ABC|DEF", "A_C|DEF").cabins[0].rows[1]
    assert row.sections[0][1] == FixtureCell("empty", wide=False)
    assert row.number == 2


def test_rows_over_the_wings_are_known() -> None:
    rows = plan("ABC|DEF", "ABC|DEF").cabins[0].rows
    assert [row.is_over_wing for row in rows] == [True, False]


def test_tiers_are_prices_cheapest_first_with_the_names_of_their_seats() -> None:
    found = plan("ABC|DEF 30", "ABC|DEF", "ABC|DEF 15")
    assert [(tier.number, tier.price.minor, tier.names) for tier in found.tiers] == [
        (0, 0, ("Standard",)),
        (1, 1500, ("Front",)),
        (2, 3000, ("Extra legroom",)),
    ]
    assert seat(found, "1A").tier == 2
    assert seat(found, "2A").tier == 0


def test_more_tiers_than_shapes_share_the_last_one() -> None:
    found = plan(*(f"ABC|DEF {price}" for price in range(MAX_TIERS + 2)))
    assert [tier.number for tier in found.tiers][-3:] == [MAX_TIERS - 1] * 3


def test_only_the_cabin_with_seats_for_the_party_is_drawn() -> None:
    business = cabin("..|..", kind="business")
    found = seat_plan(seat_map(business, cabin("ABC|DEF", first=4)), ANNA, {})
    assert [one.cabin_class for one in found.cabins] == ["economy"]


def test_a_full_cabin_is_drawn_because_it_was_bought() -> None:
    business = cabin("..|..", kind="business")
    full = seat_map(business, cabin("...|...", first=4))
    assert [one.cabin_class for one in seat_plan(full, ANNA, {}, "economy").cabins] == ["economy"]
    assert seat_plan(full, ANNA, {}).cabins == ()


def test_two_decks_are_named() -> None:
    assert not plan("ABC|DEF").has_decks


def test_a_designator_is_a_row_and_a_column() -> None:
    assert (row_number("14C"), column_of("14C")) == (14, "C")
    assert row_number("C") is None
