"""The whole API of search, seats and booking in one application, in memory, on a small world.

BA flies FRA-LHR and back, and on to JFK, every day; LH flies FRA-LHR without holds or refunds. The
owner has money. `asked` speaks to it in process, `served` opens a socket for clients of the trade.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

import httpx
from starlette.types import ASGIApp

from holdfast.flights.domain.disruption import AirlineChange
from holdfast.flights.domain.fare import Cabin, Price, PriceState, SeatTier
from holdfast.flights.domain.flight import DatedLeg, LegKey
from holdfast.flights.domain.hold_limits import HoldRules
from holdfast.flights.domain.inventory import LegCabin, opened
from holdfast.flights.domain.money import Money
from holdfast.flights.domain.owners import SHOP
from holdfast.flights.entrypoints.booking_api.airline_changes import AirlineChangeEndpoints
from holdfast.flights.entrypoints.booking_api.cancellations import CancellationEndpoints
from holdfast.flights.entrypoints.booking_api.changes import ChangeEndpoints
from holdfast.flights.entrypoints.booking_api.orders import OrderEndpoints, TellOrders
from holdfast.flights.entrypoints.booking_api.payments import PaymentEndpoints
from holdfast.flights.entrypoints.booking_api.repricing import RepricingEndpoints
from holdfast.flights.entrypoints.booking_api.services import ServiceEndpoints
from holdfast.flights.entrypoints.booking_api.webhooks import WebhookEndpoints
from holdfast.flights.entrypoints.http.app import Doors, http_app
from holdfast.flights.entrypoints.http.operation import Operation
from holdfast.flights.entrypoints.http.settings import HttpSettings
from holdfast.flights.entrypoints.http.signed_tokens import Signer
from holdfast.flights.entrypoints.search_api.change_requests import ChangeRequestEndpoints
from holdfast.flights.entrypoints.search_api.offer_requests import OfferRequestEndpoints
from holdfast.flights.entrypoints.search_api.offers import OfferEndpoints
from holdfast.flights.entrypoints.search_api.reference import ReferenceEndpoints
from holdfast.flights.entrypoints.seat_api.seat_maps import SeatMapEndpoints
from holdfast.flights.service.answering import Draw
from holdfast.flights.service.cancel_order import CancelOrder
from holdfast.flights.service.change_order import AskForChange, ChangeOrder
from holdfast.flights.service.ports.bookings import WrongState
from holdfast.flights.service.ports.catalogue import PublishedTier
from holdfast.flights.service.ports.disruptions import Case
from holdfast.flights.service.read_offers import ReadOffers
from holdfast.flights.service.reprice_order import RepriceOrder
from holdfast.flights.service.show_seat_map import ShowSeatMaps
from holdfast.flights.service.subscribe_webhooks import Subscriptions
from holdfast.flights.store.memory_access import MemoryRemembered, MemoryTokens
from holdfast.flights.store.memory_bookings import MemoryBookings
from holdfast.flights.store.memory_quotes import MemoryQuotes
from holdfast.flights.store.memory_webhooks import MemoryWebhooks
from holdfast.flights.wire.duffel_places import Names
from holdfast.platform.runtime.lifecycle import Stop
from holdfast.platform.web.serving import Serving, listen, serve
from tests.flights.entrypoints.http.site import OWNER, PEOPLE_KEY, TOKEN, new_token
from tests.flights.listed_changes import ListedChanges
from tests.support.flights_world import (
    DAY,
    FLEX,
    LIGHT,
    NOW,
    FlightsWorld,
    WorldClock,
    fare,
    leg,
    world,
)

TERMS = replace(FLEX, change_penalty=2000)
"""Flex for a fee of 20.00 for each change."""

OTHER_TOKEN = "duffel_test_of_bert"
FUNDS = 100_000_000
PRICE = 10_000
"""Of an adult from Frankfurt to London in Flex."""
TIER = SeatTier("BA", "320", Cabin.ECONOMY, "front", "Front", 4, 6, "", "EUR", Price(1500))
DAYS = 30
"""From `DAY` on, what is flown can be booked."""


@dataclass
class ListedDisruptions:
    """`Disruptions` of a list."""

    listed: list[AirlineChange] = field(default_factory=list)

    async def changes(
        self, _owner: str, order_ids: Sequence[str]
    ) -> Mapping[str, tuple[AirlineChange, ...]]:
        return {
            id_: found
            for id_ in order_ids
            if (found := tuple(one for one in self.listed if one.order_id == id_))
        }

    async def accept(
        self, change_id: str, _owner: str, at: datetime
    ) -> AirlineChange | WrongState | None:
        for place, one in enumerate(self.listed):
            if one.id == change_id:
                self.listed[place] = replace(one, accepted_at=one.accepted_at or at)
                return self.listed[place]
        return None

    async def cases(self, _carrier: str) -> Sequence[Case]:
        return ()


@dataclass
class DuffelSite:
    """The application, and the stores it stands on."""

    app: ASGIApp
    operations: list[Operation]
    clock: WorldClock
    world: FlightsWorld
    bookings: MemoryBookings
    webhooks: MemoryWebhooks
    disruptions: ListedDisruptions
    names: Names
    owner: str = OWNER

    def client(self, token: str = TOKEN, version: str = "v2", **headers: str) -> httpx.AsyncClient:
        """A client in process."""
        sent = {"authorization": f"Bearer {token}", "duffel-version": version, **headers}
        transport = httpx.ASGITransport(self.app, client=("192.0.2.7", 4000))
        return httpx.AsyncClient(transport=transport, base_url="http://test", headers=sent)

    @asynccontextmanager
    async def served(self) -> AsyncIterator[str]:
        """The address of the application on a socket."""
        listener = listen("127.0.0.1", 0, "the site")
        stop = Stop()
        task = asyncio.create_task(
            serve(self.app, listener, stop, Serving(what="the site", connections=50))
        )
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            stop.set()
            await task


@asynccontextmanager
async def duffel_site() -> AsyncIterator[DuffelSite]:
    """A fresh site."""
    clock = WorldClock()
    remembered = MemoryRemembered(clock.wall)
    flown = _world(clock, MemoryQuotes(remembered))
    await flown.snapshots.refresh()
    tokens = MemoryTokens()
    await tokens.create(new_token())
    await tokens.create(new_token(OTHER_TOKEN, "bert"))
    bookings = MemoryBookings(_counters(flown), clock.wall)
    for owner in (OWNER, SHOP):
        await bookings.top_up(owner, Money(FUNDS, "EUR"), "start")
    webhooks = MemoryWebhooks(clock.wall)
    disruptions = ListedDisruptions()
    names = Names(flown.atlas)
    operations = _operations(flown, names, bookings, webhooks, disruptions)

    async def ping() -> None:
        return None

    signer = Signer(b"a key that only tests know, 32 B+")
    doors = Doors(tokens, remembered, signer, ping, PEOPLE_KEY)
    app = http_app(operations, doors, settings=HttpSettings(), clock=clock)
    yield DuffelSite(app, operations, clock, flown, bookings, webhooks, disruptions, names)


def _world(clock: WorldClock, quotes: MemoryQuotes) -> FlightsWorld:
    made = world(
        [
            leg("BA101", "FRA", "LHR", "08:00"),
            leg("BA102", "LHR", "FRA", "18:00"),
            leg("BA103", "FRA", "LHR", "14:00"),
            leg("BA117", "LHR", "JFK", "12:00", 475, aircraft="77W", configuration="C028Y200"),
            leg("LH900", "FRA", "LHR", "09:00"),
        ],
        [
            fare("BA", "FRA", "LHR", PRICE, terms=TERMS),
            fare("BA", "LHR", "FRA", PRICE, terms=TERMS),
            fare("BA", "LHR", "JFK", 4 * PRICE, terms=TERMS),
            fare("LH", "FRA", "LHR", PRICE // 2, terms=LIGHT),
        ],
        clock=clock,
        quotes=quotes,
    )
    at = NOW.timestamp() - 86_400
    state = PriceState(TIER.price, at, TIER.price, at, 1)
    made.catalogue.seat_tiers["BA"] = [PublishedTier(1, TIER, state)]
    return made


HOLDS = HoldRules(per_owner=100, per_person=2, per_network=3, serving=frozenset({OWNER}))


def _counters(flown: FlightsWorld) -> dict[tuple[LegKey, Cabin], LegCabin]:
    days = [DAY + timedelta(days=number) for number in range(DAYS)]
    return {
        (DatedLeg.of(one, day).key, cabin): opened(one.configuration, cabin)
        for one in flown.catalogue.legs
        for day in days
        for cabin in (Cabin.ECONOMY, Cabin.BUSINESS)
    }


def _operations(
    flown: FlightsWorld,
    names: Names,
    bookings: MemoryBookings,
    webhooks: MemoryWebhooks,
    disruptions: ListedDisruptions,
) -> list[Operation]:
    numbers = itertools.count(1)
    draw = Draw(flown.clock.wall, lambda size: next(numbers).to_bytes(size, "big"))
    read = ReadOffers(flown.quotes, flown.clock)
    seat_maps = ShowSeatMaps(flown.catalogue.tiers, bookings.taken_seats, flown.clock)
    tell = TellOrders(names, bookings, disruptions)
    cancel = CancelOrder(bookings, disruptions, draw)
    changes = ListedChanges(bookings)
    ask = AskForChange(bookings, changes, flown.search_offers, draw)
    changing = ChangeOrder(bookings, changes, draw)
    reprices = RepriceOrder(
        bookings, bookings, flown.catalogue, flown.quotes, seat_maps, draw, flown.rules
    )
    subscriptions = Subscriptions(webhooks, flown.clock, allow_private=True)
    return [
        *ReferenceEndpoints(names).operations(),
        *OfferRequestEndpoints(names, flown.search_offers, read).operations(),
        *OfferEndpoints(names, read, seat_maps).operations(),
        *SeatMapEndpoints(read, bookings.order, seat_maps).operations(),
        *OrderEndpoints(read, bookings, bookings, seat_maps, tell, draw, holds=HOLDS).operations(),
        *ServiceEndpoints(bookings, seat_maps, tell, draw).operations(),
        *RepricingEndpoints(names, reprices).operations(),
        *PaymentEndpoints(bookings, bookings, draw).operations(),
        *CancellationEndpoints(bookings, bookings, cancel).operations(),
        *ChangeRequestEndpoints(names, ask, changes).operations(),
        *ChangeEndpoints(names, changing, changes).operations(),
        *AirlineChangeEndpoints(names, bookings, disruptions, draw).operations(),
        *WebhookEndpoints(subscriptions, webhooks).operations(),
    ]


Json = Any  # what the API answers; read field by field


async def search(
    client: httpx.AsyncClient,
    *,
    party: Sequence[Mapping[str, object]] = ({"type": "adult"},),
    slices: Sequence[tuple[str, str, date]] = (("FRA", "LHR", DAY),),
    brand: str | None = "Flex",
) -> list[Json]:
    """Offers, of one brand unless None."""
    asked = {
        "slices": [
            {"origin": origin, "destination": destination, "departure_date": day.isoformat()}
            for origin, destination, day in slices
        ],
        "passengers": list(party),
        "max_connections": 1,
    }
    answer = await client.post("/air/offer_requests", json={"data": asked})
    assert answer.status_code == 201, answer.text
    found = answer.json()["data"]["offers"]
    return [one for one in found if brand in (None, one["slices"][0]["fare_brand_name"])]


def order_body(offer: Json, *, services: Sequence[Json] = (), **changes: object) -> Json:
    """What books an offer with these services of its seat maps; paid at once."""
    people = [
        {
            "id": who["id"],
            "title": "ms",
            "given_name": "Ada",
            "family_name": "Stone" + "abcdefghi"[place],
            "gender": "f",
            "born_on": "1990-01-02" if who["type"] == "adult" else "2026-01-02",
            "email": "ada@example.org",
            "phone_number": "+442080160509",
        }
        for place, who in enumerate(offer["passengers"])
    ]
    infants = [who["id"] for who in offer["passengers"] if who["type"] == "infant_without_seat"]
    for person, infant in zip(people, infants, strict=False):
        person["infant_passenger_id"] = infant
    cents = sum(round(float(one["total_amount"]) * 100) for one in (offer, *services))
    body: dict[str, object] = {
        "type": "instant",
        "selected_offers": [offer["id"]],
        "passengers": people,
        "services": [{"id": one["id"], "quantity": 1} for one in services],
        "payments": [
            {"type": "balance", "amount": f"{cents / 100:.2f}", "currency": offer["total_currency"]}
        ],
        **changes,
    }
    return {"data": {name: value for name, value in body.items() if value is not None}}


def seats_of(seat_map: Json) -> dict[str, Json]:
    """The seats of a map by designator."""
    return {
        element["designator"]: element
        for cabin in seat_map["cabins"]
        for row in cabin["rows"]
        for section in row["sections"]
        for element in section["elements"]
        if "designator" in element
    }
