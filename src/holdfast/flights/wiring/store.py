"""The law of flights' database: opened with the limits of `[database]`, its schema up to date.

Only processes, `prepare` and the tokens' task import this: it brings the database driver.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from holdfast.flights.store.tables import MIGRATIONS, SCHEMA
from holdfast.platform.data.database import Database, Limits
from holdfast.platform.data.embedded import dsn_file
from holdfast.platform.data.migrate import ensure
from holdfast.platform.data.settings import DatabaseSettings, address_in
from holdfast.platform.runtime.config import Effective
from holdfast.platform.runtime.settings import FleetSettings


@asynccontextmanager
async def opened_database(effective: Effective, name: str) -> AsyncIterator[Database]:
    """The database of flights, migrated; closed when the block is left.

    Without an address in `[database]` it is the one that `holdfast up` runs on this data folder.
    """
    settings = effective.section(DatabaseSettings)
    if not settings.dsn and not settings.dsn_file:
        own = dsn_file(effective.section(FleetSettings).data)
        effective = effective.with_values({"database.dsn_file": str(own)}, origin="data folder")
        settings = effective.section(DatabaseSettings)
    limits = Limits.of(settings)
    async with await Database.connect(
        address_in(settings), limits=limits, schema=SCHEMA, name=name
    ) as database:
        await ensure(database, SCHEMA, MIGRATIONS)
        yield database
