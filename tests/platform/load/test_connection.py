"""One connection: kept alive, opened again, and honest about what went wrong."""

import pytest

from holdfast.platform.load.connection import Broken, Connection
from holdfast.platform.runtime.journey import Ask
from tests.support.tiny_site import tiny_site


async def test_requests_follow_each_other_on_one_connection() -> None:
    async with tiny_site() as site:
        connection = Connection("127.0.0.1", site.port)
        first = await connection.ask(Ask("a", "/"), {})
        second = await connection.ask(Ask("a", "/"), {"if-none-match": first.etag})
        connection.close()
    assert (first.status, first.body, first.etag) == (200, b"ok", "x1")
    assert second.status == 304
    assert site.connections == 1


async def test_an_answer_that_does_not_come_is_broken_with_a_word() -> None:
    async with tiny_site() as site:
        connection = Connection("127.0.0.1", site.port)
        with pytest.raises(Broken, match="closed"):
            await connection.ask(Ask("a", "/close"), {})
        assert not connection.is_open


async def test_nobody_there_is_refused() -> None:
    async with tiny_site() as site:
        port = site.port
    with pytest.raises(Broken, match="refused"):
        await Connection("127.0.0.1", port).ask(Ask("a", "/"), {})


async def test_only_reading_is_tried_again() -> None:
    async with tiny_site() as site:
        connection = Connection("127.0.0.1", site.port)
        await connection.ask(Ask("a", "/"), {})
        with pytest.raises(Broken):
            await connection.ask(Ask("a", "/close", "POST", b"{}"), {})
        await connection.ask(Ask("a", "/"), {})
        with pytest.raises(Broken):
            await connection.ask(Ask("a", "/close"), {})
        connection.close()
    assert site.paths == ["/", "/close", "/", "/close", "/close"]
