"""The law of a checkup: one look at the database as its owner, for people; it changes nothing.

Whatever is wrong with the server becomes a sentence; only a bug raises.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from holdfast.errors import HoldfastError, Mistake
from holdfast.platform.data.database import Database
from holdfast.platform.data.migrate import standing
from holdfast.platform.data.provision import Owner
from holdfast.platform.data.queries import Statement
from holdfast.platform.runtime.schema import Schema

CONNECT_S = 3.0
"""Longer, and it is down for whoever asks."""
_LOOK = Statement(
    "checkup",
    """
    SELECT current_setting('server_version_num')::integer / 10000 AS version,
           current_setting('max_connections')::integer AS connections_limit,
           (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')::integer
               AS connections,
           (SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming')::integer
               AS replicas,
           coalesce((SELECT max(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn))
               FROM pg_stat_replication), 0)::bigint AS lag_bytes,
           extract(epoch FROM clock_timestamp())::double precision AS clock
    """,
)


@dataclass(frozen=True, slots=True)
class Checkup:
    """What was seen. `error`: why nothing else was; `skew_s`: the server's clock minus ours."""

    error: str = ""
    version: int = 0
    connections: int = 0
    connections_limit: int = 0
    replicas: int = 0
    lag_bytes: int = 0
    skew_s: float = 0.0
    due: tuple[str, ...] = ()


async def checkup(
    owner: Owner, schemas: Sequence[Schema], clock: Callable[[], float] = time.time
) -> Checkup:
    """Look once. `clock`: seconds since 1970."""
    limits = replace(owner.limits, connect_s=CONNECT_S, acquire_s=CONNECT_S)
    try:
        async with await Database.connect(owner.dsn, limits=limits, name="doctor") as database:
            before = clock()
            row = await database.fetchrow(_LOOK)
            after = clock()
            assert row is not None
            return Checkup(
                version=row["version"],
                connections=row["connections"],
                connections_limit=row["connections_limit"],
                replicas=row["replicas"],
                lag_bytes=row["lag_bytes"],
                skew_s=row["clock"] - (before + after) / 2,
                due=await _due(database, schemas),
            )
    except (HoldfastError, OSError) as error:
        return Checkup(error=str(error).rstrip("."))


async def _due(database: Database, schemas: Sequence[Schema]) -> tuple[str, ...]:
    found = []
    for schema in schemas:
        try:
            here = await standing(database, schema.name, schema.migrations)
        except Mistake as mistake:
            found.append(str(mistake))
            continue
        found += [f"{schema.name} {one.label}" for one in here.due]
    return tuple(found)
