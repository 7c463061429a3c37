"""A site in process with two students, and clients of every role."""

from collections.abc import AsyncIterator

import httpx
import pytest

from holdfast.grading.domain.roster import User
from tests.grading.store.contract import ANNA, BEN
from tests.support.results_site import ADMIN, Site, results_site


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    """Open to everybody."""
    async with results_site() as found:
        await found.store.import_roster([User(ANNA, "Anna"), User(BEN, "Bén <b>")])
        yield found


@pytest.fixture
def anyone(site: Site) -> httpx.AsyncClient:
    """A client without a token."""
    return site.client()


@pytest.fixture
def teacher(site: Site) -> httpx.AsyncClient:
    """A client with the admin token."""
    return site.client(ADMIN)
