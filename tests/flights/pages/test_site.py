"""A visit: who looks, in which language, and what was typed, cut to size."""

from dataclasses import replace

from starlette.responses import Response

from holdfast.flights.pages.site import (
    NAVIGATION,
    VIEWER_COOKIE,
    remember_language,
    remember_viewer,
)
from tests.flights.pages.pages_site import visit


def test_a_browser_keeps_its_name_and_an_odd_one_is_replaced() -> None:
    name = "n" * 22
    known = visit("/", cookie=f"{VIEWER_COOKIE}={name}")
    assert (known.viewer, known.is_new) == (name, False)
    for odd in ("short", "with space in it, and long", "x" * 100):
        fresh = visit("/", cookie=f"{VIEWER_COOKIE}={odd}")
        assert fresh.is_new
        assert fresh.viewer != odd
    assert visit().viewer != visit().viewer


def test_only_a_new_browser_is_given_a_name_that_scripts_cannot_read() -> None:
    response = Response()
    fresh = visit()
    remember_viewer(fresh, response)
    cookie = response.headers["set-cookie"]
    assert fresh.viewer in cookie
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
    again = Response()
    remember_viewer(replace(fresh, is_new=False), again)
    assert "set-cookie" not in again.headers


def test_the_choice_of_a_language_is_kept() -> None:
    response = Response()
    remember_language(response, "de")
    assert "holdfast_language=de" in response.headers["set-cookie"]
    assert visit("/", cookie="holdfast_language=de").language == "de"
    assert visit("/", accept_language="de").words("nav.search") == "Suche"


def test_what_is_typed_is_trimmed_and_cut() -> None:
    here = visit("/results?from=+FRA+&to=" + "x" * 500 + "&via=1&via=2")
    assert here.ask("from") == "FRA"
    assert len(here.ask("to")) == 200
    assert here.ask("nothing") == ""
    assert here.asks("via") == ("1", "2")
    assert here.asks("via", most=1) == ("1",)
    filled = here.with_form({"name": " Ada ", "long": "y" * 500})
    assert (filled.field("name"), len(filled.field("long")), filled.field("no")) == ("Ada", 200, "")


def test_a_page_knows_its_own_address_and_the_headers_links() -> None:
    assert visit("/results?a=b").here == "/results?a=b"
    assert visit("/").here == "/"
    assert visit().navigation == NAVIGATION


def test_a_request_keeps_the_id_it_brought() -> None:
    assert visit("/", x_request_id="request-1").request_id == "request-1"
    assert len(visit("/", x_request_id="no\tid").request_id) == 24
