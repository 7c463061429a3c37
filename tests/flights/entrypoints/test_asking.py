"""Who asks over HTTP: viewers behind one token are told apart, and keep what they were shown."""

from dataclasses import replace
from typing import Any

import httpx

from holdfast.flights.domain.fare import Cabin, Price, PriceState
from holdfast.flights.domain.flight import DatedLeg
from holdfast.flights.domain.price_rule import SupplierPrice, accept
from holdfast.flights.entrypoints.http.viewers import COOKIE
from holdfast.flights.service.ports.catalogue import LegSold
from tests.flights.duffel_site import DuffelSite, duffel_site
from tests.flights.entrypoints.http.site import source
from tests.support.flights_world import DAY, limits

Json = Any
SLICE = {"origin": "FRA", "destination": "LHR", "departure_date": DAY.isoformat()}
BODY = {"data": {"slices": [SLICE], "passengers": [{"type": "adult"}]}}


async def ask(client: httpx.AsyncClient, **headers: str) -> httpx.Response:
    answer = await client.post("/air/offer_requests", json=BODY, headers=headers)
    assert answer.status_code == 201, answer.text
    return answer


async def price(client: httpx.AsyncClient, **headers: str) -> str:
    found = (await ask(client, **headers)).json()["data"]["offers"]
    return str(next(one for one in found if one["owner"]["iata_code"] == "LH")["total_amount"])


async def dearer(site: DuffelSite, total: int) -> None:
    """LH asks more for the flight, a moment later."""
    site.clock.move(minutes=1)
    old = next(one for one in site.world.catalogue.published if one.key.carrier == "LH")
    asked = SupplierPrice(Price(total), old.state.s_seq + 1, site.clock.now.timestamp())
    site.world.catalogue.reprice(replace(old, state=accept(old.state, asked)))
    await site.world.snapshots.refresh()


def no_cookies(client: httpx.AsyncClient) -> None:
    client.cookies.clear()


async def test_viewers_named_by_a_header_have_leases_of_their_own() -> None:
    async with duffel_site() as site, site.client() as client:
        assert await price(client, **{"x-viewer": "ada"}) == "50.00"
        await dearer(site, 6000)
        assert await price(client, **{"x-viewer": "ada"}) == "50.00"
        assert await price(client, **{"x-viewer": "bert"}) == "60.00"


async def test_a_named_viewer_gets_no_cookie_and_a_wrong_name_is_refused() -> None:
    async with duffel_site() as site, site.client() as client:
        assert "set-cookie" not in (await ask(client, **{"x-viewer": "ada"})).headers
        answer = await client.post("/air/offer_requests", json=BODY, headers={"x-viewer": "a b"})
        assert answer.status_code == 422
        assert source(answer)[0] == "X-Viewer"


async def test_without_cookies_everybody_behind_a_token_is_one_viewer() -> None:
    async with duffel_site() as site, site.client() as client:
        assert await price(client) == "50.00"
        no_cookies(client)
        await dearer(site, 6000)
        assert await price(client) == "50.00"


async def test_a_browser_keeps_what_it_was_shown_and_others_do_not_share_it() -> None:
    async with duffel_site() as site, site.client() as one, site.client() as late:
        assert await price(one) == "50.00"
        assert COOKIE in one.cookies
        await dearer(site, 6000)
        assert await price(one) == "50.00"
        assert "set-cookie" not in (await ask(one)).headers
        site.clock.move(minutes=57)
        assert await price(late) == "50.00"
        site.clock.move(minutes=2)
        assert await price(one) == "60.00"
        await dearer(site, 7000)
        assert await price(late) == "50.00"
        site.clock.move(minutes=56)
        assert await price(late) == "50.00"
        site.clock.move(minutes=1)
        assert await price(late) == "70.00"


async def test_a_forged_cookie_is_no_viewer_and_a_new_one_is_set() -> None:
    async with duffel_site() as site, site.client() as client:
        answer = await ask(client, cookie=f"{COOKIE}=QUJD.1.QUJD")
        assert COOKIE in answer.headers["set-cookie"]


async def test_a_call_with_a_key_sets_the_cookie_too_and_errors_do_not() -> None:
    async with duffel_site() as site, site.client() as client:
        assert "set-cookie" in (await ask(client, **{"idempotency-key": "k1"})).headers
        no_cookies(client)
        wrong = await client.post("/air/offer_requests", json={"data": {}})
        assert "set-cookie" not in wrong.headers


async def test_an_offer_tells_that_the_class_its_viewer_saw_sold_out() -> None:
    async with duffel_site() as site, site.client() as client:
        catalogue = site.world.catalogue
        old = next(one for one in catalogue.published if one.key.carrier == "LH")
        dear = replace(
            old, id=99, key=old.key._replace(booking_class="B"), state=_at(old.state, 9000)
        )
        catalogue.published.append(dear)
        catalogue.class_limits.append(limits("LH900", "FRA", "LHR", ("B", 150), ("Y", 9)))
        catalogue.touch("LH", "fares")
        await site.world.snapshots.refresh()
        first = (await ask(client, **{"x-viewer": "ada"})).json()["data"]["offers"]
        assert {one["price_change_cause"] for one in first} == {None}
        (cheap,) = [one for one in first if one["owner"]["iata_code"] == "LH"]
        assert cheap["total_amount"] == "50.00"
        _sell(site, "Y")
        again = (await ask(client, **{"x-viewer": "ada"})).json()["data"]["offers"]
        (lh,) = [one for one in again if one["owner"]["iata_code"] == "LH"]
        assert (lh["total_amount"], lh["price_change_cause"]) == ("90.00", "fare_class_sold_out")
        read = await client.get(f"/air/offers/{lh['id']}")
        assert read.json()["data"] == lh
        other = (await ask(client, **{"x-viewer": "bert"})).json()["data"]["offers"]
        assert {one["price_change_cause"] for one in other} == {None}


def _at(state: PriceState, total: int) -> PriceState:
    return replace(state, p=Price(total), s=Price(total))


def _sell(site: DuffelSite, booking_class: str) -> None:
    """That class of Lufthansa's flight has no seats left."""
    catalogue = site.world.catalogue
    pattern = next(one for one in catalogue.legs if one.designator.carrier == "LH")
    taken = LegSold(150, 9, {booking_class: 9})
    catalogue.taken[DatedLeg.of(pattern, DAY).key, Cabin.ECONOMY] = taken
