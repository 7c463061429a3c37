"""The trade's own Python client at a running API: what tests ask it again and again.

The client has no types; what it returns is read attribute by attribute.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.clients.workshop import HOST
from tests.support.fleet import Fleet

API_PORT = 8100
TOKEN = "duffel_test_demo"
AHEAD_DAYS = 30
FAMILY = ("adult", 9)
"""A grown-up and a child of nine years."""
duffel_api = pytest.importorskip("duffel_api")
ApiError = pytest.importorskip("duffel_api.http_client").ApiError
Client = Any
Thing = Any


@dataclass(frozen=True)
class Trade:
    """A client that speaks one version of the API."""

    fleet: Fleet
    version: str

    @property
    def client(self) -> Client:
        return self.with_token(TOKEN)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.fleet.port(API_PORT)}"

    @property
    def day(self) -> date:
        """A date of travel: the demo sells every day of the next 300."""
        return datetime.now(UTC).date() + timedelta(days=AHEAD_DAYS)

    def with_token(self, token: str, version: str = "") -> Client:
        return duffel_api.Duffel(
            access_token=token, api_url=self.url, api_version=version or self.version
        )

    def search(self, who: Sequence[str | int] = ("adult",), destination: str = "LHR") -> Thing:
        """The offer request of a one-way trip from Frankfurt, with its offers."""
        people = [{"type": one} if isinstance(one, str) else {"age": one} for one in who]
        wanted = {"origin": "FRA", "destination": destination, "departure_date": str(self.day)}
        asked = self.client.offer_requests.create().cabin_class("economy").slices([wanted])
        return asked.passengers(people).return_offers().execute()

    def offer(self, brand: str = "Flex", who: Sequence[str | int] = ("adult",)) -> Thing:
        """The cheapest direct offer of a brand."""
        for one in self.search(who).offers:
            if one.slices[0].fare_brand_name == brand and len(one.slices[0].segments) == 1:
                return one
        raise AssertionError(f"nothing of the brand {brand} is for sale")

    def ordered(self, offer: Thing, services: Sequence[Thing] = ()) -> Thing:
        """An order, paid at once."""
        due = sum((cents(one) for one in (offer, *services)), Decimal(0))
        asked = self.client.orders.create().selected_offers([offer.id]).passengers(people(offer))
        asked = asked.services([{"id": one.id, "quantity": 1} for one in services])
        return asked.payments([balance(due, offer.total_currency)]).execute()

    def held(self, offer: Thing) -> Thing:
        """An order that waits for its payment."""
        asked = self.client.orders.create().hold().selected_offers([offer.id])
        return asked.passengers(people(offer)).execute()

    def seats(self, offer: Thing) -> dict[str, Thing]:
        """The seats of the offer's only flight, by designator."""
        (shown,) = self.client.seat_maps.get(offer.id)
        assert shown.segment_id == offer.slices[0].segments[0].id
        return {
            element.designator: element
            for cabin in shown.cabins
            for row in cabin.rows
            for section in row.sections
            for element in section.elements
            if element.type == "seat"
        }


def cents(priced: Thing) -> Decimal:
    """What a thing costs in all."""
    return Decimal(priced.total_amount)


def balance(amount: Decimal | str, currency: str = "EUR") -> dict[str, str]:
    """A payment from the balance."""
    return {"type": "balance", "amount": str(amount), "currency": currency}


def people(offer: Thing) -> list[dict[str, str]]:
    """The offer's passengers with names of their own."""
    return [
        {
            "id": who.id,
            "title": "ms",
            "given_name": "Vega",
            "family_name": "Lyrae" + "abcdefghi"[place],
            "gender": "f",
            "born_on": "1990-01-02" if who.type == "adult" else "2017-06-01",
            "email": "vega@stars.example",
            "phone_number": "+442080160508",
        }
        for place, who in enumerate(offer.passengers)
    ]


def refusal(call: Callable[[], object]) -> Thing:
    """The client's own error of a call that the API must refuse."""
    with pytest.raises(ApiError) as caught:
        call()
    error = caught.value
    assert error.meta["request_id"] == error.headers["x-request-id"]
    assert {"ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"} <= error.headers.keys()
    return error


def code_of(call: Callable[[], object]) -> tuple[int, str, str]:
    """Status, type and code with which a call is refused."""
    error = refusal(call)
    told = error.errors[0]
    return error.meta["status"], told["type"], told["code"]
