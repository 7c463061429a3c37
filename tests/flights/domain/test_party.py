"""Who may travel together, and how many seats that takes."""

import pytest

from holdfast.flights.domain.fare import PassengerType
from holdfast.flights.domain.offer import Traveller
from holdfast.flights.domain.party import MAX_AGE, MAX_TRAVELLERS, Party, problem_of, type_at

ADULT, CHILD, INFANT = PassengerType.ADULT, PassengerType.CHILD, PassengerType.INFANT


def people(*types: PassengerType) -> list[Traveller]:
    return [Traveller("", one) for one in types]


@pytest.mark.parametrize(
    ("age", "kind"), [(0, INFANT), (1, INFANT), (2, CHILD), (11, CHILD), (12, ADULT), (99, ADULT)]
)
def test_age_tells_the_type(age: int, kind: PassengerType) -> None:
    assert type_at(age) is kind


def test_a_party_counts_types_in_a_fixed_order_and_seats_without_infants() -> None:
    party = Party.of(people(INFANT, CHILD, ADULT, ADULT))
    assert party.counts == ((ADULT, 2), (CHILD, 1), (INFANT, 1))
    assert party.seats == 3


@pytest.mark.parametrize("types", [(ADULT,), (CHILD,), (ADULT, INFANT), (ADULT,) * MAX_TRAVELLERS])
def test_a_sound_party_has_no_problem(types: tuple[PassengerType, ...]) -> None:
    assert problem_of(people(*types)) is None


@pytest.mark.parametrize(
    ("types", "why"),
    [
        ((), "At least one"),
        ((ADULT,) * (MAX_TRAVELLERS + 1), "At most"),
        ((ADULT, INFANT, INFANT), "adult of its own"),
        ((CHILD, INFANT), "adult of its own"),
    ],
)
def test_a_party_that_cannot_be_sold_to_is_told_why(
    types: tuple[PassengerType, ...], why: str
) -> None:
    assert why in str(problem_of(people(*types)))


@pytest.mark.parametrize("age", [-1, MAX_AGE + 1])
def test_nobody_has_such_an_age(age: int) -> None:
    assert "Ages" in str(problem_of([Traveller("", ADULT, age)]))
