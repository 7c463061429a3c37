"""An airline of a test's own on a running fleet, and a crowd that buys from it.

The airline's schedule and fares go in by the feeds, as a real airline's; buyers are coroutines on
a few connections who try again, with the same idempotency key, whatever breaks under them.
"""

import asyncio
import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

import httpx

from holdfast.flights.domain.fare import (
    Cabin,
    FareKey,
    FareTerms,
    FiledFare,
    PassengerType,
    Price,
)
from holdfast.flights.domain.schedule import Designator, LegPattern, Period
from holdfast.flights.wire.fares_writer import write_fares_jsonl
from holdfast.flights.wire.ssim_writer import write_ssim
from tests.support.fleet import Fleet

CODE = "Q9"
API_PORT = 8100
DEMO_TOKEN = "duffel_test_demo"
AT_ONCE = 64
TRIES = 600
"""A killed process is back within a second or two; a buyer gives up long after that."""
PAUSE_S = 0.05
BATCH = 20
"""Offers that one search is good for."""
BRANDS = tuple(f"Brand {number:02}" for number in range(1, 25))
"""Many, so that one search brings many offers: each offer can be taken once."""
TRYING_AGAIN = frozenset({408, 429, 500, 502, 503, 504})

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Plan:
    """One flight of the airline: daily from today on, `seats` in economy."""

    number: int
    board: str
    off: str
    departs_min: int
    seats: int
    minutes: int = 90


def leg(plan: Plan, period: Period) -> LegPattern:
    """The plan as the airline files it, in UTC offsets of 0: nobody here looks at the clock."""
    return LegPattern(
        designator=Designator(CODE, plan.number),
        variation=1,
        sequence=1,
        service_type="J",
        period=period,
        board=plan.board,
        off=plan.off,
        departure_min=plan.departs_min,
        departure_offset_min=0,
        arrival_min=plan.departs_min + plan.minutes,
        arrival_offset_min=0,
        aircraft="320",
        configuration=f"Y{plan.seats:03}",
    )


def fares(plan: Plan, period: Period) -> list[FiledFare]:
    """One fare for each brand, all of one booking class, all with a hold of a day."""
    return [
        FiledFare(
            FareKey(
                CODE,
                plan.number,
                plan.board,
                plan.off,
                Cabin.ECONOMY,
                "Y",
                f"Y{place:02}XX",
                PassengerType.ADULT,
                "EUR",
                period,
            ),
            FareTerms(brand, refundable=True, refund_penalty=0, hold_space_h=24, hold_price_h=24),
            Price(10_000 + 500 * place, 2_000),
        )
        for place, brand in enumerate(BRANDS)
    ]


@dataclass
class Office:
    """Where an airline delivers and a crowd buys."""

    fleet: Fleet
    day: date
    feeds_token: str
    token: str = DEMO_TOKEN
    refused: dict[str, int] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.fleet.port(API_PORT)}"

    def client(self) -> httpx.AsyncClient:
        """A customer's connections, as many as are used at once."""
        return httpx.AsyncClient(
            base_url=self.url,
            timeout=30.0,
            headers={"authorization": f"Bearer {self.token}", "duffel-version": "v2"},
            limits=httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE),
        )

    def deliver(self, plans: Sequence[Plan], sequence: int = 1) -> None:
        """Push the season's schedule and the fares; both must be accepted."""
        period = Period(self.day - timedelta(days=1), self.day + timedelta(days=2))
        legs = [leg(plan, period) for plan in plans]
        now = datetime.now(UTC)
        season = write_ssim(CODE, legs, season=period, created=now.date())
        filed = write_fares_jsonl([fare for plan in plans for fare in fares(plan, period)])
        self.push("season", sequence, season, kind="schedule", form="ssim")
        self.push("fares", sequence, filed, kind="fares", form="jsonl")

    def push(self, feed: str, sequence: int, content: bytes, *, kind: str, form: str) -> None:
        """One full file."""
        headers = {
            "authorization": f"Bearer {self.feeds_token}",
            "x-feed-kind": kind,
            "x-feed-format": form,
            "x-feed-mode": "full",
            "x-feed-produced-at": datetime.now(UTC).isoformat(),
            "x-feed-sha256": hashlib.sha256(content).hexdigest(),
        }
        address = f"{self.url}/feeds/{CODE}/{feed}/{sequence}"
        answer = httpx.put(address, content=content, headers=headers, timeout=60.0)
        assert answer.status_code == 200, answer.text
        assert answer.json()["outcome"] == "accepted", answer.text

    async def offers(
        self, client: httpx.AsyncClient, wanted: int, slices: Sequence[tuple[str, str]]
    ) -> list[dict[str, Any]]:
        """So many offers for one adult on these markets, in as few searches as it takes."""
        asked = [
            {"origin": one, "destination": other, "departure_date": self.day.isoformat()}
            for one, other in slices
        ]
        body = {"data": {"slices": asked, "passengers": [{"type": "adult"}]}}

        async def search(_: int) -> list[dict[str, Any]]:
            found = await self.ask(client, "/air/offer_requests?return_offers=true", body)
            assert found.status_code in (200, 201), found.text
            return list(found.json()["data"]["offers"])

        found: list[dict[str, Any]] = []
        for _ in range(TRIES):  # a search process sees a new airline within a second or so
            rounds = range(1 if not found else -(-(wanted - len(found)) // BATCH))
            answers = await crowd(search, rounds, at_once=8)
            mine = [one for many in answers for one in many if one["owner"]["iata_code"] == CODE]
            found += mine
            if len(found) >= wanted:
                return found[:wanted]
            if not mine:
                await asyncio.sleep(PAUSE_S)
        raise AssertionError(f"only {len(found)} offers of the test's airline are for sale")

    async def ask(
        self, client: httpx.AsyncClient, path: str, body: Mapping[str, Any], key: str = ""
    ) -> httpx.Response:
        """POST until there is an answer that means something, with the same key every time."""
        headers = {"idempotency-key": key} if key else {}
        return await self._insist(path, lambda: client.post(path, json=body, headers=headers))

    async def read(
        self,
        client: httpx.AsyncClient,
        path: str,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """GET until there is an answer that means something; its JSON."""
        answer = await self._insist(
            path, lambda: client.get(path, params=params or {}, headers=headers)
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def audit(self, client: httpx.AsyncClient) -> dict[str, Any]:
        """What the auditor says now; asked until a process is there to say it."""
        operator = (self.fleet.data / "flights.token").read_text().strip()
        headers = {"authorization": f"Bearer {operator}"}
        return dict(await self.read(client, "/api/flights/audit", headers=headers))

    async def _insist(
        self, path: str, send: Callable[[], Awaitable[httpx.Response]]
    ) -> httpx.Response:
        for _ in range(TRIES):
            try:
                answer = await send()
            except httpx.TransportError as error:
                self._count(type(error).__name__)
            else:
                if answer.status_code not in TRYING_AGAIN:
                    return answer
                self._count(str(answer.status_code))
            await asyncio.sleep(PAUSE_S)
        raise AssertionError(f"no answer to {path} in {TRIES} tries: {self.refused}")

    def _count(self, what: str) -> None:
        self.refused[what] = self.refused.get(what, 0) + 1


def open_office(fleet: Fleet) -> Office:
    """The airline's credential, and a day a month ahead."""
    made = fleet.holdfast(
        "flights", "tokens", "create", CODE, "--scope", "feeds", "--data", str(fleet.data)
    )
    found = re.search(r"\b(?:duffel|holdfast|hf)[A-Za-z]*_\S+", made.stdout)
    assert found, made.stdout + made.stderr
    return Office(fleet, datetime.now(UTC).date() + timedelta(days=30), found.group())


def order_of(
    offer: Mapping[str, Any],
    *,
    hold: bool = False,
    services: Sequence[Mapping[str, Any]] = (),
    extra: str = "0",
) -> dict[str, Any]:
    """The body that orders an offer for one adult; `extra`: what the services cost."""
    who = {
        "id": offer["passengers"][0]["id"],
        "title": "ms",
        "given_name": "Vega",
        "family_name": "Lyrae",
        "gender": "f",
        "born_on": "1990-01-01",
        "email": "vega@stars.example",
        "phone_number": "+442080160508",
    }
    amount = f"{float(offer['total_amount']) + float(extra):.2f}"
    data: dict[str, Any] = {
        "type": "hold" if hold else "instant",
        "selected_offers": [offer["id"]],
        "passengers": [who],
    }
    if services:
        data["services"] = list(services)
    if not hold:
        data["payments"] = [
            {"type": "balance", "amount": amount, "currency": offer["total_currency"]}
        ]
    return {"data": data}


async def crowd(
    act: Callable[[T], Awaitable[R]], things: Iterable[T], *, at_once: int = AT_ONCE
) -> list[R]:
    """`act` on everything, so many at once; the answers in order."""
    gate = asyncio.Semaphore(at_once)

    async def one(thing: T) -> R:
        async with gate:
            return await act(thing)

    return list(await asyncio.gather(*(one(thing) for thing in things)))


def why(answer: httpx.Response) -> str:
    """The code of an error, or `ok`."""
    if answer.status_code < 300:
        return "ok"
    try:
        return str(answer.json()["errors"][0]["code"])
    except (json.JSONDecodeError, KeyError, IndexError):
        return f"{answer.status_code}"
