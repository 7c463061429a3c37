"""One seeded class for all page tests: nobody writes to it."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import pytest
from starlette.applications import Starlette

from holdfast.grading.domain.rules import Rules
from holdfast.grading.domain.scenarios import CATALOGUE
from holdfast.grading.pages.routes import routes
from holdfast.grading.store.memory import MemoryStore
from tests.support.seeded_class import Clock, seeded_store

Get = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture(scope="session")
def store() -> MemoryStore:
    return asyncio.run(seeded_store(CATALOGUE, Clock()))


@pytest.fixture
def get(store: MemoryStore) -> Get:
    app = Starlette(routes=routes(store, CATALOGUE, Rules(time_scale=0.01), Clock()))

    async def fetch(path: str, accept: str = "text/html") -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://class") as client:
            return await client.get(path, headers={"accept": accept})

    return fetch
