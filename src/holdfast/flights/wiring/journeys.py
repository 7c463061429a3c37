"""The law of flights' visitors, for `holdfast load`: who looks, who searches, who books.

Searches and bookings need what the demo sells; each costs a request of the token's rate
(`http.requests`), as any client's does.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from holdfast.flights.wiring.settings import (
    API_PORT,
    DEMO_TOKEN,
    TRAVEL_PORT,
    FlightsSettings,
    in_data,
)
from holdfast.platform.runtime.config import Effective
from holdfast.platform.runtime.journey import Ask, Heard, Journey, Person, Steps
from holdfast.platform.runtime.secrets import read_key
from holdfast.platform.runtime.settings import FleetSettings

PAIRS = (("FRA", "LHR"), ("LHR", "FRA"), ("FRA", "MUC"), ("MUC", "LHR"))
AHEAD_DAYS = (20, 90)
"""Trips are planned so far ahead."""
_BORN = "1990-05-17"


def lookers(_: Person) -> Steps:
    """Somebody who opens the start page again and again."""
    while True:
        yield Ask("start page", "/", cached=True)


def searchers(person: Person) -> Steps:
    """Somebody who searches, and looks at an offer."""
    while True:
        found = yield search(person)
        offer = _an_offer(found, person)
        if offer is not None:
            yield Ask("offer", f"/air/offers/{offer['id']}")


def bookers(person: Person) -> Steps:
    """Somebody who searches and books. Who comes too late for a seat has not failed."""
    while True:
        found = yield search(person)
        offer = _an_offer(found, person)
        if offer is not None:
            body = json.dumps({"data": _order(offer)}).encode()
            yield Ask("order", "/air/orders", "POST", body, good=(201, 409, 422))


def search(person: Person) -> Ask:
    """A search for one adult on a day of the coming weeks."""
    origin, destination = person.dice.choice(PAIRS)
    day = datetime.now(UTC).date() + timedelta(days=person.dice.randint(*AHEAD_DAYS))
    trip = {"origin": origin, "destination": destination, "departure_date": day.isoformat()}
    asked = {"data": {"slices": [trip], "passengers": [{"type": "adult"}]}}
    return Ask("search", "/air/offer_requests", "POST", json.dumps(asked).encode())


def _an_offer(found: Heard, person: Person) -> "dict[str, str] | None":
    with suppress(ValueError, KeyError, TypeError):
        offers = json.loads(found.body)["data"]["offers"]
        if offers:
            chosen = person.dice.choice(offers)
            return {
                "id": chosen["id"],
                "passenger": chosen["passengers"][0]["id"],
                "amount": chosen["total_amount"],
                "currency": chosen["total_currency"],
            }
    return None


def _order(offer: Mapping[str, str]) -> dict[str, object]:
    return {
        "type": "instant",
        "selected_offers": [offer["id"]],
        "passengers": [
            {
                "id": offer["passenger"],
                "title": "ms",
                "gender": "f",
                "given_name": "Mira",
                "family_name": "Ceti",
                "born_on": _BORN,
                "email": "traveller@example.org",
                "phone_number": "+442079460123",
            }
        ],
        "payments": [{"type": "balance", "amount": offer["amount"], "currency": offer["currency"]}],
    }


def _headers(effective: Effective) -> dict[str, str]:
    fleet = effective.section(FleetSettings)
    token = DEMO_TOKEN
    with suppress(FileNotFoundError):
        named = effective.section(FlightsSettings).token_file
        token = read_key(in_data(named, fleet, "flights.token")).decode("ascii")
    return {"authorization": f"Bearer {token}", "duffel-version": "v2"}


def _api(effective: Effective) -> int:
    return effective.section(FleetSettings).port(API_PORT)


def _pages(effective: Effective) -> int:
    return effective.section(FleetSettings).port(TRAVEL_PORT)


JOURNEYS = (
    Journey("looker", "opens the travel pages' start page", 5.0, _pages, lookers),
    Journey("searcher", "searches by the API, looks at an offer", 3.0, _api, searchers, _headers),
    Journey("booker", "searches and books by the API", 1.0, _api, bookers, _headers),
)
