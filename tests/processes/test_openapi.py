"""The OpenAPI page is true: whatever it admits or denies, no answer breaks what it says.

schemathesis reads the page of the front door, which tells of all four processes, and asks every
operation with what its schema admits (and what it does not): at its bounds first, then at random
from a fixed seed. Real ids and whole bodies stand on the page as examples, so that successes are
judged and not only refusals; who is asked with the same idempotency key always would see nothing
but that, so the page tells of keys at one operation only.

All its checks hold but one. `positive_data_acceptance` is left out: some things are refused that no
schema can exclude. A cursor is only good if this server wrote it; a key must not have come with
another request; offers expire, seats are taken, amounts must be what the offer says; a date in the
past is a date; a body may be too long as a whole (413), or a query have too many fields, though
each of them fits.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.booking_office import order_of
from tests.support.fleet import Fleet, environment, fleet
from tests.support.hook_receiver import receiving

pytest.importorskip("schemathesis")
pytestmark = [
    pytest.mark.processes,
    pytest.mark.long,
    pytest.mark.xdist_group("openapi"),
    pytest.mark.timeout(900),
]

API_PORT = 8100
SEED = 20_261_126
AT_RANDOM = 2
"""Cases at random of each operation, after some 60 at its bounds: 60 s on a quiet machine."""
RUN_S = 800.0
"""Ten times that: the machine may be busy."""
OWNER = "demo"
"""Who has money in the demo."""
AIRLINE = "ZZ"
"""One of the demo's airlines: only it may look at its feeds and send some."""
AIRLINE_S = ("/feeds/{airline}/{feed}/{sequence}", "/api/flights/feeds/{airline}/quarantine")
KEYED = "/air/webhooks/{id}/actions/ping"
"""Where the page goes on to tell of idempotency keys."""
NOTHING_TO_DO = {
    "POST /air/airline_initiated_changes/{id}/actions/accept",
    "PATCH /air/airline_initiated_changes/{id}",
    "POST /air/orders/{id}/actions/reprice",
    "POST /api/flights/feeds/held/{id}/approve",
    "POST /api/flights/feeds/held/{id}/refuse",
    "POST /api/flights/prices/parked/{id}/approve",
    "POST /api/flights/prices/parked/{id}/refuse",
    "PUT /feeds/{airline}/{feed}/{sequence}",
}
"""What never succeeds here: nothing waits to be decided, no price guarantee has ended, and a feed
comes with headers of its own (other tests do all of that)."""
Json = Any  # the page, what is asked and what is answered; read field by field


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """A demo that never says 429: that would hide what it says else."""
    data = tmp_path_factory.mktemp("openapi") / "data"
    with fleet(data, "--set", "http.requests=100000000", nodes=1, demo=True) as started:
        yield started


@dataclass
class Shop:
    """A customer who may everything, and what they made: values of parameters by name, for a path
    or for a method and a path, and bodies for a method and a path."""

    api: httpx.Client
    hook: str
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    bodies: dict[str, Json] = field(default_factory=dict)

    def ask(self, method: str, path: str, data: Json = None) -> Json:
        answer = self.api.request(method, path, json=None if data is None else {"data": data})
        assert answer.is_success, answer.text
        return answer.json().get("data")

    def fill(self) -> None:
        """One of everything, so that there is something to be shown and done."""
        day = datetime.now(UTC).date() + timedelta(days=40)
        trip = {"origin": "FRA", "destination": "LHR", "departure_date": str(day)}
        wanted = {"slices": [trip], "passengers": [{"type": "adult"}]}
        self.bodies["POST /air/offer_requests"] = wanted
        found = self.ask("POST", "/air/offer_requests?return_offers=true", wanted)
        flexible = [one for one in found["offers"] if one["slices"][0]["fare_brand_name"] == "Flex"]
        self._looks(found, flexible[0])
        self._orders(flexible[:5])
        self._changes({**trip, "departure_date": str(day + timedelta(days=2))}, flexible[5:])
        self._hooks()

    def _looks(self, found: Json, offer: Json) -> None:
        passenger = offer["passengers"][0]["id"]
        self.values |= {
            "/air/offer_requests/{id}": {"id": found["id"]},
            "/air/offers": {"offer_request_id": found["id"]},
            "/air/offers/{id}": {"id": offer["id"]},
            "/air/offers/{id}/actions/price": {"id": offer["id"]},
            "/air/offers/{id}/passengers/{passenger_id}": {
                "id": offer["id"],
                "passenger_id": passenger,
            },
            "/air/seat_maps": {"offer_id": offer["id"]},
            "/air/airports/{id}": {"id": "arp_lhr_gb"},
            "/api/flights/status/{designator}": {"designator": f"{AIRLINE}100"},
            "/v2/schedule/flights": {
                "carrierCode": AIRLINE,
                "flightNumber": "100",
                "scheduledDepartureDate": found["slices"][0]["departure_date"],
                "operationalSuffix": "",
            },
            AIRLINE_S[0]: {"airline": AIRLINE, "feed": "season", "sequence": "1"},
            AIRLINE_S[1]: {"airline": AIRLINE},
        }
        for kind in ("cities", "airlines", "aircraft"):
            first = self.ask("GET", f"/air/{kind}?limit=1")[0]
            self.values[f"/air/{kind}/{{id}}"] = {"id": first["id"]}
        self.bodies |= {
            "PATCH /air/offers/{id}/passengers/{passenger_id}": {
                "given_name": "Vega",
                "family_name": "Lyrae",
            },
            "POST /air/offers/{id}/actions/price": {"intended_payment_methods": []},
        }

    def _orders(self, offers: list[Json]) -> None:
        order, cancelled = self._ordered(offers[0]), self._ordered(offers[1])
        to_pay, to_cancel = (self._ordered(one, hold=True) for one in offers[2:4])
        quote = self.ask("POST", "/air/order_cancellations", {"order_id": cancelled["id"]})
        one = {"id": order["id"]}
        self.values |= {
            "/air/orders/{id}": one,
            "/air/orders/{id}/available_services": one,
            "/air/orders/{id}/services": one,
            "/air/order_cancellations/{id}": {"id": quote["id"]},
            "/air/order_cancellations/{id}/actions/confirm": {"id": quote["id"]},
        }
        seats = self.ask("GET", f"/air/orders/{order['id']}/available_services")
        seat = next(one for one in seats if one["type"] == "seat")
        self.bodies |= {
            "POST /air/orders": order_of(offers[4])["data"],
            "PATCH /air/orders/{id}": {"metadata": {"shelf": "7"}},
            "POST /air/orders/{id}/services": {
                "add_services": [{"id": seat["id"], "quantity": 1}],
                "payment": paid(seat["total_amount"]),
            },
            "POST /air/payments": {
                "order_id": to_pay["id"],
                "payment": paid(to_pay["total_amount"]),
            },
            "POST /air/order_cancellations": {"order_id": to_cancel["id"]},
        }

    def _changes(self, trip: Json, offers: list[Json]) -> None:
        bodies = []
        for offer in offers[:2]:
            order = self._ordered(offer)
            slices = {"add": [trip], "remove": [{"slice_id": order["slices"][0]["id"]}]}
            bodies.append({"order_id": order["id"], "slices": slices})
        request = self.ask("POST", "/air/order_change_requests", bodies[0])
        first, second = request["order_change_offers"][:2]
        chosen = {"selected_order_change_offer": first["id"]}
        change = {"id": self.ask("POST", "/air/order_changes", chosen)["id"]}
        self.values |= {
            "/air/order_change_requests/{id}": {"id": request["id"]},
            "/air/order_change_offers": {"order_change_request_id": request["id"]},
            "/air/order_change_offers/{id}": {"id": first["id"]},
            "/air/order_changes/{id}": change,
            "/air/order_changes/{id}/actions/confirm": change,
        }
        self.bodies |= {
            "POST /air/order_change_requests": bodies[1],
            "POST /air/order_changes": {"selected_order_change_offer": second["id"]},
            "POST /air/order_changes/{id}/actions/confirm": {
                "payment": paid(first["change_total_amount"])
            },
        }

    def _hooks(self) -> None:
        body = {"url": self.hook, "events": ["order.created"]}
        kept, dropped = ({"id": self.ask("POST", "/air/webhooks", body)["id"]} for _ in range(2))
        self.ask("POST", f"/air/webhooks/{kept['id']}/actions/ping")
        event = {"id": self.ask("GET", "/air/webhooks/events")[0]["id"]}
        self.values |= {
            "/air/webhooks/{id}": kept,
            "DELETE /air/webhooks/{id}": dropped,
            "/air/webhooks/{id}/actions/ping": kept,
            "/air/webhooks/events/{id}": event,
            "/air/webhooks/events/{id}/actions/redeliver": event,
        }
        self.bodies |= {
            "POST /air/webhooks": body,
            "PATCH /air/webhooks/{id}": {"events": ["order.created", "payment.created"]},
        }

    def _ordered(self, offer: Json, *, hold: bool = False) -> Json:
        return self.ask("POST", "/air/orders", order_of(offer, hold=hold)["data"])


def paid(amount: str) -> Json:
    """A payment from the balance."""
    return {"type": "balance", "amount": amount, "currency": "EUR"}


def operations(page: Json) -> Iterator[tuple[str, str, Json]]:
    """Method, path and description of all that the page tells of."""
    for path, methods in page["paths"].items():
        for method, described in methods.items():
            yield method.upper(), path, described


def with_examples(page: Json, shop: Shop) -> Json:
    """The page with what the shop made, and with idempotency keys at one operation only."""
    for method, path, described in operations(page):
        name = f"{method} {path}"
        real = shop.values.get(name) or shop.values.get(path, {})
        kept = [
            one
            for one in described["parameters"]
            if one["name"] != "Idempotency-Key" or path == KEYED
        ]
        for one in kept:
            if one["name"] in real:
                one["example"] = real[one["name"]]
        described["parameters"] = kept
        if name in shop.bodies:
            (content,) = described["requestBody"]["content"].values()
            content["example"] = {"data": shop.bodies[name]}
        elif path == "/v1/security/oauth2/token":
            (content,) = described["requestBody"]["content"].values()
            content["example"] = {
                "grant_type": "client_credentials",
                "client_id": OWNER,
                "client_secret": "duffel_test_demo",
            }
    return page


def settings(hook: str, airline_s_token: str) -> str:
    """What of schemathesis must be set in a file: the airline asks for what is the airline's, and
    webhooks that are made at random go to this machine, too."""
    lines = [f"dictionaries.hook.values = [{json.dumps(hook)}]"]
    for path in AIRLINE_S:
        lines += ["[[operations]]", f"include-path = {json.dumps(path)}"]
        lines.append(f'headers = {{ Authorization = "Bearer {airline_s_token}" }}')
    for path in ("/air/webhooks", "/air/webhooks/{id}"):
        lines += ["[[operations]]", f"include-path = {json.dumps(path)}", "[operations.parameters]"]
        lines.append('"body.data.url" = { dictionary = "hook", probability = 1.0 }')
    return "\n".join(lines) + "\n"


def succeeded(page: Json, report: Path) -> set[str]:
    """The operations that were answered with a success at least once."""
    forms = [
        (re.compile(re.sub(r"{\w+}", "[^/]+", path)), method, path)
        for method, path, _ in sorted(operations(page), key=lambda one: one[1].count("{"))
    ]
    found = set()
    for entry in json.loads(report.read_text())["log"]["entries"]:
        if entry["response"]["status"] < 300:
            asked = httpx.URL(entry["request"]["url"]).path.rstrip("/")
            for form, method, path in forms:
                if method == entry["request"]["method"] and form.fullmatch(asked):
                    found.add(f"{method} {path}")
                    break
    return found


def token_of(running: Fleet, owner: str) -> str:
    """A new token for everything."""
    scopes = [word for scope in ("read", "book", "feeds", "operate") for word in ("--scope", scope)]
    words = ("tokens", "create", owner, "--test", *scopes, "--data", str(running.data))
    return running.holdfast("flights", *words).stdout.split()[-1]


def test_no_answer_of_any_process_breaks_the_openapi_page(running: Fleet, tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{running.port(API_PORT)}"
    bearer = f"Bearer {token_of(running, OWNER)}"
    headers = {"authorization": bearer, "duffel-version": "v2"}
    with receiving() as receiver, httpx.Client(base_url=url, headers=headers, timeout=30) as api:
        shop = Shop(api, receiver.url)
        shop.fill()
        page = with_examples(api.get("/openapi.json").json(), shop)
        (tmp_path / "page.json").write_text(json.dumps(page))
        (tmp_path / "settings.toml").write_text(settings(receiver.url, token_of(running, AIRLINE)))
        done = subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli", "--no-color"),
                *("--config-file", "settings.toml", "run", "page.json", "--url", url),
                *("--header", f"Authorization: {bearer}", "--report-har-path", "report.har"),
                *("--checks", "all", "--exclude-checks", "positive_data_acceptance"),
                *("--phases", "examples,coverage,fuzzing", "--max-examples", str(AT_RANDOM)),
                *("--seed", str(SEED), "--generation-database", "none", "--no-shrink"),
                *("--continue-on-failure", "--request-timeout", "60", "--warnings", "off"),
                *("--suppress-health-check", "all"),
            ],
            cwd=tmp_path,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=RUN_S,
            check=False,
        )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    every = {f"{method} {path}" for method, path, _ in operations(page)}
    assert f"Tested: {len(every)}" in done.stdout
    assert every - succeeded(page, tmp_path / "report.har") == NOTHING_TO_DO
    audit = running.holdfast("flights", "audit", "--data", str(running.data))
    assert audit.returncode == 0, audit.stdout + audit.stderr
