"""A database is unused until the first token is made or the first file comes."""

from datetime import UTC, datetime

from holdfast.flights.domain.delivery import Delivery, FeedFormat, FeedKind, Rejected
from holdfast.flights.entrypoints.desk.tokens import new_token
from holdfast.flights.store.access import PostgresTokens
from holdfast.flights.store.disruptions import reconcile
from holdfast.flights.store.feeds import PostgresFeeds
from holdfast.flights.store.first_start import is_unused
from holdfast.platform.data.database import Database

NOW = datetime(2026, 11, 26, tzinfo=UTC)


async def test_an_ended_token_is_use_enough(flights_database: Database) -> None:
    assert await is_unused(flights_database)
    tokens = PostgresTokens(flights_database)
    new = new_token("t", "vega", "x", ("read",), NOW)
    await tokens.create(new)
    (made,) = await tokens.list("vega")
    await tokens.revoke("vega", made.token_id, NOW)
    assert not await is_unused(flights_database)


async def test_a_file_that_was_refused_is_use_enough(flights_database: Database) -> None:
    delivery = Delivery(
        airline="ZZ",
        feed="season",
        kind=FeedKind.SCHEDULE,
        format=FeedFormat.SSIM,
        sequence=1,
        produced_at=NOW,
        is_full=True,
        sha256=bytes(32),
        size_bytes=0,
    )
    await PostgresFeeds(flights_database, reconcile).note(delivery, Rejected("it is empty"))
    assert not await is_unused(flights_database)
