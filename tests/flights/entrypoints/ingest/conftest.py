"""An ingest process without its process: the handlers on a store in memory and a spool on disk."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from holdfast.flights.entrypoints.http.acts import Recording
from holdfast.flights.entrypoints.http.clients import Clients
from holdfast.flights.entrypoints.ingest.pushing import Pushing
from holdfast.flights.entrypoints.ingest.reviewing import Reviewing
from holdfast.flights.entrypoints.ingest.spool import Spool, SpoolLimits
from holdfast.flights.service.ingest_feed import Ingest
from holdfast.platform.auth.memory import MemoryPeople
from tests.flights.entrypoints.http.site import SIGNER, ManualClock, Site, new_token, site
from tests.flights.feed_desk import MemoryFeeds

LIMITS = SpoolLimits(file=100_000, airline=150_000, all=200_000)


@dataclass
class Desk:
    """Everything at hand."""

    site: Site
    store: MemoryFeeds
    spool: Spool
    ingest: Ingest
    people: MemoryPeople

    def client(self, token: str) -> httpx.AsyncClient:
        return self.site.client(token, None)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """The desk; `of_ba` and `of_aa` are tokens of airlines, `of_ops` is an operator's."""
    store = MemoryFeeds()
    spool = Spool(tmp_path / "feeds", LIMITS)
    ingest = Ingest(store, ManualClock())
    people = MemoryPeople()
    recording = Recording(people, Clients(SIGNER))
    reviewing = Reviewing(ingest, store, recording=recording)
    operations = [*Pushing(ingest, spool, recording).operations(), *reviewing.operations()]
    async with site(operations) as found:
        feeds = frozenset({"feeds"})
        await found.tokens.create(new_token("of_ba", "BA", scopes=feeds))
        await found.tokens.create(new_token("of_aa", "AA", scopes=feeds))
        await found.tokens.create(new_token("of_reader", "BA", scopes=frozenset({"read"})))
        both = frozenset({"feeds", "operate"})
        await found.tokens.create(new_token("of_ops", "operator", scopes=both))
        yield Desk(found, store, spool, ingest, people)


@pytest.fixture
async def ba(desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    """The airline BA."""
    async with desk.client("of_ba") as client:
        yield client


@pytest.fixture
async def operator(desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    """Whoever runs the system."""
    async with desk.client("of_ops") as client:
        yield client
