"""Alive is not ready: the database decides."""

import asyncio

import pytest

from holdfast.grading.entrypoints.results_api import health
from holdfast.platform.data.failures import Unavailable
from tests.support.results_site import Site


async def test_a_process_with_its_database_is_alive_and_ready(site: Site) -> None:
    for path in ("/health/live", "/health/ready"):
        answer = await site.client().get(path)
        assert (answer.status_code, answer.json()) == (200, {"ok": True})


@pytest.mark.parametrize("is_silent", [True, False])
async def test_without_its_database_it_is_alive_but_not_ready(
    site: Site, monkeypatch: pytest.MonkeyPatch, is_silent: bool
) -> None:
    async def ping() -> None:
        if is_silent:
            await asyncio.Event().wait()
        raise Unavailable("away")

    monkeypatch.setattr(health, "PING_S", 0.01)
    monkeypatch.setattr(site.store, "ping", ping)
    assert (await site.client().get("/health/live")).status_code == 200
    answer = await site.client().get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["error"]["what"] == "the database does not answer"
