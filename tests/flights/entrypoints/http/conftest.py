"""A site of things, and a client who may do everything."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.flights.entrypoints.http.site import Site, site
from tests.flights.entrypoints.http.things import Things


@pytest.fixture
def things() -> Things:
    """The handlers."""
    return Things()


@pytest.fixture
async def shop(things: Things) -> AsyncIterator[Site]:
    """The application of things."""
    async with site(things.operations()) as found:
        yield found


@pytest.fixture
async def anna(shop: Site) -> AsyncIterator[httpx.AsyncClient]:
    """A client with a token for everything."""
    async with shop.client() as client:
        yield client
