"""The law of opening identity's store: a small pool of its own, on the schema `people`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from holdfast.platform.auth.ports import Acts
from holdfast.platform.auth.postgres import PostgresPeople
from holdfast.platform.auth.tables import MIGRATIONS, SCHEMA
from holdfast.platform.data.database import Database, Limits
from holdfast.platform.data.migrate import ensure
from holdfast.platform.data.provision import owner_of
from holdfast.platform.data.settings import DatabaseSettings, address_in
from holdfast.platform.runtime.config import Effective

WRITERS = 1
"""What people decide comes seldom."""
POOL_SIZE = 3
"""Looking a session up takes half a millisecond; three connections do thousands a second."""


@asynccontextmanager
async def opened_people(effective: Effective) -> AsyncIterator[PostgresPeople]:
    """The store, for a process that lets people in, with that process's own role."""
    settings = effective.section(DatabaseSettings)
    async with _opened(address_in(settings), Limits.of(settings)) as people:
        yield people


@asynccontextmanager
async def opened_sessions(effective: Effective) -> AsyncIterator[PostgresPeople]:
    """The store, for a process where people only log in, with that process's own role."""
    settings = effective.section(DatabaseSettings)
    limits = Limits.of(settings)
    async with _opened(address_in(settings), limits, only_sessions=True) as people:
        yield people


@asynccontextmanager
async def opened_acts(effective: Effective) -> AsyncIterator[Acts]:
    """The audit log, for a process that only writes to it: one connection."""
    settings = effective.section(DatabaseSettings)
    async with _opened(address_in(settings), Limits.of(settings), WRITERS) as people:
        yield people


@asynccontextmanager
async def opened_by_owner(effective: Effective) -> AsyncIterator[PostgresPeople]:
    """The store, for commands of whoever may open the database."""
    owner = owner_of(effective)
    async with _opened(owner.dsn, owner.limits) as people:
        yield people


@asynccontextmanager
async def _opened(
    dsn: str, limits: Limits, most: int = POOL_SIZE, *, only_sessions: bool = False
) -> AsyncIterator[PostgresPeople]:
    small = replace(limits, pool_size=min(limits.pool_size, most))
    async with await Database.connect(dsn, limits=small, schema=SCHEMA, name=SCHEMA) as database:
        await ensure(database, SCHEMA, MIGRATIONS)
        yield PostgresPeople(database, only_sessions=only_sessions)
