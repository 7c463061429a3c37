"""What somebody booked with their account: listed, opened, paid and given back by them alone."""

import re

import pytest

from holdfast.flights.domain.money import Money
from holdfast.flights.domain.owners import SHOP
from holdfast.flights.pages import own_orders
from holdfast.platform.auth.roles import Role
from tests.flights.duffel_site import FUNDS, PRICE, search
from tests.flights.entrypoints.http.site import OWNER
from tests.flights.pages.booking_site import Shown, booking_site

PENALTY = 5_000
"""Of giving an order back."""


def reference_in(page: Shown) -> str:
    """The booking reference that an order's page shows."""
    found = re.search(r"Booking ([A-Z0-9]{6})", page.text)
    assert found, page.text
    return found[1]


async def test_what_is_booked_with_an_account_is_listed_and_opened_by_logging_in() -> None:
    async with booking_site() as site, site.person("mira") as mira:
        assert "There is no booking here yet." in (await mira.browser.get("/orders/mine")).text
        address = await mira.order()
        assert re.fullmatch(r"/orders/ord_[0-9A-Za-z]{22}/mine", address)
        page = Shown(await mira.browser.get(address))
        assert "Booked and paid" in page.text
        assert "Whoever has the address" not in page.text
        listed = Shown(await mira.browser.get("/orders/mine"))
        assert reference_in(page) in listed.text
        assert f'href="{address}"' in listed.answer.text
        assert "Frankfurt – London" in listed.text
        assert listed.answer.headers["cache-control"] == "private, no-store"


async def test_the_price_that_was_shown_before_the_log_in_is_the_one_that_is_paid() -> None:
    async with booking_site() as site:
        offer = await site.offer()
        async with site.person("mira") as mira:
            address = (await mira.book(offer)).headers["location"]
            assert "€100.00" in (await mira.browser.get(address)).text
        bookings = site.duffel.bookings
        assert await bookings.balance(SHOP, "EUR") == Money(FUNDS - PRICE, "EUR")
        assert await bookings.balance(OWNER, "EUR") == Money(FUNDS, "EUR")


async def test_a_hold_is_paid_and_given_back_by_the_shops_balance() -> None:
    async with booking_site() as site, site.person("mira") as mira:
        address = await mira.order(how="hold")
        due = Shown(await mira.browser.get("/orders/mine?due=1"))
        assert "Held, not paid yet" in due.text
        assert "pay by" in due.text
        form = Shown(await mira.browser.get(address)).hidden()
        paid = await mira.browser.post(f"{address}/pay", data=form)
        assert paid.headers["location"] == f"{address}?news=paid"
        assert "no booking here" in (await mira.browser.get("/orders/mine?due=1")).text
        asked = await mira.browser.post(f"{address}/cancel")
        given = await mira.browser.post(asked.headers["location"])
        assert given.headers["location"] == f"{address}?news=cancelled"
        assert "Cancelled" in (await mira.browser.get("/orders/mine")).text
        left = await site.duffel.bookings.balance(SHOP, "EUR")
        assert left == Money(FUNDS - PENALTY, "EUR")


async def test_without_a_session_ones_orders_lead_to_the_form_and_back() -> None:
    async with booking_site() as site, site.person("mira") as mira:
        address = await mira.order()
        for path, back in (("/orders/mine", "/orders/mine"), (address, address)):
            answer = await site.browser.get(path)
            assert answer.status_code == 303
            assert answer.headers["location"] == "/enter?next=" + back.replace("/", "%2F")
        answer = await site.browser.post(f"{address}/cancel")
        assert answer.headers["location"] == "/enter?next=%2Forders%2Fmine"


async def test_an_account_that_does_not_book_has_no_orders_and_books_as_a_stranger() -> None:
    async with booking_site() as site, site.person("ben", Role.AIRLINE, subject="BA") as ben:
        page = Shown(await ben.browser.get("/orders/mine"))
        assert page.answer.status_code == 403
        assert "Your account does not book" in page.text
        address = await ben.order()
        assert not address.endswith("/mine")
        order_id = address.split("/")[2]
        assert (await ben.browser.get(f"/orders/{order_id}/mine")).status_code == 404


async def test_a_long_list_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_orders, "SHOWN", 1)
    async with booking_site() as site, site.person("mira") as mira:
        async with site.duffel.client() as client:
            offers = await search(client, brand=None)
        assert len(offers) >= 2
        for number, offer in enumerate(offers[:2]):
            assert (await mira.book(offer, p1_given="Ada" * (number + 1))).status_code == 303
        first = (await mira.browser.get("/orders/mine")).text
        more = re.search(r'href="(/orders/mine\?after=[^"]+)"', first)
        assert more
        second = (await mira.browser.get(more[1])).text
        assert "/orders/mine?after=" not in second
        links = [re.findall(r"/orders/ord_\w+/mine", page) for page in (first, second)]
        assert len(links[0]) == len(links[1]) == 1
        assert links[0] != links[1]


async def test_ones_own_order_is_found_by_its_reference_by_nobody_else() -> None:
    async with booking_site() as site, site.person("mira") as mira, site.person("ben") as ben:
        address = await mira.order()
        sent = {"reference": reference_in(Shown(await mira.browser.get(address))), "name": "stone"}
        found = await mira.browser.post("/orders", data=sent)
        assert found.headers["location"] == address
        for other in (site, ben):
            assert (await other.browser.post("/orders", data=sent)).status_code == 404


async def test_a_strangers_order_keeps_its_sealed_link_for_whoever_has_logged_in() -> None:
    async with booking_site() as site, site.person("mira") as mira:
        address = await site.order()
        assert (await mira.browser.get(address)).status_code == 200
        sent = {"reference": reference_in(Shown(await site.browser.get(address))), "name": "stone"}
        assert (await mira.browser.post("/orders", data=sent)).headers["location"] == address


async def test_who_logs_out_or_in_while_the_form_is_open_is_told_before_anything_is_booked() -> (
    None
):
    async with booking_site() as site, site.person("mira") as mira:
        offer = await site.offer()
        assert (await mira.book(offer, account="")).status_code == 409
        answer = await site.book(offer, account="mira")
        assert answer.status_code == 409
        assert "You are not logged in any more." in answer.text
        assert Shown(answer).hidden()["account"] == ""
        assert "no booking here" in (await mira.browser.get("/orders/mine")).text
        assert (await site.book(offer)).status_code == 303


async def test_an_account_has_its_own_number_of_unpaid_holds_and_an_agent_an_agencys() -> None:
    async with booking_site() as site, site.person("mira") as mira:
        for given in ("Ada", "Bea"):
            assert (await mira.book(await site.offer(), how="hold", p1_given=given)).is_redirect
        refused = await mira.book(await site.offer(), how="hold", p1_given="Cleo")
        assert refused.status_code == 409
        assert "You hold as many bookings" in refused.text
        async with site.person("ann", Role.AGENT) as agent:
            for given in ("Dora", "Eve", "Fay", "Gia"):
                assert (
                    await agent.book(await site.offer(), how="hold", p1_given=given)
                ).is_redirect
            desk = await agent.browser.get("/desk")
            assert desk.headers["location"] == "/orders/mine?due=1"
