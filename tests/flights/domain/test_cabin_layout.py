from hypothesis import given
from hypothesis import strategies as st

from holdfast.flights.domain.cabin_layout import (
    MAX_SEATS,
    Family,
    Fixture,
    Layout,
    Place,
    Seat,
    cabins_of,
    family_of,
    layout,
)
from holdfast.flights.domain.fare import Cabin

AIRCRAFT = st.sampled_from(
    ["AT7", "SF3", "E90", "320", "738", "223", "763", "333", "359", "77W", "388", "???", ""]
)
CONFIGURATIONS = st.builds(
    lambda first, business, premium, economy: (
        f"F{first:03}C{business:03}W{premium:03}Y{economy:03}"
    ),
    st.integers(0, 20),
    st.integers(0, 90),
    st.integers(0, 60),
    st.integers(0, 500),
)


def _seats(found: Layout) -> list[Seat]:
    return [seat for cabin in found.cabins for seat in cabin.seats()]


@given(AIRCRAFT, CONFIGURATIONS)
def test_every_configuration_has_exactly_its_seats_each_named_once(
    aircraft: str, configuration: str
) -> None:
    found = layout(aircraft, configuration)
    by_cabin = {cabin.cabin: len(cabin.seats()) for cabin in found.cabins}
    assert by_cabin == cabins_of(configuration)
    names = [seat.designator for seat in _seats(found)]
    assert len(set(names)) == len(names)
    assert not any(seat.row == 13 for seat in _seats(found))


@given(AIRCRAFT, CONFIGURATIONS)
def test_rows_are_counted_through_all_cabins_and_have_a_section_more_than_aisles(
    aircraft: str, configuration: str
) -> None:
    found = layout(aircraft, configuration)
    numbers = [seat.row for seat in _seats(found)]
    assert numbers == sorted(numbers)
    for cabin in found.cabins:
        assert all(len(row) == cabin.aisles + 1 for row in cabin.rows)
        if cabin.wings is not None:
            assert 0 <= cabin.wings[0] <= cabin.wings[1] < len(cabin.rows)


def test_a_layout_is_the_same_on_every_call() -> None:
    first = layout("320", "C012Y150")
    layout.cache_clear()
    assert layout("320", "C012Y150") == first


def test_two_letters_of_one_cabin_are_one_cabin() -> None:
    assert cabins_of("C010J020Y100") == {Cabin.BUSINESS: 30, Cabin.ECONOMY: 100}


def test_nothing_is_placed_where_the_configuration_says_nothing_or_too_much() -> None:
    assert layout("320", "") == Layout(())
    assert layout("320", "LL2") == Layout(())
    assert layout("320", f"Y{MAX_SEATS + 1}") == Layout(())
    assert len(_seats(layout("320", f"Y{MAX_SEATS}"))) == MAX_SEATS


def test_an_aircraft_has_only_the_cabins_that_are_filed() -> None:
    found = layout("320", "C012Y150")
    assert found.cabin(Cabin.FIRST) is None
    business = found.cabin(Cabin.BUSINESS)
    assert business is not None
    assert len(business.seats()) == 12


def test_families_have_their_cross_sections() -> None:
    def widths(aircraft: str, configuration: str) -> list[tuple[int, ...]]:
        return [
            tuple(len(part) for part in cabin.rows[1])
            for cabin in layout(aircraft, configuration).cabins
        ]

    assert widths("SF3", "C003Y019") == [(1, 2), (1, 2)]
    assert widths("AT7", "Y068") == [(2, 2)]
    assert widths("223", "Y120") == [(2, 3)]
    assert widths("32N", "C020Y150") == [(2, 2), (3, 3)]
    assert widths("763", "F008C020W024Y160") == [(1, 2, 1), (1, 2, 1), (2, 2, 2), (2, 3, 2)]
    assert widths("333", "C030Y200") == [(1, 2, 1), (2, 4, 2)]
    assert widths("789", "C030W021Y200") == [(1, 2, 1), (2, 3, 2), (3, 3, 3)]
    assert widths("77W", "C030Y300") == [(1, 2, 1), (3, 4, 3)]


def test_an_unknown_type_is_a_single_aisle_jet() -> None:
    assert family_of("zzz") is Family.NARROW
    assert family_of("at7") is Family.REGIONAL


def test_exits_are_in_economy_only_and_big_narrow_cabins_have_two() -> None:
    def exit_rows(configuration: str, aircraft: str = "320") -> set[int]:
        return {s.row for s in _seats(layout(aircraft, configuration)) if s.place is Place.EXIT}

    assert len(exit_rows("Y180")) == 2
    assert len(exit_rows("C020Y100")) == 1
    assert len(exit_rows("Y300", "77W")) == 1
    assert exit_rows("Y019") == set()
    assert exit_rows("C150") == set()


def test_part_rows_are_filled_from_the_windows() -> None:
    last = [seat for seat in _seats(layout("320", "Y008")) if seat.row == 2]
    assert [seat.column for seat in last] == ["A", "F"]
    last = [seat for seat in _seats(layout("223", "Y010")) if seat.row == 2]
    assert len(last) == 5


def test_lavatories_and_galleys_stand_at_the_ends() -> None:
    cabins = layout("77W", "C030Y300").cabins
    assert cabins[0].rows[0] == ((Fixture.LAVATORY,), (Fixture.GALLEY,), (Fixture.GALLEY,))
    assert cabins[1].rows[0][1] == (Fixture.BASSINET,)
    assert cabins[1].rows[-1][0] == (Fixture.LAVATORY,)
    assert layout("320", "C012Y150").cabins[1].rows[0] == ((Fixture.CLOSET,), (Fixture.EMPTY,))
