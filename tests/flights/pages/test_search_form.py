"""The form of a wish."""

from datetime import date

from holdfast.flights.pages.search_form import search_form, usual_wish
from holdfast.flights.pages.wish import MAX_DIRECTIONS, Direction, wish_of

TODAY = date(2026, 11, 26)


def test_an_empty_form_begins_with_days_that_can_be_flown() -> None:
    wish = usual_wish(wish_of(lambda _: ""), TODAY)
    assert (wish.directions[0].day, wish.back) == ("2026-12-10", "2026-12-17")
    oneway = usual_wish(wish_of(lambda name: "oneway" if name == "trip" else ""), TODAY)
    assert oneway.back == ""


def test_what_was_typed_stays() -> None:
    wish = wish_of(lambda name: {"from": "FRA", "out": "soon"}.get(name, ""))
    assert usual_wish(wish, TODAY) == wish
    form = search_form(wish, TODAY, {"out": "Which day?"})
    assert form.rows[0].origin.value == "FRA"
    assert (form.rows[0].day.value, form.rows[0].day.wrong) == ("soon", "Which day?")
    assert form.mistakes == 1
    assert len(form.rows) == MAX_DIRECTIONS


def test_a_form_knows_its_bounds_and_choices() -> None:
    form = search_form(wish_of(lambda name: "x" if name == "adults" else ""), TODAY, {})
    assert (form.first_day, form.last_day) == ("2026-11-26", "2027-11-27")
    assert [one.field.value for one in form.steppers] == ["", "0", "0"]
    assert [one.least for one in form.steppers] == [1, 0, 0]
    assert "return" in form.trips
    assert "first" in form.cabins
    assert form.rows[1].origin.value == ""
    assert wish_of(lambda _: "").directions == (Direction("", "", ""),)
