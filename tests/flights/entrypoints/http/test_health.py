"""Balancers learn whether a process lives and whether it can serve, without a token."""

import json
from typing import cast

import pytest

from holdfast.errors import DefiniteError, IndefiniteError
from holdfast.flights.entrypoints.http.envelopes import encoded_plain
from holdfast.flights.entrypoints.http.health import Health
from holdfast.flights.entrypoints.http.operation import Call
from tests.flights.entrypoints.http.site import Site


async def test_a_process_that_can_serve_says_so(shop: Site) -> None:
    async with shop.client(token=None, version=None) as balancer:
        for path in ("/health/live", "/health/ready"):
            answer = await balancer.get(path)
            assert (answer.status_code, answer.json()) == (200, {"ok": True})
            assert "ratelimit-limit" not in answer.headers


@pytest.mark.parametrize("error", [DefiniteError("x"), IndefiniteError("x"), TimeoutError()])
async def test_without_its_store_it_lives_but_is_not_ready(shop: Site, error: Exception) -> None:
    shop.database_errors.append(error)
    async with shop.client(token=None, version=None) as balancer:
        assert (await balancer.get("/health/live")).status_code == 200
        assert (await balancer.get("/health/ready")).status_code == 503


async def test_what_a_process_tells_of_itself_is_told_where_it_is_ready() -> None:
    async def ping() -> None:
        return None

    figures = {"snapshot_age_s": 0.5, "searches": 3.0, "never": None}
    ready = Health(ping, lambda: figures).operations()[1]
    shape = await ready.handle(cast(Call, None))
    assert json.loads(encoded_plain(shape)) == {"ok": True, "figures": figures}
