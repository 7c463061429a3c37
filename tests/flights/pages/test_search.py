"""The first page: one form whose address can be shared."""

from holdfast.flights.pages.places import choice_of
from holdfast.flights.pages.search import form_page, which_page, wish_in
from tests.flights.pages.offers import suggestion
from tests.flights.pages.pages_site import PagesSite, site, visit

FILLED = "/?trip=oneway&from=FRA&to=LHR&out=2026-12-01&adults=2&cabin=business"
HOSTILE = '"><script>alert(1)</script>'


async def test_the_first_page_has_the_search_and_the_flight_number() -> None:
    answer = await PagesSite().get("/")
    assert answer.status_code == 200
    assert 'action="/results"' in answer.text
    assert 'action="/flights"' in answer.text
    assert 'aria-current="page">Search' in answer.text
    assert len(answer.content) < 30_000


async def test_an_address_fills_the_form() -> None:
    text = (await PagesSite().get(FILLED)).text
    assert 'name="from" type="text" value="FRA"' in text
    assert 'value="oneway" id="trip-oneway" checked' in text
    assert 'value="business" selected' in text
    assert 'value="2026-12-01"' in text


async def test_from_and_to_are_swapped_without_scripts() -> None:
    text = (await PagesSite().get(FILLED + "&swap=1")).text
    assert 'name="from" type="text" value="LHR"' in text
    assert 'name="to" type="text" value="FRA"' in text


def test_a_mistake_stands_at_its_field() -> None:
    here = visit(FILLED)
    answer = form_page(site(), here, wish_in(here), {"out": "That day is over."}, 422)
    text = bytes(answer.body).decode()
    assert answer.status_code == 422
    assert 'aria-describedby="out-wrong"' in text
    assert '<span class="wrong" id="out-wrong">That day is over.</span>' in text
    assert "One thing is missing or wrong" in text


def test_the_question_which_place_keeps_the_rest() -> None:
    here = visit("/results?trip=oneway&from=san&to=LHR&out=2026-12-01&adults=2")
    asked = {
        "san": [choice_of(suggestion("SAN", "San Diego")), choice_of(suggestion("SJO", "San José"))]
    }
    text = bytes(which_page(site(), here, wish_in(here), asked).body).decode()
    assert 'name="from" value="San Diego (SAN)" checked' in text
    assert '<input type="hidden" name="to" value="LHR">' in text
    assert '<input type="hidden" name="adults" value="2">' in text
    assert 'type="hidden" name="from"' not in text


async def test_what_is_typed_is_shown_as_text() -> None:
    answer = await PagesSite().get("/?from=" + HOSTILE)
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;" in answer.text
