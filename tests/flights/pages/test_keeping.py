"""Which travel pages are made once for all strangers, and that nobody else is one."""

from datetime import date

import pytest
from starlette.datastructures import Headers

from holdfast.flights.pages.keeping import PERSONAL, Keeping, is_stranger, shelves
from holdfast.platform.web.rendered import Place
from tests.flights.pages.pages_site import request

TODAY = date(2026, 12, 1)


def place(path: str, **headers: str) -> Place | None:
    return Keeping(lambda: TODAY).place(request(path, **headers).scope)


def test_a_stranger_has_no_cookie_and_no_credentials_at_all() -> None:
    assert is_stranger(Headers({"accept": "text/html", "x-forwarded-for": "192.0.2.1"}))
    for name in PERSONAL:
        assert not is_stranger(Headers({name.title(): ""})), "even an empty one"


@pytest.mark.parametrize("path", ["/", "/flights", "/flights/BA117", "/places?q=fra"])
@pytest.mark.parametrize("header", ["cookie", "authorization", "proxy_authorization"])
def test_whoever_may_be_known_gets_pages_of_their_own(path: str, header: str) -> None:
    assert place(path) is not None
    assert place(path, **{header: "holdfast_language=de"}) is None


@pytest.mark.parametrize(
    ("path", "shelf"),
    [
        ("/", "forms"),
        ("/flights", "forms"),
        ("/flights/BA117", "status"),
        ("/flights/BA117?date=2026-12-01", "status"),
        ("/places?q=M%C3%BCnchen", "places"),
    ],
)
def test_public_pages_have_a_place(path: str, shelf: str) -> None:
    found = place(path)
    assert found is not None
    assert found.shelf == shelf
    assert found.shelf in shelves(5.0, 1 << 20)
    assert found.edition == TODAY, "another day is another page"


@pytest.mark.parametrize(
    "path",
    [
        "/results?from=FRA&to=LHR",
        "/offers/off_1",
        "/orders",
        "/orders/ABC123",
        "/desk",
        "/checkout/off_1",
        "/language/de",
        "/?from=FRA",
        "/flights?q=BA117",
        "/flights/BA117/more",
        "/flights/BA117?date=tomorrow",
        "/flights/BA117?date=2026-12-01&x=1",
        "/flights/BA117?x=1",
        "/flights/BA117?date=2026-12-01&date=2026-12-02",
        "/flights/B%C3%84117",
        "/places",
        "/places?x=fra",
        "/places?q=fra&x=1&y=2",
        "/places?q=" + "f" * 400,
        "/places?q=" + "f" * 290,
    ],
)
def test_what_is_one_travellers_or_has_any_form_has_none(path: str) -> None:
    assert place(path) is None


def test_bytes_that_are_no_address_have_none() -> None:
    scope = {**request("/places").scope, "query_string": b"q=\xff"}
    assert Keeping(lambda: TODAY).place(scope) is None


def test_the_language_is_in_the_key_and_no_other_header() -> None:
    german = place("/", accept_language="de-DE,de;q=0.9", user_agent="x")
    assert german is not None
    assert german.asked.headers == (("accept", "*/*"), ("accept-language", "de"))
    browser = place("/", accept="text/html,*/*;q=0.8", accept_language="de")
    assert browser is not None
    assert browser.asked.headers == (("accept", "text/html"), ("accept-language", "de"))
    assert place("/", accept_language="fr") == place("/")
    assert place("/places?q=a+b") == place("/places?q=a%20b")
