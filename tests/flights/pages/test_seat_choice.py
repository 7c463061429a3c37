from hypothesis import given
from hypothesis import strategies as st

from holdfast.flights.domain.money import Money
from holdfast.flights.pages.seat_choice import (
    MAX_PICKS,
    Pick,
    Sitter,
    checked,
    confirmed,
    holders,
    picks_of,
    picks_text,
    sitters_of,
    steps_of,
    with_pick,
    without,
)
from tests.flights.pages.seats import ANNA, BERT, cabin, seat_map

PARTY = (Sitter(1, ANNA, "adult"), Sitter(2, BERT, "adult"))
MAPS = (seat_map(cabin("ABC|DEF 15", "a.C|DEF")),)


def test_choices_stand_in_an_address_and_are_read_back() -> None:
    picks = (Pick(1, 1, "14C"), Pick(1, 2, "14D", confirmed=True), Pick(2, 1, "3A"))
    assert picks_text(picks) == "1.1.14C,1.2.14D!,2.1.3A"
    assert picks_of(picks_text(picks)) == picks


def test_what_is_no_choice_is_passed_over() -> None:
    text = "1.1.14C,,0.1.2A,1.0.2A,1.1,1.2.<b>,1.2.14c,1.2.\u0663A,x"
    assert picks_of(text) == (Pick(1, 1, "14C"),)


@given(st.text(max_size=300))
def test_no_text_breaks_the_reading(text: str) -> None:
    found = picks_of(text)
    assert picks_of(picks_text(found)) == found


def test_a_passenger_has_one_seat_on_a_flight_and_a_seat_one_passenger() -> None:
    assert picks_of("1.1.1A,1.1.2A") == (Pick(1, 1, "2A"),)
    assert picks_of("1.1.1A,1.2.1A") == (Pick(1, 2, "1A"),)
    assert len(picks_of("1.1.1A,2.1.1A")) == 2


def test_there_are_not_more_choices_than_an_order_takes() -> None:
    text = ",".join(f"{s}.{p}.{s}A" for s in range(1, 90) for p in range(1, 10))
    assert len(picks_of(text)) <= MAX_PICKS


def test_a_new_choice_replaces_the_passengers_own_and_the_seats() -> None:
    before = picks_of("1.1.1A,1.2.1B,2.1.1A")
    assert with_pick(before, Pick(1, 1, "1B")) == picks_of("1.1.1B,2.1.1A")


def test_a_choice_can_be_taken_back() -> None:
    assert without(picks_of("1.1.1A,1.2.1B"), 1, 1) == (Pick(1, 2, "1B"),)


def test_holders_are_of_one_flight() -> None:
    assert holders(picks_of("1.1.1A,1.2.1B,2.1.9C"), 1) == {"1A": 1, "1B": 2}


def test_infants_need_no_seat_and_numbers_stay_those_of_the_offer() -> None:
    found = sitters_of([("a", "adult"), ("i", "infant_without_seat"), ("c", "child")])
    assert [(one.number, one.id) for one in found] == [(1, "a"), (3, "c")]


def test_steps_go_flight_by_flight() -> None:
    found = steps_of(2, PARTY)
    assert [(one.number, one.of, one.segment, one.sitter.number) for one in found] == [
        (1, 4, 1, 1),
        (2, 4, 1, 2),
        (3, 4, 2, 1),
        (4, 4, 2, 2),
    ]


def test_what_can_be_had_is_priced_by_the_map_of_now() -> None:
    found = checked(picks_of("1.1.1A,1.2.2C"), MAPS, PARTY)
    assert [(one.service_id, one.price.minor) for one in found.seats] == [
        (f"ase_1A_{ANNA}", 1500),
        (f"ase_2C_{BERT}", 0),
    ]
    assert found.total("EUR") == Money(1500, "EUR")
    assert found.lost == ()


def test_a_taken_seat_is_lost_and_so_is_one_that_is_not_there() -> None:
    found = checked(picks_of("1.1.2B,1.2.77A,2.1.1A"), MAPS, PARTY)
    assert [one.designator for one in found.lost] == ["2B", "77A", "1A"]
    assert found.seats == ()


def test_a_passenger_that_the_offer_has_not_gets_nothing() -> None:
    assert checked(picks_of("1.7.1A"), MAPS, PARTY).seats == ()


def test_disclosures_wait_until_they_are_confirmed() -> None:
    pick = Pick(1, 1, "2A")
    assert [one.pick for one in checked([pick], MAPS, PARTY).unconfirmed] == [pick]
    assert checked([confirmed(pick)], MAPS, PARTY).unconfirmed == ()
