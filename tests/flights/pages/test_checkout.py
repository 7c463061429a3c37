"""From the passengers' form to one order, whatever happens in between."""

import asyncio
import re
from dataclasses import replace
from datetime import timedelta

import httpx

from holdfast.flights.domain.money import Money
from holdfast.flights.pages.routes import PAGES
from tests.flights.entrypoints.http.site import OWNER
from tests.flights.pages.booking_site import ADA, BookingSite, Shown, booking_site
from tests.flights.pages.pages_site import PagesSite, PlayedApi, data
from tests.support.flights_world import NOW

ORDER_PAGE = re.compile(r"/orders/ord_[0-9A-Za-z]{22}/[\w-]{43}")


async def orders(site: BookingSite) -> list[dict[str, object]]:
    """All orders there are."""
    async with site.duffel.client() as client:
        return list((await client.get("/air/orders")).json()["data"])


async def test_the_form_shows_what_is_bought_and_what_it_costs() -> None:
    async with booking_site() as site:
        page = await site.passengers(await site.offer(), "1.1.4A")
        assert "Seat 4A, BA101, passenger 1 €15.00" in page.text
        assert "Total €115.00" in page.text
        assert "Book and pay €115.00" in page.text
        assert "Hold without paying" in page.text
        assert page.hidden()["seats"] == "1.1.4A"


async def test_a_good_form_is_one_paid_order_with_its_seat() -> None:
    async with booking_site() as site:
        answer = await site.book(await site.offer(), "1.1.4A")
        assert answer.status_code == 303
        assert ORDER_PAGE.fullmatch(answer.headers["location"])
        (order,) = await orders(site)
        assert order["total_amount"] == "115.00"
        assert order["passengers"][0]["family_name"] == "Stone"  # type: ignore[index]
        page = Shown(await site.browser.get(answer.headers["location"]))
        assert "Booked and paid" in page.text
        assert "Ada Stone 4A" in page.text


async def test_a_double_click_books_once_and_both_see_the_order() -> None:
    async with booking_site() as site:
        offer = await site.offer()
        form = (await site.passengers(offer)).hidden() | ADA | {"how": "pay"}
        address = f"/offers/{offer['id']}/passengers"
        first, second = await asyncio.gather(
            site.browser.post(address, data=form), site.browser.post(address, data=form)
        )
        assert first.status_code == second.status_code == 303
        assert first.headers["location"] == second.headers["location"]
        assert len(await orders(site)) == 1


async def test_a_form_with_seats_that_is_sent_again_later_finds_its_order_too() -> None:
    async with booking_site() as site:
        offer = await site.offer()
        form = (await site.passengers(offer, "1.1.4A")).hidden() | ADA | {"how": "pay"}
        address = f"/offers/{offer['id']}/passengers"
        first = await site.browser.post(address, data=form)
        again = await site.browser.post(address, data=form)
        assert again.status_code == 303
        assert again.headers["location"] == first.headers["location"]
        assert len(await orders(site)) == 1


async def test_the_same_form_with_somebody_else_in_it_books_nothing_and_tells_nothing() -> None:
    async with booking_site() as site:
        offer = await site.offer()
        form = (await site.passengers(offer)).hidden() | ADA | {"how": "pay"}
        address = f"/offers/{offer['id']}/passengers"
        await site.browser.post(address, data=form)
        again = await site.browser.post(address, data=form | {"p1_given": "Eve"})
        assert again.status_code == 410
        assert "This offer is booked already" in again.text
        assert "/orders/ord_" not in again.text
        fresh = await site.book(offer, p1_given="Eve")
        assert fresh.status_code == 410
        assert len(await orders(site)) == 1


async def test_errors_stand_at_their_fields_and_what_was_typed_stays() -> None:
    async with booking_site() as site:
        offer = await site.offer()
        answer = await site.book(offer, p1_given="<b>Ada</b>", email="nonsense", phone="")
        assert answer.status_code == 422
        assert "3 things are missing or wrong" in answer.text
        assert 'href="#p1_given"' in answer.text
        assert 'id="p1_given-wrong"' in answer.text
        assert 'aria-describedby="email-hint email-wrong"' in answer.text
        assert "&lt;b&gt;Ada&lt;/b&gt;" in answer.text
        assert "<b>Ada" not in answer.text
        assert 'value="Stone"' in answer.text
        assert await orders(site) == []


async def test_after_an_error_the_form_keeps_its_key() -> None:
    async with booking_site() as site:
        offer = await site.offer()
        key = (await site.passengers(offer)).hidden()["key"]
        answer = await site.book(offer, key=key, email="")
        assert Shown(answer).hidden()["key"] == key


async def test_a_hold_says_until_when_and_is_not_paid() -> None:
    async with booking_site() as site:
        page = await site.passengers(await site.offer())
        assert "Pay by 27 Nov, 12:00 UTC , price guaranteed until 27 Nov, 00:00 UTC" in page.text
        address = await site.order(how="hold")
        order = Shown(await site.browser.get(address))
        assert "Held, not paid yet" in order.text
        assert "Pay €100.00" in order.text


async def test_one_browser_holds_only_so_many_unpaid() -> None:
    async with booking_site() as site:
        for _ in range(2):
            await site.order(how="hold")
        answer = await site.book(await site.offer(), how="hold")
        assert answer.status_code == 409
        assert "pay or cancel one of them" in Shown(answer).text
        assert len(await orders(site)) == 2
        await site.order(how="pay")


async def test_a_browser_that_forgets_who_it_is_comes_from_the_same_network() -> None:
    async with booking_site() as site:
        for _ in range(3):
            site.browser.cookies.clear()
            await site.order(how="hold")
        site.browser.cookies.clear()
        answer = await site.book(await site.offer(), how="hold")
        assert answer.status_code == 409
        assert len(await orders(site)) == 3


async def test_a_fare_without_holds_offers_none() -> None:
    async with booking_site() as site:
        offer = await site.offer(brand="Light")
        page = await site.passengers(offer)
        assert "Hold without paying" not in page.text
        assert "cannot be held" in page.text
        answer = await site.book(offer, how="hold")
        assert answer.status_code == 409
        assert "Please pay at once" in answer.text


async def test_an_offer_that_ended_while_one_typed_is_told_with_a_way_on() -> None:
    async with booking_site() as site:
        offer = await site.offer()
        form = (await site.passengers(offer)).hidden() | ADA | {"how": "pay"}
        site.duffel.clock.now = NOW + timedelta(minutes=31)
        answer = await site.browser.post(f"/offers/{offer['id']}/passengers", data=form)
        assert answer.status_code == 410
        assert "Nothing was booked and nothing was charged" in answer.text
        assert "Find the same flights again" in answer.text


async def test_what_is_sold_out_is_told_to_be_sold_out() -> None:
    async with booking_site() as site:
        offer = await site.offer()
        counters = site.duffel.bookings.counters
        for place, one in counters.items():
            counters[place] = replace(one, sold=one.capacity, overbooking=0)
        answer = await site.book(offer)
        assert answer.status_code == 410
        assert "Sold out a moment ago" in answer.text


async def test_a_refused_payment_books_nothing_and_says_so() -> None:
    async with booking_site() as site:
        await site.duffel.bookings.top_up(OWNER, Money(-99_999_000, "EUR"), "spent")
        answer = await site.book(await site.offer())
        assert answer.status_code == 409
        assert "The payment was refused. Nothing was booked" in answer.text


async def test_a_seat_that_is_gone_is_told_before_anything_is_booked() -> None:
    async with booking_site() as site:
        offer = await site.offer()
        form = (await site.passengers(offer, "1.1.10B")).hidden() | ADA | {"how": "pay"}
        await site.order("1.1.10B", p1_given="Bea")
        answer = await site.browser.post(f"/offers/{offer['id']}/passengers", data=form)
        assert answer.status_code == 409
        assert "Nothing was booked: choose another seat" in answer.text
        assert Shown(answer).hidden()["seats"] == ""
        assert len(await orders(site)) == 1


async def test_an_exit_seat_that_nobody_confirmed_is_not_booked() -> None:
    async with booking_site() as site:
        offer = await site.offer()
        page = Shown(await site.browser.get(f"/offers/{offer['id']}/seats"))
        seat = next(one for one, label in page.radios().items() if "with conditions" in label)
        refused = await site.book(offer, f"1.1.{seat}")
        assert refused.status_code == 409
        assert "conditions that nobody has confirmed" in refused.text
        assert (await site.book(offer, f"1.1.{seat}!")).status_code == 303


async def test_a_form_of_another_site_books_nothing() -> None:
    async with booking_site() as site:
        offer = await site.offer()
        form = (await site.passengers(offer)).hidden() | ADA | {"how": "pay"}
        for header in ({"sec-fetch-site": "cross-site"}, {"origin": "http://evil.example"}):
            answer = await site.browser.post(
                f"/offers/{offer['id']}/passengers", data=form, headers=header
            )
            assert answer.status_code == 403
        assert await orders(site) == []


async def test_an_answer_that_got_lost_is_told_as_such_and_the_same_key_goes_on() -> None:
    async with booking_site() as site:
        offer = await site.offer()
        async with site.duffel.client() as client:
            maps = (await client.get("/air/seat_maps", params={"offer_id": offer["id"]})).json()
    played = PlayedApi(
        {
            f"GET /air/offers/{offer['id']}": data(offer),
            "GET /air/seat_maps": httpx.Response(200, json=maps),
            "POST /air/orders": httpx.ReadTimeout("lost"),
        }
    )
    async with PagesSite(played, pages=tuple(PAGES)).browser() as browser:
        form = ADA | {"key": "k" * 22, "how": "pay", "seats": ""}
        answer = await browser.post(f"/offers/{offer['id']}/passengers", data=form)
        assert answer.status_code == 502
        assert "it will not be booked twice" in answer.text
        assert Shown(answer).hidden()["key"] == "k" * 22
    keys = {one.headers["idempotency-key"] for one in played.asked if one.method == "POST"}
    assert keys == {"page-" + "k" * 22}
