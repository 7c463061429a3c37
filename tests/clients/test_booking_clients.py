"""The trade's own clients against a real fleet: nobody here wrote them, and they run unchanged.

Each answer must not only parse but be right: totals are sums, dates are those that were asked for,
the seat that was chosen is on the order, and what was paid comes back as the conditions say.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice, pairwise
from pathlib import Path

import pytest

from tests.clients.trade import (
    FAMILY,
    TOKEN,
    Thing,
    Trade,
    balance,
    cents,
    code_of,
    people,
    refusal,
)
from tests.clients.workshop import HOST, PROGRAMS
from tests.support import npm_packages
from tests.support.fleet import Fleet, eventually, fleet
from tests.support.hook_receiver import receiving

pytestmark = [
    pytest.mark.processes,
    pytest.mark.long,
    pytest.mark.xdist_group("booking-clients"),
]

amadeus = pytest.importorskip("amadeus")
DUFFEL_JS = ("@duffel/api", "4.30.0")
PROGRAM_S = 100.0
DELIVERED_S = 30.0
"""A webhook comes within a second; the machine may be busy."""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """A demo for this module; whatever the clients did to it, the books balance at the end."""
    with fleet(tmp_path_factory.mktemp("trade") / "data", nodes=1, demo=True) as started:
        yield started
        audit = started.holdfast("flights", "audit", "--data", str(started.data))
        assert audit.returncode == 0, audit.stdout + audit.stderr


@pytest.fixture(params=["v1", "v2"])
def trade(running: Fleet, request: pytest.FixtureRequest) -> Trade:
    """The Python client with each version's header."""
    return Trade(running, request.param)


def cancelled(trade: Trade, order: Thing) -> Thing:
    """The confirmed cancellation of an order, read again."""
    quote = trade.client.order_cancellations.create(order.id)
    assert (quote.order_id, quote.confirmed_at) == (order.id, None)
    assert trade.client.orders.get(order.id).cancelled_at is None
    done = trade.client.order_cancellations.confirm(quote.id)
    assert (done.id, done.refund_amount) == (quote.id, quote.refund_amount)
    assert [one.id for one in trade.client.order_cancellations.list(order.id)] == [quote.id]
    return trade.client.order_cancellations.get(quote.id)


def test_reference_data_is_walked_page_by_page_and_names_real_places(trade: Trade) -> None:
    client = trade.client
    first = [one.iata_code for one in islice(client.airports.list(limit=3), 7)]
    at_once = [one.iata_code for one in islice(client.airports.list(limit=7), 7)]
    assert first == at_once == sorted(first)
    london = client.airports.get("arp_lhr_gb")
    assert (london.iata_code, london.iata_country_code, london.time_zone) == (
        "LHR",
        "GB",
        "Europe/London",
    )
    assert (round(london.latitude), round(london.longitude)) == (51, 0)
    airlines = {one.iata_code: one for one in client.airlines.list(limit=200)}
    assert client.airlines.get(airlines["ZZ"].id).name == airlines["ZZ"].name
    aircraft = list(client.aircraft.list(limit=5))
    assert len({one.id for one in aircraft}) == len(aircraft) > 5
    assert client.aircraft.get(aircraft[0].id).name == aircraft[0].name


def test_places_are_suggested_by_what_people_type(trade: Trade) -> None:
    """The client has no call for it, but its connection does."""
    places = trade.client.airports.do_get("/places/suggestions", query_params={"query": "lond"})
    cities = {one["iata_code"]: one for one in places["data"] if one["type"] == "city"}
    assert {"LHR", "LGW"} <= {one["iata_code"] for one in cities["LON"]["airports"]}


def test_offers_are_those_that_were_asked_for_and_stay_as_they_are(trade: Trade) -> None:
    found = trade.search(FAMILY)
    assert [one.type for one in found.passengers] == ["adult", "child"]
    assert not found.live_mode
    now = datetime.now(UTC).replace(tzinfo=None)
    for offer in found.offers:
        (trip,) = offer.slices
        assert (trip.origin.id, trip.destination.id) == ("arp_fra_de", "arp_lhr_gb")
        assert trip.segments[0].departing_at.date() == trade.day
        stations = [(one.origin.iata_code, one.destination.iata_code) for one in trip.segments]
        assert (stations[0][0], stations[-1][1]) == ("FRA", "LHR")
        assert all(one[1] == other[0] for one, other in pairwise(stations))
        assert cents(offer) == Decimal(offer.base_amount) + Decimal(offer.tax_amount)
        assert [one.id for one in offer.passengers] == [one.id for one in found.passengers]
        assert now < offer.expires_at < now + timedelta(hours=2)
    listed = list(trade.client.offers.list(found.id, sort="-total_amount", limit=7))
    assert {one.id for one in listed} == {one.id for one in found.offers}
    amounts = [cents(one) for one in listed]
    assert amounts == sorted(amounts, reverse=True)
    again = trade.client.offers.get(listed[0].id, return_available_services=True)
    assert (again.total_amount, again.expires_at) == (listed[0].total_amount, listed[0].expires_at)
    assert trade.client.offer_requests.get(found.id).created_at == found.created_at
    assert found.id in {one.id for one in islice(trade.client.offer_requests.list(), 50)}


def test_passengers_of_an_offer_get_their_names(trade: Trade) -> None:
    offer = trade.offer()
    accounts = [{"airline_iata_code": "ZZ", "account_number": "12901014"}]
    who = trade.client.offers.update_passenger(
        offer.id, offer.passengers[0].id, "Lyrae", "Vega", accounts
    )
    assert (who.given_name, who.family_name) == ("Vega", "Lyrae")
    assert who.loyalty_programme_accounts[0].account_number == "12901014"
    again = trade.client.offers.get(offer.id).passengers[0]
    assert (again.given_name, again.family_name) == ("Vega", "Lyrae")


def test_an_instant_order_has_its_seat_and_gives_back_what_was_paid(trade: Trade) -> None:
    offer = trade.offer("Flex", FAMILY)
    free = {name: one for name, one in trade.seats(offer).items() if one.available_services}
    name, seat = next(iter(free.items()))
    child = offer.passengers[1].id
    (service,) = [one for one in seat.available_services if one.passenger_id == child]
    assert cents(service) > 0
    order = trade.ordered(offer, [service])
    assert cents(order) == cents(offer) + cents(service)
    assert cents(order) == Decimal(order.base_amount) + Decimal(order.tax_amount)
    assert not order.payment_status.awaiting_payment
    assert len(order.documents) == 2
    assert order.services[0].metadata.designator == name
    assert order.services[0].passenger_ids == [child]
    (segment,) = order.slices[0].segments
    assert {one.passenger_id: one.seat and one.seat.designator for one in segment.passengers} == {
        offer.passengers[0].id: None,
        child: name,
    }
    assert segment.departing_at == offer.slices[0].segments[0].departing_at
    assert trade.seats(offer)[name].available_services == []
    done = cancelled(trade, order)
    penalty = offer.conditions.refund_before_departure.penalty_amount
    assert Decimal(done.refund_amount) == cents(order) - 2 * Decimal(penalty)
    assert (done.refund_currency, done.refund_to) == (offer.total_currency, "balance")
    assert done.confirmed_at is not None
    assert trade.client.orders.get(order.id).cancelled_at is not None
    assert trade.seats(trade.offer("Flex", FAMILY))[name].available_services != []


def test_what_is_not_refundable_gives_nothing_back(trade: Trade) -> None:
    offer = trade.offer("Light")
    assert not offer.conditions.refund_before_departure.allowed
    assert Decimal(cancelled(trade, trade.ordered(offer)).refund_amount) == 0


def test_a_hold_is_found_paid_at_its_price_and_cancelled(trade: Trade) -> None:
    offer = trade.offer("Flex")
    order = trade.held(offer)
    status = order.payment_status
    assert status.awaiting_payment
    assert (order.total_amount, order.documents) == (offer.total_amount, [])
    assert status.payment_required_by == offer.payment_requirements.payment_required_by
    waiting = list(trade.client.orders.list(awaiting_payment=True, sort="pay_by", limit=2))
    assert order.id in {one.id for one in waiting}
    due = [one.payment_status.payment_required_by for one in waiting]
    assert due == sorted(due)
    paying = trade.client.payments.create().order(order.id)
    payment = paying.payment(balance(order.total_amount)).execute()
    assert (payment.type, payment.amount, payment.currency) == (
        "balance",
        offer.total_amount,
        offer.total_currency,
    )
    paid = trade.client.orders.get(order.id)
    assert not paid.payment_status.awaiting_payment
    assert len(paid.documents) == 1
    assert order.id not in {one.id for one in trade.client.orders.list(awaiting_payment=True)}
    assert cancelled(trade, paid).refund_amount == offer.total_amount


def test_a_hold_that_is_cancelled_unpaid_gives_nothing_back(trade: Trade) -> None:
    done = cancelled(trade, trade.held(trade.offer("Flex")))
    assert (Decimal(done.refund_amount), done.refund_to) == (0, "awaiting_payment")


def test_orders_are_listed_newest_first_and_keep_what_is_noted_on_them(trade: Trade) -> None:
    made = [trade.ordered(trade.offer("Light")) for _ in range(3)]
    newest = [one.id for one in islice(trade.client.orders.list(limit=2), 3)]
    assert newest == [one.id for one in reversed(made)]
    query = {"booking_reference": made[1].booking_reference, "passenger_name[]": ["Lyraea"]}
    found = trade.client.orders.do_get("/air/orders", query_params=query)
    assert [one["id"] for one in found["data"]] == [made[1].id]
    noted = trade.client.orders.update(made[0].id).metadata({"shelf": "7"}).execute()
    assert noted.metadata == {"shelf": "7"}
    assert trade.client.orders.get(made[0].id).metadata == {"shelf": "7"}
    assert trade.client.orders.get(made[1].id).metadata in ({}, None)


def test_an_order_moves_to_another_day_for_the_penalty_and_the_difference(trade: Trade) -> None:
    offer = trade.offer("Classic")
    order = trade.ordered(offer)
    later = trade.day + timedelta(days=3)
    asked = {
        "origin": "FRA",
        "destination": "LHR",
        "departure_date": later.isoformat(),
        "cabin_class": "economy",
    }
    slices = {"add": [asked], "remove": [{"slice_id": order.slices[0].id}]}
    request = trade.client.order_change_requests.create(order.id).slices(slices).execute()
    assert request.slices.add[0].departure_date == later
    found = list(trade.client.order_change_offers.list(request.id, sort="change_total_amount"))
    assert {one.id for one in found} == {one.id for one in request.order_change_offers}
    cheapest = trade.client.order_change_offers.get(found[0].id)
    penalty = Decimal(offer.conditions.change_before_departure.penalty_amount)
    assert Decimal(cheapest.penalty_amount) == penalty > 0
    assert cheapest.slices.remove[0].id == order.slices[0].id
    change = trade.client.order_changes.create(cheapest.id)
    assert (change.order_id, change.confirmed_at) == (order.id, None)
    more = Decimal(change.change_total_amount)
    assert more >= penalty
    assert Decimal(change.new_total_amount) == cents(order) + more
    wrong = balance(more + 1)
    refused = code_of(lambda: trade.client.order_changes.confirm(change.id, wrong))
    assert refused == (422, "validation_error", "invalid_data_param")
    done = trade.client.order_changes.confirm(change.id, balance(more))
    assert trade.client.order_changes.get(change.id).confirmed_at == done.confirmed_at
    moved = trade.client.orders.get(order.id)
    assert moved.total_amount == change.new_total_amount
    assert [one.segments[0].departing_at.date() for one in moved.slices] == [later]


def test_webhooks_come_signed_until_they_are_ended(trade: Trade) -> None:
    client = trade.client.webhooks
    with receiving() as receiver:
        made = client.create().url(receiver.url).events(["order.created"]).execute()
        client.ping(made.id)
        order = trade.ordered(trade.offer("Light"))
        # At least once, and other buyers' orders may still be under way.
        told = eventually(
            lambda: [
                one
                for one in receiver.of_type("order.created")
                if one.event["data"]["object"]["id"] == order.id
            ],
            DELIVERED_S,
            "the order's delivery",
        )[0]
        eventually(lambda: receiver.of_type("ping.triggered"), DELIVERED_S, "the ping")
        assert all(one.is_signed_with(made.secret) for one in receiver.came)
        assert not told.is_signed_with(made.secret + "x")
        listed = {one["id"]: one for one in client.do_get("/air/webhooks")["data"]}
        assert (listed[made.id]["url"], listed[made.id]["active"]) == (receiver.url, True)
        assert "secret" not in listed[made.id] or listed[made.id]["secret"] is None
        ended = client.update(made.id).active(False).execute()
        assert (ended.id, ended.active, ended.events) == (made.id, False, ["order.created"])
    assert client.do_delete(f"/air/webhooks/{made.id}") == {}
    assert code_of(lambda: client.ping(made.id)) == (404, "invalid_request_error", "not_found")


def test_who_may_not_is_told_so_by_the_clients_own_error(trade: Trade) -> None:
    unknown = trade.with_token("duffel_test_nobody")
    assert code_of(lambda: unknown.orders.get("ord_1")) == (
        401,
        "authentication_error",
        "access_token_not_found",
    )
    newer = trade.with_token(TOKEN, "v9")
    assert code_of(lambda: newer.airports.get("arp_lhr_gb"))[::2] == (400, "unsupported_version")
    assert code_of(lambda: trade.client.orders.get("ord_1"))[::2] == (404, "not_found")
    assert code_of(lambda: trade.client.offers.get("off_1"))[::2] == (404, "not_found")
    assert code_of(lambda: trade.search(destination="QQQ"))[:2] == (422, "validation_error")


def test_an_order_that_does_not_fit_its_offer_is_refused_field_by_field(trade: Trade) -> None:
    offer = trade.offer("Light", ("adult", "adult"))

    def order(**changes: str) -> object:
        asked = trade.client.orders.create().selected_offers([offer.id])
        who = [{**one, **changes} for one in people(offer)]
        return asked.passengers(who).payments([balance(cents(offer))]).execute()

    assert code_of(lambda: order(family_name="Lyrae"))[::2] == (422, "duplicate_passenger_name")
    assert code_of(lambda: trade.held(offer))[::2] == (422, "invalid_order_create_type")
    wrong = refusal(lambda: order(born_on="tomorrow"))
    assert wrong.errors[0]["source"]["pointer"] == "/passengers/0/born_on"
    asked = trade.client.orders.create().selected_offers([offer.id]).passengers(people(offer))
    short = refusal(lambda: asked.payments([balance("1.00")]).execute())
    assert short.errors[0]["source"]["pointer"] == "/payments/0/amount"
    made = trade.ordered(offer)
    twice = refusal(lambda: trade.ordered(offer))
    assert (twice.meta["status"], twice.errors[0]["type"]) == (422, "airline_error")
    cancelled(trade, made)
    again = code_of(lambda: trade.client.order_cancellations.create(made.id))
    assert again == (422, "invalid_state_error", "already_cancelled")


def test_the_javascript_client_does_all_of_it_too(running: Fleet, tmp_path: Path) -> None:
    if npm_packages.why_not():
        pytest.skip(npm_packages.why_not())
    home = npm_packages.fetched(*DUFFEL_JS)
    if home is None:
        pytest.skip("npm cannot fetch the client")
    (tmp_path / "node_modules").symlink_to(home / "node_modules")
    program = shutil.copy(PROGRAMS / "duffel.mjs", tmp_path)
    trade = Trade(running, "v2")
    done = subprocess.run(
        ["node", program, trade.url, TOKEN, "FRA", "LHR", str(trade.day), HOST],
        capture_output=True,
        text=True,
        timeout=PROGRAM_S,
        check=False,
        env={**os.environ, "NODE_NO_WARNINGS": "1"},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    seen = json.loads(done.stdout)
    assert seen.keys() == {"places", "offers", "instant", "hold", "change", "webhooks"}
    assert len({seen["instant"], seen["hold"], seen["change"]}) == 3
    assert seen["webhooks"] > 0


def flight_client(running: Fleet, secret: str = TOKEN) -> Thing:
    trade = Trade(running, "v2")
    host, _, port = trade.url.removeprefix("http://").partition(":")
    return amadeus.Client(
        client_id="demo", client_secret=secret, host=host, port=int(port), ssl=False
    )


def test_amadeus_client_finds_a_flight_by_its_number_and_date(running: Fleet) -> None:
    day = datetime.now(UTC).date() + timedelta(days=2)
    asked = {
        "carrierCode": "ZZ",
        "flightNumber": "100",
        "scheduledDepartureDate": day.isoformat(),
    }
    answer = flight_client(running).schedule.flights.get(**asked)
    assert answer.status_code == 200
    (flight,) = answer.data
    assert flight["scheduledDepartureDate"] == day.isoformat()
    assert flight["flightDesignator"] == {"carrierCode": "ZZ", "flightNumber": 100}
    departure, arrival = flight["flightPoints"]
    assert (departure["iataCode"], arrival["iataCode"]) == ("FRA", "LHR")
    leaves, lands = (
        datetime.fromisoformat(point[way]["timings"][0]["value"])
        for point, way in ((departure, "departure"), (arrival, "arrival"))
    )
    assert departure["departure"]["timings"][0]["qualifier"] == "STD"
    assert leaves.date() == day
    minutes = int((lands - leaves).total_seconds()) // 60
    due = f"PT{minutes // 60}H{minutes % 60}M"
    assert flight["legs"][0]["scheduledLegDuration"] == due
    native = running.holdfast("flights", "status", "ZZ100", "--date", str(day), "--json")
    assert native.returncode == 0, native.stderr
    told = json.loads(native.stdout)["legs"][0]["departure"]["scheduled"]
    assert datetime.fromisoformat(told) == leaves


def test_amadeus_client_raises_its_own_errors(running: Fleet) -> None:
    day = datetime.now(UTC).date().isoformat()
    client = flight_client(running)
    with pytest.raises(amadeus.NotFoundError) as missing:
        client.schedule.flights.get(
            carrierCode="ZZ", flightNumber="9999", scheduledDepartureDate=day
        )
    assert missing.value.response.status_code == 404
    with pytest.raises(amadeus.ClientError) as wrong:
        client.schedule.flights.get(
            carrierCode="ZZ", flightNumber="100", scheduledDepartureDate="soon"
        )
    assert wrong.value.response.result["errors"][0]["source"] == {
        "parameter": "scheduledDepartureDate"
    }
    with pytest.raises(amadeus.AuthenticationError):
        flight_client(running, "wrong").schedule.flights.get(carrierCode="ZZ")
