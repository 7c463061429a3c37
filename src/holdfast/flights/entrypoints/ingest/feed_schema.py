"""The law of the published schema: whoever writes a fares feed can check its lines beforehand."""

from collections.abc import Sequence
from typing import Any

from holdfast.flights.entrypoints.http.operation import Call, Operation, elsewhere
from holdfast.flights.wire.fares_records import fares_schema

FEED_SCHEMA = Operation(
    "GET",
    "/api/flights/feeds/schema",
    "The JSON Schema of a line of a fares feed",
    elsewhere,
    dict[str, Any],
    public=True,
    envelope=False,
    dialect="native",
    tag="feeds",
)
DECLARED = (FEED_SCHEMA,)


async def schema(_: Call) -> dict[str, Any]:
    """What `wire.fares_records` decodes."""
    return fares_schema()


def operations() -> Sequence[Operation]:
    """Its declaration, served."""
    return (FEED_SCHEMA.by(schema),)
