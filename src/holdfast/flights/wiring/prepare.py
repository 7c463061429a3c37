"""The law of the first start: the schema is there, the machine's own token, and something to sell.

Runs once in `holdfast up`, before any process of flights starts. The token that everybody knows is
made in an empty database only, and only for the demo; without the demo it is ended.
"""

import asyncio
from datetime import UTC, datetime

from holdfast.flights.domain.money import Money
from holdfast.flights.entrypoints.desk.tokens import new_token
from holdfast.flights.entrypoints.http.access import hash_of
from holdfast.flights.service.deliver_demo import DemoDeliveries
from holdfast.flights.service.ingest_feed import Ingest
from holdfast.flights.service.ports.access import SCOPES, Tokens, token_id_of
from holdfast.flights.store.access import PostgresTokens
from holdfast.flights.store.disruptions import reconcile
from holdfast.flights.store.feeds import PostgresFeeds
from holdfast.flights.store.first_start import is_unused
from holdfast.flights.store.order_lists import PostgresBalances
from holdfast.flights.wiring.rules import price_rule
from holdfast.flights.wiring.settings import (
    DEMO_TOKEN,
    TRAVEL,
    FlightsSettings,
    in_data,
    pages_token_file,
)
from holdfast.flights.wiring.store import opened_database
from holdfast.flights.wiring.world import world_of
from holdfast.platform.data.database import Database
from holdfast.platform.runtime.clock import SystemClock
from holdfast.platform.runtime.config import Effective
from holdfast.platform.runtime.secrets import ensure_key
from holdfast.platform.runtime.settings import FleetSettings

OPERATOR, DEMO = "operator", "demo"
"""Owners: whoever runs this machine, and whoever tries the demo out."""
DEMO_BALANCE = 100_000_000_00
"""A hundred million: nobody who tries things out has to think of money."""
CURRENCY = "EUR"
AT_FIRST = 2
"""So many airlines deliver before anything starts: FRA-LHR can be booked at once. The ingest
process goes on with the others."""


def prepare(effective: Effective) -> None:
    """Migrate, make the tokens, and load the first feeds of the demo."""
    asyncio.run(_prepare(effective))


async def _prepare(effective: Effective) -> None:
    settings = effective.section(FlightsSettings)
    now = datetime.now(UTC)
    async with opened_database(effective, "flights-prepare") as database:
        tokens = PostgresTokens(database)
        is_new = await is_unused(database)
        await _own_token(effective, tokens, now)
        await _pages_token(effective, tokens, now)
        if not settings.demo:
            await end_demo(tokens, now)
            return
        if is_new:
            await _demo_token(database, tokens, now)
        if await is_demo(tokens):
            await _fund(database, TRAVEL)
            await _demo_feeds(database, settings, now)


async def is_demo(tokens: Tokens) -> bool:
    """Whether this database is a demo's: its token was made in it, and is good."""
    token = await tokens.find(hash_of(DEMO_TOKEN))
    return token is not None and token.revoked_at is None


async def end_demo(tokens: Tokens, now: datetime) -> None:
    """The token that everybody knows is no good any more."""
    await tokens.revoke(DEMO, token_id_of(hash_of(DEMO_TOKEN)), now)


async def _own_token(effective: Effective, tokens: Tokens, now: datetime) -> None:
    """The token of this machine's commands: in a file that only its owner reads."""
    fleet = effective.section(FleetSettings)
    settings = effective.section(FlightsSettings)
    text = ensure_key(in_data(settings.token_file, fleet, "flights.token")).decode("ascii")
    await tokens.create(new_token(text, OPERATOR, "this machine", SCOPES, now))


async def _pages_token(effective: Effective, tokens: Tokens, now: datetime) -> None:
    """The token that the pages ask the API with: it looks up and books, and no more."""
    fleet = effective.section(FleetSettings)
    settings = effective.section(FlightsSettings)
    text = ensure_key(pages_token_file(settings, fleet)).decode("ascii")
    await tokens.create(new_token(text, TRAVEL, "the pages", ("read", "book"), now))


async def _demo_token(database: Database, tokens: Tokens, now: datetime) -> None:
    for owner in (OPERATOR, DEMO):
        await _fund(database, owner)
    await tokens.create(new_token(DEMO_TOKEN, DEMO, "known to everybody", ("read", "book"), now))


async def _fund(database: Database, owner: str) -> None:
    """The demo's money, once for each owner."""
    await PostgresBalances(database).top_up(owner, Money(DEMO_BALANCE, CURRENCY), "demo")


async def _demo_feeds(database: Database, settings: FlightsSettings, now: datetime) -> None:
    store = PostgresFeeds(database, reconcile, rule=price_rule(settings))
    ingest = Ingest(store, SystemClock())
    await DemoDeliveries(world_of(settings), ingest, store).deliver(now, AT_FIRST)
