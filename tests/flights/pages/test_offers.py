from datetime import timedelta

import pytest

from tests.flights.pages.booking_site import BookingSite, Shown, booking_site
from tests.support.flights_world import NOW


async def test_an_offer_says_what_it_costs_and_until_when() -> None:
    async with booking_site() as site:
        offer = await site.offer(party=[{"type": "adult"}, {"type": "adult"}])
        page = Shown(await site.browser.get(f"/offers/{offer['id']}"))
        assert page.answer.status_code == 200
        assert "2 passengers" in page.text
        assert "€200.00" in page.text
        assert "Price locked until 26 Nov, 12:30 UTC" in page.text
        assert "BA101" in page.text
        assert "Can be changed for €40.00" in page.text
        assert f'href="/offers/{offer["id"]}/seats"' in page.answer.text


async def test_in_german_it_says_so_too() -> None:
    async with booking_site("de") as site:
        offer = await site.offer()
        page = Shown(await site.browser.get(f"/offers/{offer['id']}"))
        assert "100,00 €" in page.text
        assert "Preis gilt bis" in page.text


@pytest.mark.parametrize("id_", ["off_nothing", "off_" + "0" * 24, "..%2Forders"])
async def test_an_offer_that_never_was_is_not_found(id_: str) -> None:
    async with booking_site() as site:
        answer = await site.browser.get(f"/offers/{id_}")
        assert answer.status_code == 404


async def ended_offer(site: BookingSite) -> str:
    offer = await site.offer()
    site.duffel.clock.now = NOW + timedelta(minutes=31)
    return str(offer["id"])


async def test_an_ended_offer_says_so_shows_what_it_was_and_finds_it_again() -> None:
    async with booking_site() as site:
        id_ = await ended_offer(site)
        page = Shown(await site.browser.get(f"/offers/{id_}"))
        assert page.answer.status_code == 410
        assert "price lock of this offer has ended" in page.text
        assert "BA101" in page.text
        answer = await site.browser.post(f"/offers/{id_}/again")
        assert answer.status_code == 303
        found = Shown(await site.browser.get(answer.headers["location"]))
        assert "The same flights, searched anew" in found.text
        assert "At the same price as before." in found.text


@pytest.mark.parametrize(
    ("was", "words"),
    [
        ("90.00EUR", "€10.00 more than €90.00 before."),
        ("110.00EUR", "€10.00 less than €110.00 before."),
    ],
)
async def test_the_difference_is_told(was: str, words: str) -> None:
    async with booking_site() as site:
        offer = await site.offer()
        page = Shown(await site.browser.get(f"/offers/{offer['id']}?was={was}&same=1"))
        assert words in page.text


async def test_what_cannot_be_compared_is_not() -> None:
    async with booking_site() as site:
        offer = await site.offer()
        page = Shown(await site.browser.get(f"/offers/{offer['id']}?was=<b>1.00USD&same=0"))
        assert "Those flights cannot be had any more" in page.text
        assert "before" not in page.text


async def test_a_search_that_is_forgotten_cannot_be_repeated() -> None:
    async with booking_site() as site:
        answer = await site.browser.post("/offers/off_" + "0" * 24 + "/again")
        assert answer.status_code == 410
