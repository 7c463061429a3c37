"""docs/reference/people-in-flights.md: nobody gets what is somebody else's on the travel pages.

Every page and form of an order, taken from the routes, is tried by everybody who is not its owner;
sessions, forged forms, guessing, hostile texts and the tokens for the API are tried one by one.
"""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from holdfast.flights.entrypoints.http.oauth import Grants
from holdfast.flights.pages import order_acts, orders
from holdfast.flights.pages.entrance import TRAVEL_COOKIE
from holdfast.flights.pages.routes import PAGES
from holdfast.flights.store.memory_access import MemoryTokens
from holdfast.flights.wire.person_token import desk_token, travellers_token
from holdfast.flights.wiring.settings import FlightsSettings
from holdfast.flights.wiring.sites.declared import DECLARED
from holdfast.flights.wiring.sites.pages import kept_for_strangers, shop_of
from holdfast.platform.auth.roles import Role
from holdfast.platform.web.rendered import RenderedFigures
from tests.flights.duffel_site import order_body
from tests.flights.entrypoints.http.site import OWNER, PEOPLE_KEY, SIGNER, TOKEN, site
from tests.flights.pages.booking_site import BookingSite, Shown, booking_site
from tests.support.endpoints import FLIGHTS, addresses_of, travellers_may, whole_site
from tests.support.people import PASSWORD

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
Json = Any  # what the API answers; read field by field
SHOP = shop_of(TOKEN, OWNER)
OF_ORDERS = [one for one in (*orders.PAGES, *order_acts.PAGES) if "{order}" in one.path]
OTHERS: dict[str, tuple[Role, ...]] = {
    "a stranger": (),
    "ben": (Role.TRAVELLER,),
    "ann": (Role.AGENT,),
    "ba": (Role.AIRLINE,),
    "olga": (Role.OPERATOR,),
    "adam": (Role.ADMIN,),
}
HOSTILE = "\"><script>alert(1)</script>'"


@dataclass
class Tried:
    """Mira's held and paid orders, and everybody else's browsers."""

    site: BookingSite
    mira: BookingSite
    held: str
    paid: str
    quote: str
    browsers: dict[str, httpx.AsyncClient]

    async def as_mira(self, address: str) -> str:
        """What Mira reads of an order of hers."""
        return Shown(await self.mira.browser.get(address)).text


@asynccontextmanager
async def tried() -> AsyncIterator[Tried]:
    """A site where Mira has booked."""
    async with AsyncExitStack() as stack:
        made = await stack.enter_async_context(booking_site())
        mira = await stack.enter_async_context(made.person("mira"))
        held, paid = await mira.order(how="hold"), await mira.order(p1_given="Bea")
        asked = await mira.browser.post(f"{paid}/cancel")
        browsers = {"a stranger": made.browser}
        for name, roles in OTHERS.items():
            if roles:
                one = await stack.enter_async_context(made.person(name, *roles, subject="BA"))
                browsers[name] = one.browser
        quote = asked.headers["location"].rpartition("/")[2]
        yield Tried(made, mira, held, paid, quote, browsers)


async def test_no_page_and_no_form_of_anothers_order_opens() -> None:
    async with tried() as made:
        before = [await made.as_mira(one) for one in (made.held, made.paid)]
        a_seal = (await made.site.order(p1_given="Cleo")).split("/")[3]
        for who, browser in made.browsers.items():
            for address in (made.held, made.paid):
                for route in OF_ORDERS:
                    for seal in ("mine", a_seal, "x" * 43):
                        order_id = address.split("/")[2]
                        path = route.path.format(order=order_id, seal=seal, quote=made.quote)
                        answer = await _asked(browser, route.method, path)
                        is_led = answer.headers.get("location", "").startswith("/enter?next=")
                        assert answer.status_code == 404 or is_led, (who, path)
                        assert is_led is (who == "a stranger" and seal == "mine"), (who, path)
                        assert "Stone" not in answer.text, (who, path)
        assert [await made.as_mira(one) for one in (made.held, made.paid)] == before


async def _asked(browser: httpx.AsyncClient, method: str, path: str) -> httpx.Response:
    """A page, or a form as it is sent for paying, or accepting a change."""
    form = {"amount": "100.00", "currency": "EUR", "change": "aic_1"}
    if method == "GET":
        return await browser.get(path)
    return await browser.post(path, data=form)


async def test_the_owner_opens_all_of_them() -> None:
    """Else the test above would hold on a site where nothing opens."""
    async with tried() as made:
        order_id = made.paid.split("/")[2]
        for route in OF_ORDERS:
            if route.method == "GET":
                path = route.path.format(order=order_id, seal="mine", quote=made.quote)
                assert (await made.mira.browser.get(path)).status_code == 200, route.path


async def test_a_refund_quote_of_another_order_is_none_of_ones_own() -> None:
    async with tried() as made:
        ben = made.browsers["ben"]
        async with made.site.person("ben") as own:
            address = await own.order(p1_given="Dora")
        for method in ("GET", "POST"):
            answer = await ben.request(method, f"{address}/cancel/{made.quote}")
            assert answer.status_code == 404
        assert "Booked and paid" in await made.as_mira(made.paid)


async def test_no_list_shows_anothers_order_and_no_reference_finds_it() -> None:
    async with tried() as made:
        text = await made.as_mira(made.paid)
        found = re.search(r"Booking ([A-Z0-9]{6})", text)
        assert found
        for who, browser in made.browsers.items():
            listed = await browser.get("/orders/mine")
            assert found[1] not in listed.text, who
            sent = {"reference": found[1], "name": "Stone"}
            assert (await browser.post("/orders", data=sent)).status_code == 404, who


async def test_at_the_api_a_persons_token_opens_no_order_but_their_own() -> None:
    async with tried() as made:
        order_id, now = made.held.split("/")[2], made.site.duffel.clock.wall()
        token = travellers_token(PEOPLE_KEY, "ben", SHOP, now)
        async with made.site.duffel.client(token) as ben:
            asked = [
                ("GET", f"/air/orders/{order_id}", None),
                ("PATCH", f"/air/orders/{order_id}", {"metadata": {"mine": "now"}}),
                ("POST", f"/air/orders/{order_id}/actions/reprice", {}),
                ("GET", f"/air/orders/{order_id}/available_services", None),
                ("GET", f"/air/order_cancellations/{made.quote}", None),
                ("POST", f"/air/order_cancellations/{made.quote}/actions/confirm", {}),
                ("POST", "/air/order_cancellations", {"order_id": order_id}),
            ]
            for method, path, body in asked:
                sent = None if body is None else {"data": body}
                answer = await ben.request(method, path, json=sent)
                assert answer.status_code in (404, 422), (method, path)
            assert (await ben.get("/air/orders")).json()["data"] == []


@pytest.mark.parametrize(
    ("place", "roles"),
    [(0, ()), (1, (Role.TRAVELLER,)), (2, (Role.AIRLINE,)), (3, (Role.OPERATOR,))],
)
async def test_everybody_finds_exactly_what_the_page_of_endpoints_says(
    place: int, roles: tuple[Role, ...]
) -> None:
    async with AsyncExitStack() as stack:
        made = await stack.enter_async_context(booking_site())
        if roles:
            made = await stack.enter_async_context(made.person("one", *roles, subject="BA"))
        for route in PAGES:
            if route.method == "GET" and "{" not in route.path:
                answer = await made.browser.get(route.path)
                was_led = answer.headers.get("location", "").startswith("/enter?next=")
                is_closed = was_led or answer.status_code == 403
                assert is_closed is (travellers_may("GET", route.path)[place] == "-"), route.path
                is_door = 'name="key"' in answer.text
                assert is_door is (travellers_may("GET", route.path)[place] == "key"), route.path


# Sessions


async def test_a_session_that_somebody_foisted_is_never_ones_own() -> None:
    async with booking_site() as made:
        await made.house.account("mira", Role.TRAVELLER)
        foisted = "f" * 43
        async with made.visitor(foisted) as mira:
            form = await mira.get("/enter")
            assert TRAVEL_COOKIE not in form.headers.get("set-cookie", ""), "none before logging in"
            await mira.post("/login", data={"name": "mira", "password": PASSWORD})
            assert (await mira.get("/me")).status_code in (200, 303)
        async with made.visitor(foisted) as thief:
            assert (await thief.get("/me")).status_code == 303


async def test_logging_in_anew_ends_the_session_that_the_browser_had() -> None:
    async with booking_site() as made, made.person("mira") as mira:
        before = mira.browser.cookies[TRAVEL_COOKIE]
        sent = {"name": "mira", "password": PASSWORD}
        answer = await mira.browser.post("/login", data=sent)
        assert answer.status_code == 303
        assert before not in answer.headers["set-cookie"]
        async with made.visitor(before) as old:
            assert (await old.get("/me")).status_code == 303


async def test_a_session_that_was_logged_out_is_dead_wherever_it_is_brought() -> None:
    async with booking_site() as made, made.person("mira") as mira:
        address = await mira.order()
        session = mira.browser.cookies[TRAVEL_COOKIE]
        await mira.browser.post("/logout")
        async with made.visitor(session) as again:
            for path in ("/me", "/orders/mine", address):
                assert (await again.get(path)).headers["location"].startswith("/enter")
            form = Shown(await again.get(f"/offers/{(await made.offer())['id']}/passengers"))
            assert form.hidden()["account"] == ""


async def test_a_session_of_these_pages_is_in_its_own_cookie_alone() -> None:
    async with booking_site() as made, made.person("mira") as mira:
        session = mira.browser.cookies[TRAVEL_COOKIE]
        for name in ("holdfast_session", "holdfast_viewer", "holdfast_desk"):
            asked = await made.browser.get("/me", headers={"cookie": f"{name}={session}"})
            assert asked.status_code == 303
        bearer = {"authorization": f"Bearer {session}"}
        assert (await made.browser.get("/me", headers=bearer)).status_code == 303


# Forged forms


FOREIGN = (
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"origin": "https://evil.example"},
    {"origin": "null"},
)


async def test_no_form_is_taken_from_another_site() -> None:
    async with booking_site() as made, made.person("mira") as mira:
        held = await mira.order(how="hold")
        names = {"order": held.split("/")[2], "seal": "mine", "quote": "ore_" + "0" * 22}
        names |= {"offer": "off_" + "0" * 24, "what": "files", "id": "5", "decision": "approve"}
        sent = {"name": "mira", "password": PASSWORD, "old": PASSWORD, "new": "n" * 6}
        for path in [one.path.format(**names) for one in PAGES if one.method == "POST"]:
            for headers in FOREIGN:
                answer = await mira.browser.post(path, data=sent, headers=headers)
                assert answer.status_code == 403, (path, headers)
                assert TRAVEL_COOKIE not in answer.headers.get("set-cookie", ""), path
        assert (await mira.browser.get("/me")).status_code == 200, "still logged in"
        assert "Held, not paid yet" in (await mira.browser.get(held)).text


# Guessing


async def test_who_guesses_waits_and_the_right_password_is_not_looked_at_meanwhile() -> None:
    async with booking_site() as made:
        await made.house.account("mira", Role.TRAVELLER)
        statuses = []
        for password in ["guess after guess"] * 6 + [PASSWORD]:
            sent = {"name": "mira", "password": password}
            answer = await made.browser.post("/login", data=sent)
            statuses.append(answer.status_code)
        assert statuses[0] == 403
        assert statuses[-2:] == [429, 429]
        assert int(answer.headers["retry-after"]) >= 1
        assert "Too many tries" in answer.text
        made.house.clock.wait(3600)
        again = await made.browser.post("/login", data={"name": "mira", "password": PASSWORD})
        assert again.status_code == 303


async def test_a_form_that_is_too_long_or_none_logs_nobody_in() -> None:
    async with booking_site() as made:
        await made.house.account("mira", Role.TRAVELLER)
        long = await made.browser.post("/login", data={"name": "mira", "password": "x" * 10_000})
        assert long.status_code == 413
        none = await made.browser.post("/login", content=b"\xff\x00")
        assert none.status_code == 403


# Hostile texts


@pytest.mark.parametrize("language", ["en", "de"])
async def test_what_is_typed_stays_text(language: str) -> None:
    async with booking_site(language) as made, made.person("mira") as mira:
        pages = [
            await made.browser.post("/login", data={"name": HOSTILE, "next": f"/{HOSTILE}"}),
            await made.browser.get("/enter", params={"next": f"/{HOSTILE}"}),
            await mira.browser.get("/orders/mine", params={"after": HOSTILE, "due": HOSTILE}),
            await mira.browser.get(f"/orders/{HOSTILE}/mine"),
            await mira.browser.post("/me/password", data={"old": HOSTILE, "new": HOSTILE}),
            await made.browser.get("/me", headers={"cookie": f"{TRAVEL_COOKIE}={HOSTILE}"}),
        ]
        for page in pages:
            assert "<script>alert" not in page.text
            assert HOSTILE not in page.text
            if page.status_code != 303:
                assert "default-src 'none'" in page.headers["content-security-policy"]


async def test_pages_of_whoever_has_logged_in_are_kept_by_nobody() -> None:
    async with booking_site() as made, made.person("mira") as mira:
        address = await mira.order()
        for path in ("/", "/flights", "/orders", "/orders/mine", address, "/me", "/desk"):
            answer = await mira.browser.get(path)
            assert answer.headers["cache-control"] == "private, no-store", path


async def test_pages_that_are_made_once_for_strangers_are_never_those_of_somebody() -> None:
    async with booking_site() as made, made.person("mira") as mira:
        figures = RenderedFigures()
        app = kept_for_strangers(made.app, FlightsSettings(), made.duffel.clock, figures)
        kept = replace(made, app=app)
        async with (
            kept.visitor(mira.browser.cookies[TRAVEL_COOKIE]) as hers,
            kept.visitor() as none,
        ):
            for browser, name in ((hers, True), (none, False), (hers, True), (none, False)):
                assert ("mira" in (await browser.get("/flights")).text) is name
        assert figures.made["forms"] == 1, "the stranger's"


# Tokens for the API


async def test_a_token_is_refused_after_its_minute() -> None:
    async with booking_site() as made:
        duffel = made.duffel
        token = travellers_token(PEOPLE_KEY, "mira", SHOP, duffel.clock.wall())
        async with duffel.client(token) as mira:
            assert (await mira.get("/air/orders")).status_code == 200
            duffel.clock.now += timedelta(seconds=59)
            assert (await mira.get("/air/orders")).status_code == 200
            duffel.clock.now += timedelta(seconds=1)
            assert (await mira.get("/air/orders")).status_code == 401


@pytest.mark.parametrize("scope", ["feeds", "operate"])
async def test_a_travellers_token_opens_nothing_of_the_desk_and_the_desks_nothing_of_orders(
    scope: str,
) -> None:
    async with site(DECLARED) as made:
        now = made.clock.wall()
        traveller = travellers_token(PEOPLE_KEY, "mira", SHOP, now)
        desk = desk_token(PEOPLE_KEY, "olga", ("person:olga", frozenset({scope})), now)
        wrong = []
        for token, scopes in ((traveller, {"read", "book"}), (desk, {scope})):
            async with made.client(token) as client:
                for one in FLIGHTS:
                    path = one.path.replace("{", "").replace("}", "")
                    headers = {"content-type": one.media_type}
                    answer = await client.request(one.method, path, headers=headers)
                    may = one.public or one.scope in scopes
                    if (answer.status_code == 403) == may or answer.status_code == 401:
                        wrong.append((one.method, one.path, answer.status_code))
        assert wrong == []


async def test_a_token_is_not_exchanged_for_a_longer_one() -> None:
    async with site(Grants(MemoryTokens(), SIGNER).operations()) as made:
        token = travellers_token(PEOPLE_KEY, "mira", SHOP, made.clock.wall())
        form = {"grant_type": "client_credentials", "client_id": "person:mira"}
        async with made.client(None) as client:
            answer = await client.post(
                "/v1/security/oauth2/token", data=form | {"client_secret": token}
            )
        assert answer.status_code == 401


async def test_a_token_opens_nothing_where_people_do_not_log_in_and_nothing_of_grading() -> None:
    token = desk_token(PEOPLE_KEY, "olga", ("person:olga", frozenset({"operate"})), NOW)
    async with whole_site() as grading:
        client = grading.client(token)
        for one in addresses_of(grading):
            if one.path.startswith("/api/grading/standings"):
                assert (await client.request(one.method, one.sample)).status_code == 401


async def test_an_offer_is_bought_at_its_own_shop_only() -> None:
    """A token that named another shop could buy what was promised to somebody else."""
    async with booking_site() as made:
        offer: Json = await made.offer()
        elsewhere = shop_of("duffel_test_of_bert", "bert")
        token = travellers_token(PEOPLE_KEY, "mira", elsewhere, made.duffel.clock.wall())
        async with made.duffel.client(token) as mira:
            answer = await mira.post("/air/orders", json=order_body(offer))
        assert answer.status_code == 404
