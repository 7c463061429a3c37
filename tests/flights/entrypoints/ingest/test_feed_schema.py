"""The schema of the fares feed is there for everybody."""

import json

from holdfast.flights.entrypoints.ingest.feed_schema import operations
from holdfast.flights.wire.fares_records import fares_schema
from tests.flights.entrypoints.http.site import site


async def test_anybody_reads_the_schema() -> None:
    async with site(operations()) as found, found.client("", None) as asking:
        answer = await asking.get("/api/flights/feeds/schema")
    assert answer.status_code == 200
    assert answer.json() == json.loads(json.dumps(fares_schema()))
    assert answer.json()["$defs"].keys() == {"Header", "Fare", "Limits", "Tier", "Trailer"}
