"""The trade's own Python client against the whole API: every call parses, and means what it says.

The client blocks, so it runs in a thread beside the server.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.flights.duffel_site import DuffelSite, duffel_site
from tests.flights.entrypoints.http.site import TOKEN
from tests.support.flights_world import DAY

duffel_api = pytest.importorskip("duffel_api")
ApiError = pytest.importorskip("duffel_api.http_client").ApiError
Client = Any  # duffel_api has no types
VERSIONS = pytest.mark.parametrize("version", ["v1", "v2"])


async def _with_client(version: str, flow: Callable[[Client], None]) -> DuffelSite:
    async with duffel_site() as site, site.served() as url:
        client = duffel_api.Duffel(access_token=TOKEN, api_url=url, api_version=version)
        await asyncio.to_thread(flow, client)
        return site


def _offers(client: Client, *, people: int = 1, brand: str = "Flex") -> list[Any]:
    request = (
        client.offer_requests.create()
        .cabin_class("economy")
        .passengers([{"type": "adult"}] * people)
        .slices([{"origin": "FRA", "destination": "LON", "departure_date": DAY.isoformat()}])
        .return_offers()
        .execute()
    )
    assert request.slices[0].destination_type == "city"
    assert not request.live_mode
    return [one for one in request.offers if one.slices[0].fare_brand_name == brand]


def _people(offer: Any) -> list[dict[str, str]]:
    return [
        {
            "id": who.id,
            "title": "mr",
            "given_name": "Tony",
            "family_name": "Stone" + "abcdefghi"[place],
            "gender": "m",
            "born_on": "1980-07-24",
            "email": "tony@example.org",
            "phone_number": "+442080160509",
        }
        for place, who in enumerate(offer.passengers)
    ]


def _payment(amount: str, currency: str) -> dict[str, str]:
    return {"type": "balance", "amount": amount, "currency": currency}


@VERSIONS
async def test_a_search_gives_offers_that_read_the_same_again(version: str) -> None:
    def flow(client: Client) -> None:
        found = _offers(client)
        assert [one.total_amount for one in found] == ["100.00", "100.00"]
        again = client.offers.get(found[0].id, return_available_services=True)
        assert again.total_amount == found[0].total_amount
        assert again.available_services == []
        assert again.expires_at == found[0].expires_at
        assert again.slices[0].segments[0].origin.iata_code == "FRA"
        request = next(iter(client.offer_requests.list(limit=1)))
        listed = list(client.offers.list(request.id, sort="total_amount", limit=2))
        assert [one.total_amount for one in listed] == ["50.00", "100.00", "100.00"]
        assert len(client.offer_requests.get(request.id).offers) == 3

    await _with_client(version, flow)


@VERSIONS
async def test_an_instant_order_with_a_seat_is_paid_ticketed_and_cancelled(version: str) -> None:
    def flow(client: Client) -> None:
        offer = _offers(client, people=2)[0]
        (seat_map,) = client.seat_maps.get(offer.id)
        seats = {
            element.designator: element
            for cabin in seat_map.cabins
            for row in cabin.rows
            for part in row.sections
            for element in part.elements
            if element.type == "seat"
        }
        assert len(seats) == 162
        service = seats["5A"].available_services[0]
        order = (
            client.orders.create()
            .selected_offers([offer.id])
            .passengers(_people(offer))
            .services([{"id": service.id, "quantity": 1}])
            .payments([_payment("215.00", "EUR")])
            .execute()
        )
        assert order.total_amount == "215.00"
        assert not order.payment_status.awaiting_payment
        assert len(order.documents) == 2
        assert order.services[0].metadata.designator == "5A"
        (taken_map,) = client.seat_maps.get(offer.id)
        taken = {
            element.designator: element.available_services
            for cabin in taken_map.cabins
            for row in cabin.rows
            for part in row.sections
            for element in part.elements
        }
        assert taken["5A"] == []
        noted = client.orders.update(order.id).metadata({"seat": "window"}).execute()
        assert noted.metadata == {"seat": "window"}
        quote = client.order_cancellations.create(order.id)
        assert (quote.refund_amount, quote.refund_to) == ("115.00", "balance")
        done = client.order_cancellations.confirm(quote.id)
        assert done.confirmed_at is not None
        assert client.order_cancellations.get(quote.id).confirmed_at == done.confirmed_at
        assert [one.id for one in client.order_cancellations.list(order.id)] == [quote.id]
        assert client.orders.get(order.id).cancelled_at is not None

    await _with_client(version, flow)


@VERSIONS
async def test_a_held_order_waits_for_its_payment(version: str) -> None:
    def flow(client: Client) -> None:
        offer = _offers(client)[0]
        assert not offer.payment_requirements.requires_instant_payment
        order = (
            client.orders.create()
            .hold()
            .selected_offers([offer.id])
            .passengers(_people(offer))
            .execute()
        )
        assert order.payment_status.awaiting_payment
        assert order.payment_status.payment_required_by is not None
        waiting = client.orders.list(awaiting_payment=True, sort="pay_by")
        assert [one.id for one in waiting] == [order.id]
        payment = (
            client.payments.create()
            .order(order.id)
            .payment(_payment(order.total_amount, order.total_currency))
            .execute()
        )
        assert (payment.type, payment.amount) == ("balance", order.total_amount)
        assert not client.orders.get(order.id).payment_status.awaiting_payment
        assert list(client.orders.list(awaiting_payment=True)) == []

    await _with_client(version, flow)


@VERSIONS
async def test_passengers_of_an_offer_get_names(version: str) -> None:
    def flow(client: Client) -> None:
        offer = _offers(client)[0]
        accounts = [{"airline_iata_code": "BA", "account_number": "12901014"}]
        who = client.offers.update_passenger(
            offer.id, offer.passengers[0].id, "Stone", "Ada", accounts
        )
        assert (who.given_name, who.family_name) == ("Ada", "Stone")
        assert who.loyalty_programme_accounts[0].account_number == "12901014"
        assert client.offers.get(offer.id).passengers[0].family_name == "Stone"

    await _with_client(version, flow)


@VERSIONS
async def test_reference_data_is_listed_page_by_page(version: str) -> None:
    def flow(client: Client) -> None:
        airports = list(client.airports.list(limit=3))
        assert [one.iata_code for one in airports] == sorted(one.iata_code for one in airports)
        assert len(airports) == 10
        assert client.airports.get("arp_lhr_gb").city.name == "London"
        airlines = list(client.airlines.list(limit=1))
        assert [one.iata_code for one in airlines] == ["BA", "LH"]
        assert client.airlines.get(airlines[0].id).name == "British Airways"
        assert list(client.aircraft.list()) == []

    await _with_client(version, flow)


@VERSIONS
async def test_webhooks_are_made_changed_and_pinged(version: str) -> None:
    def flow(client: Client) -> None:
        made = (
            client.webhooks.create()
            .url("http://127.0.0.1:9/hook")
            .events(["order.created", "order.updated"])
            .execute()
        )
        assert made.secret
        assert made.active
        changed = client.webhooks.update(made.id).active(False).execute()
        assert (changed.active, changed.secret) == (False, None)
        client.webhooks.ping(made.id)

    site = await _with_client(version, flow)
    assert len(await site.webhooks.claim(10, 60)) == 1


@VERSIONS
async def test_refusals_are_errors_that_the_client_understands(version: str) -> None:
    def flow(client: Client) -> None:
        with pytest.raises(ApiError) as caught:
            client.orders.get("ord_0000000000000000000000")
        assert caught.value.errors[0]["code"] == "not_found"
        offer = _offers(client)[0]
        with pytest.raises(ApiError) as caught:
            (
                client.orders.create()
                .selected_offers([offer.id])
                .passengers(_people(offer))
                .payments([_payment("1.00", "EUR")])
                .execute()
            )
        assert caught.value.errors[0]["source"]["pointer"] == "/payments/0/amount"
        assert caught.value.headers["ratelimit-remaining"].isdigit()

    await _with_client(version, flow)


@VERSIONS
async def test_an_order_is_changed_to_another_date(version: str) -> None:
    def flow(client: Client) -> None:
        offer = _offers(client)[0]
        order = (
            client.orders.create()
            .selected_offers([offer.id])
            .passengers(_people(offer))
            .payments([_payment("100.00", "EUR")])
            .execute()
        )
        later = DAY + timedelta(days=3)
        asked = {
            "origin": "FRA",
            "destination": "LHR",
            "departure_date": later.isoformat(),
            "cabin_class": "economy",
        }
        slices = {"add": [asked], "remove": [{"slice_id": order.slices[0].id}]}
        request = client.order_change_requests.create(order.id).slices(slices).execute()
        assert client.order_change_requests.get(request.id).order_id == order.id
        found = list(client.order_change_offers.list(request.id, sort="change_total_amount"))
        assert [one.id for one in found] == [one.id for one in request.order_change_offers]
        chosen = client.order_change_offers.get(found[0].id)
        change = client.order_changes.create(chosen.id)
        assert change.confirmed_at is None
        payment = _payment(change.change_total_amount, change.change_total_currency)
        done = client.order_changes.confirm(change.id, payment)
        assert done.confirmed_at is not None
        assert client.order_changes.get(change.id).confirmed_at == done.confirmed_at
        changed = client.orders.get(order.id)
        assert changed.total_amount == change.new_total_amount == "120.00"
        assert changed.slices[0].segments[0].departing_at.date() == later

    await _with_client(version, flow)
