"""Sites and their ground on a database of the test's own."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from holdfast.flights.entrypoints.http.app import Doors
from holdfast.flights.entrypoints.http.signed_tokens import Signer
from holdfast.flights.store.access import PostgresRemembered, PostgresTokens
from holdfast.flights.store.reference import atlas
from holdfast.flights.wire.duffel_places import Names
from holdfast.flights.wiring.sites.ground import Ground
from holdfast.platform.data.database import Database
from holdfast.platform.runtime.clock import SystemClock
from tests.flights.wiring.settings import effective


async def _ping() -> None:
    return None


@pytest.fixture
async def ground(flights_database: Database, tmp_path: Path) -> AsyncIterator[Ground]:
    """A ground with default settings and an empty database."""
    doors = Doors(
        PostgresTokens(flights_database),
        PostgresRemembered(flights_database),
        Signer(b"k" * 32),
        _ping,
    )
    async with AsyncExitStack() as stack:
        yield Ground(
            effective({"fleet.data": tmp_path}),
            flights_database,
            doors,
            SystemClock(),
            Names(atlas()),
            stack,
        )
