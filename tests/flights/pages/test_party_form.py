from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.flights.pages.party_form import (
    MAX_TYPED_CHARS,
    Filled,
    Seeker,
    age_on,
    blank,
    day_of,
    filled,
)

TODAY, DEPARTS = date(2026, 11, 26), date(2026, 12, 1)
ADULT, OTHER = Seeker("pas_1", "adult"), Seeker("pas_2", "adult")
CHILD, BABY = Seeker("pas_3", "child"), Seeker("pas_4", "infant_without_seat")
TWIN = Seeker("pas_5", "infant_without_seat")
GOOD = {
    "p1_title": "ms",
    "p1_given": "Ada",
    "p1_family": "Stone",
    "p1_gender": "f",
    "p1_born": "1990-01-02",
    "email": "ada@example.org",
    "phone": "+44 20 8016 0509",
}


def typed(number: int, given: str, born: str) -> dict[str, str]:
    return {
        f"p{number}_title": "mr",
        f"p{number}_given": given,
        f"p{number}_family": "Stone",
        f"p{number}_gender": "m",
        f"p{number}_born": born,
    }


def fill(*seekers: Seeker, **changes: str) -> Filled:
    people = seekers or (ADULT,)
    return filled(people, GOOD | changes, today=TODAY, departs=DEPARTS)


def errors(*seekers: Seeker, **changes: str) -> dict[str, str]:
    return dict(fill(*seekers, **changes).form.errors)


def test_a_good_form_is_passengers_for_the_api() -> None:
    found = fill()
    assert found.is_good
    (body,) = found.passengers
    assert (body.id, body.title, body.given_name, body.family_name) == (
        "pas_1",
        "ms",
        "Ada",
        "Stone",
    )
    assert (body.gender, body.born_on, body.email) == ("f", date(1990, 1, 2), "ada@example.org")
    assert body.phone_number == "+44 20 8016 0509"


def test_an_empty_form_names_every_field() -> None:
    found = filled((ADULT,), {}, today=TODAY, departs=DEPARTS)
    assert list(found.form.errors) == [
        "p1_title",
        "p1_given",
        "p1_family",
        "p1_gender",
        "p1_born",
        "email",
        "phone",
    ]
    assert not found.is_good
    assert found.passengers == ()


def test_what_was_typed_stays_in_the_form() -> None:
    found = fill(p1_given="  <b>Ada ", email="nonsense")
    assert (found.form.people[0].given, found.form.email) == ("<b>Ada", "nonsense")


@pytest.mark.parametrize("name", ["<script>", "Ада", "A1", "--", "Æsa", "Ada\u202e"])
def test_a_name_that_no_ticket_carries_is_told_at_its_field(name: str) -> None:
    assert errors(p1_given=name) == {"p1_given": "party.name.letters"}


def test_a_long_name_is_told_to_be_long() -> None:
    assert errors(p1_family="a" * 21) == {"p1_family": "party.name.long"}


def test_letters_are_composed_and_spaces_are_single() -> None:
    found = fill(p1_given="Jo\u0308rg   Peter")
    assert found.passengers[0].given_name == "J\u00f6rg Peter"


@pytest.mark.parametrize(
    ("born", "error"),
    [
        ("", "party.born.missing"),
        ("yesterday", "party.born.form"),
        ("1990-02-30", "party.born.form"),
        ("2026-11-27", "party.born.future"),
        ("1890-01-01", "party.born.old"),
        ("2016-01-01", "party.born.adult"),
    ],
)
def test_a_birth_date_that_cannot_be_is_told(born: str, error: str) -> None:
    assert errors(p1_born=born) == {"p1_born": error}


def test_ages_must_be_those_that_were_searched_for() -> None:
    people = (ADULT, CHILD)
    assert errors(*people, **typed(2, "Bea", "2016-01-01")) == {}
    assert errors(*people, **typed(2, "Bea", "2000-01-01")) == {"p2_born": "party.born.child"}
    baby = errors(ADULT, BABY, **typed(2, "Bea", "2020-01-01"))
    assert baby == {"p2_born": "party.born.infant_without_seat"}


def test_a_birthday_before_the_departure_counts() -> None:
    assert errors(p1_born="2014-11-30") == {}
    assert errors(p1_born="2014-12-02") == {"p1_born": "party.born.adult"}


def test_two_passengers_cannot_have_one_name() -> None:
    same = typed(2, "ADA", "1991-01-01")
    assert errors(ADULT, OTHER, **same) == {"p2_given": "party.name.twice"}


def test_infants_sit_on_laps_of_adults_in_order_unless_told_otherwise() -> None:
    party = (ADULT, OTHER, BABY)
    people = typed(2, "Bob", "1991-01-01") | typed(3, "Bea", "2026-01-01")
    assert [one.infant_passenger_id for one in fill(*party, **people).passengers] == [
        "pas_4",
        None,
        None,
    ]
    chosen = fill(*party, **people, p3_lap="2").passengers
    assert [one.infant_passenger_id for one in chosen] == [None, "pas_4", None]


def test_two_infants_do_not_fit_on_one_lap() -> None:
    party = (ADULT, OTHER, BABY, TWIN)
    people = typed(2, "Bob", "1991-01-01") | typed(3, "Bea", "2026-01-01")
    people |= typed(4, "Ben", "2026-01-01")
    found = errors(*party, **people, p3_lap="1", p4_lap="1")
    assert found == {"p4_lap": "party.lap.twice"}
    assert errors(*party, **people, p3_lap="9") == {"p3_lap": "party.lap.missing"}


@pytest.mark.parametrize("email", ["ada", "ada@", "@x.org", "a b@x.org", "a@x", "a@x.org,b@y.org"])
def test_an_address_that_is_none_is_told(email: str) -> None:
    assert errors(email=email) == {"email": "party.email.form"}


@pytest.mark.parametrize("phone", ["0201234567", "+49", "+49x1234567", "call me"])
def test_a_number_without_a_country_is_told(phone: str) -> None:
    assert errors(phone=phone) == {"phone": "party.phone.form"}


def test_two_zeros_stand_for_the_plus_and_dots_for_spaces() -> None:
    assert fill(phone="0049 69.123/456").passengers[0].phone_number == "+49 69 123 456"


@pytest.mark.parametrize("text", ["1990-05-17", "17.5.1990", "17. 05.1990", "17/05/1990"])
def test_a_day_is_read_as_people_write_it(text: str) -> None:
    assert day_of(text) == date(1990, 5, 17)


def test_an_age_is_of_whole_years() -> None:
    assert age_on(date(2000, 12, 1), date(2026, 11, 30)) == 25
    assert age_on(date(2000, 12, 1), date(2026, 12, 1)) == 26


def test_a_blank_form_has_no_errors_and_laps_in_order() -> None:
    found = blank((ADULT, OTHER, BABY, TWIN))
    assert found.errors == {}
    assert [one.lap for one in found.people] == ["", "", "1", "2"]
    assert (len(found.adults), found.infants) == (2, 2)


@given(st.dictionaries(st.sampled_from(sorted(GOOD)), st.text(max_size=400)))
def test_whatever_is_typed_the_form_says_what_is_wrong_or_is_taken(changes: dict[str, str]) -> None:
    found = fill(**changes)
    assert found.is_good == bool(found.passengers)
    assert all(len(one.given) <= MAX_TYPED_CHARS for one in found.form.people)
    assert found.form.error("nothing") == ""
