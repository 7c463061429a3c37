"""One's own order, and nobody else's."""

import httpx
import pytest

from tests.flights.pages.booking_site import BookingSite, Shown, booking_site


async def reference(site: BookingSite, address: str) -> str:
    """The booking reference of an order's page."""
    page = Shown(await site.browser.get(address))
    return page.text.split("Booking ")[1][:6]


async def find(site: BookingSite, reference_: str, name: str) -> httpx.Response:
    """What the form answers."""
    form = {"reference": reference_, "name": name}
    return await site.browser.post("/orders", data=form)


@pytest.mark.parametrize("name", ["Stone", " stone ", "STONE"])
async def test_an_order_is_found_by_its_reference_and_a_family_name(name: str) -> None:
    async with booking_site() as site:
        address = await site.order()
        answer = await find(site, (await reference(site, address)).lower(), name)
        assert answer.status_code == 303
        assert answer.headers["location"] == address


async def test_a_wrong_name_and_a_wrong_reference_get_the_same_answer() -> None:
    async with booking_site() as site:
        known = await reference(site, await site.order())
        wrong_name = await find(site, known, "Smith")
        wrong_reference = await find(site, "ZZZZZZ", "Smith")
        assert wrong_name.status_code == wrong_reference.status_code == 404
        assert wrong_name.text.replace(known, "ZZZZZZ") == wrong_reference.text
        assert "No booking has this reference and this family name" in wrong_name.text
        assert (await find(site, known, "")).status_code == 404


async def test_names_of_a_reference_cannot_be_guessed_for_long() -> None:
    async with booking_site() as site:
        known = await reference(site, await site.order())
        answers = [(await find(site, known, f"Name{number}")).status_code for number in range(11)]
        assert answers == [404] * 10 + [429]
        refused = await find(site, known, "Stone")
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) > 0
        site.duffel.clock.move(minutes=11)
        assert (await find(site, known, "Stone")).status_code == 303


async def test_references_cannot_be_tried_in_a_row() -> None:
    async with booking_site() as site:
        answers = [(await find(site, f"AAA{number}", "Stone")) for number in range(100, 131)]
        assert [one.status_code for one in answers] == [404] * 30 + [429]


@pytest.mark.parametrize("part", ["", "/flights.ics", "/pay", "/cancel", "/accept", "/reprice"])
async def test_without_the_right_seal_there_is_no_such_order(part: str) -> None:
    async with booking_site() as site:
        address = await site.order()
        order, seal = address.split("/")[2:]
        method = "GET" if part in ("", "/flights.ics") else "POST"
        wrong = seal[:-1] + ("A" if seal[-1] != "A" else "B")
        for other in (f"/orders/{order}/{wrong}", f"/orders/ord_{'0' * 22}/{seal}"):
            assert (await site.browser.request(method, other + part)).status_code == 404


async def test_the_page_is_kept_by_nobody_in_between_and_told_to_no_other_site() -> None:
    async with booking_site() as site:
        answer = await site.browser.get(await site.order())
        assert answer.headers["cache-control"] == "private, no-store"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert "keep it for yourself" in answer.text


async def test_the_flights_go_into_a_calendar() -> None:
    async with booking_site() as site:
        answer = await site.browser.get(f"{await site.order('1.1.4A')}/flights.ics")
        assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
        assert answer.headers["content-disposition"].startswith('attachment; filename="flights-')
        assert "SUMMARY:BA101 Frankfurt – London" in answer.text
        assert "Ada Stone 4A" in answer.text.replace("\r\n ", "")


async def test_hostile_text_in_the_form_shows_as_text() -> None:
    async with booking_site() as site:
        answer = await find(site, '"><script>', "<img src=x onerror=alert(1)>")
        assert answer.status_code == 404
        assert "<img src=x" not in answer.text
        assert "&lt;img src=x onerror=alert(1)&gt;" in answer.text
