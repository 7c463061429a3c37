"""An application of flights in process: memory stores, a clock that tests move, and clients."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx

from holdfast.flights.entrypoints.http.app import Doors, HttpApp, http_app
from holdfast.flights.entrypoints.http.operation import Operation
from holdfast.flights.entrypoints.http.settings import HttpSettings
from holdfast.flights.entrypoints.http.signed_tokens import Signer
from holdfast.flights.service.ports.access import NewToken
from holdfast.flights.store.memory_access import MemoryRemembered, MemoryTokens

NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
TOKEN = "duffel_test_of_anna"
OWNER = "anna"
ALL = frozenset({"read", "book", "feeds", "operate"})
SETTINGS = HttpSettings()
SIGNER = Signer(b"a key that only tests know, 32 B+")
PEOPLE_KEY = b"a key of persons' tokens, 32 B++"


@dataclass
class ManualClock:
    """Time that passes when a test says so."""

    at: datetime = NOON
    ran_s: float = 1000.0

    def wall(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.ran_s

    def pass_s(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.ran_s += seconds


def new_token(
    text: str = TOKEN,
    owner: str = OWNER,
    *,
    scopes: frozenset[str] = ALL,
    live_mode: bool = False,
    expires_at: datetime | None = None,
) -> NewToken:
    """A token as it is kept."""
    digest = hashlib.sha256(text.encode()).digest()
    return NewToken(digest, owner, f"token of {owner}", live_mode, scopes, NOON, expires_at)


@dataclass
class Site:
    """The application, what it stands on, and how to ask it."""

    app: HttpApp
    clock: ManualClock
    tokens: MemoryTokens
    remembered: MemoryRemembered
    database_errors: list[Exception] = field(default_factory=list)

    def client(
        self, token: str | None = TOKEN, version: str | None = "v2", **headers: str
    ) -> httpx.AsyncClient:
        """A client with this token and version."""
        sent = dict(headers)
        if token is not None:
            sent["authorization"] = f"Bearer {token}"
        if version is not None:
            sent["duffel-version"] = version
        transport = httpx.ASGITransport(self.app, client=("192.0.2.7", 4000))
        return httpx.AsyncClient(transport=transport, base_url="http://test", headers=sent)


@asynccontextmanager
async def site(
    operations: Sequence[Operation],
    settings: HttpSettings = SETTINGS,
    *,
    documented: Sequence[Operation] | None = None,
) -> AsyncIterator[Site]:
    """An application of `operations`, with one token that may everything."""
    clock, tokens = ManualClock(), MemoryTokens()
    remembered = MemoryRemembered(clock.wall)
    await tokens.create(new_token())
    errors: list[Exception] = []

    async def ping() -> None:
        if errors:
            raise errors[0]

    doors = Doors(tokens, remembered, SIGNER, ping, PEOPLE_KEY)
    app = http_app(operations, doors, settings=settings, clock=clock, documented=documented)
    yield Site(app, clock, tokens, remembered, errors)


def fault(response: httpx.Response) -> tuple[int, str, str]:
    """Status, type and code of an error; its envelope is checked on the way."""
    told = response.json()
    [error] = told["errors"]
    assert error.keys() >= {"type", "title", "message", "code", "documentation_url"}
    assert told["meta"]["status"] == response.status_code
    assert told["meta"]["request_id"] == response.headers["x-request-id"]
    assert response.headers["content-type"] == "application/json"
    return response.status_code, error["type"], error["code"]


def source(response: httpx.Response) -> tuple[str, str]:
    """Field and pointer of an error of validation."""
    where = response.json()["errors"][0]["source"]
    return where["field"], where["pointer"]
