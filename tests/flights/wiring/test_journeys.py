"""Travellers search, look at an offer that they found, and book it."""

import json
from random import Random

from holdfast.flights.wiring.journeys import bookers, lookers, searchers
from holdfast.platform.runtime.journey import Heard, Person

FOUND = Heard(
    201,
    json.dumps(
        {
            "data": {
                "offers": [
                    {
                        "id": "off_1",
                        "passengers": [{"id": "pas_1"}],
                        "total_amount": "90.00",
                        "total_currency": "EUR",
                    }
                ]
            }
        }
    ).encode(),
)


def person() -> Person:
    return Person(1, Random(5))


def test_a_searcher_looks_at_an_offer_that_was_found() -> None:
    steps = searchers(person())
    assert next(steps).name == "search"
    assert steps.send(FOUND).target == "/air/offers/off_1"
    assert steps.send(Heard(200)).name == "search"
    assert steps.send(Heard(201, b'{"data": {"offers": []}}')).name == "search"


def test_a_booker_pays_what_the_offer_costs() -> None:
    steps = bookers(person())
    next(steps)
    ask = steps.send(FOUND)
    order = json.loads(ask.body)["data"]
    assert (ask.method, ask.target) == ("POST", "/air/orders")
    assert order["selected_offers"] == ["off_1"]
    assert order["payments"][0]["amount"] == "90.00"


def test_a_looker_opens_the_start_page() -> None:
    assert next(lookers(person())).target == "/"
