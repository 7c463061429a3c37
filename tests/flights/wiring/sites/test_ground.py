"""What all processes stand on is opened once, and upkeep outlives a store that fails."""

import asyncio
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from holdfast.errors import DefiniteError
from holdfast.flights.wiring.sites.ground import Ground, Site, every, opened_site
from tests.flights.wiring.settings import effective


def public(ground: Ground, **values: object) -> Ground:
    named = {f"fleet.{key}" if key == "host" else f"flights.{key}": v for key, v in values.items()}
    return replace(ground, effective=ground.effective.with_values(named))


async def test_webhooks_may_go_to_private_addresses_while_only_this_machine_reaches_us(
    ground: Ground,
) -> None:
    assert ground.may_call_private()
    assert public(ground, host="localhost").may_call_private()
    assert not public(ground, host="0.0.0.0").may_call_private()
    assert not public(ground, host="flights.example").may_call_private()
    assert not public(ground, webhooks_to="public").may_call_private()
    assert public(ground, host="0.0.0.0", webhooks_to="anywhere").may_call_private()


async def test_a_site_is_opened_on_the_database_with_a_key_of_its_own(
    flights_dsn: str, tmp_path: Path
) -> None:
    settings = effective({"database.dsn": flights_dsn, "fleet.data": tmp_path})
    async with opened_site(settings, "test", lambda ground: Site(ground.app(()))) as site:
        transport = httpx.ASGITransport(site.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://site.test") as client:
            answer = await client.get("/health/ready")
    assert answer.status_code == 200
    assert (tmp_path / "flights.key").stat().st_mode & 0o077 == 0


async def test_upkeep_goes_on_after_a_turn_that_failed() -> None:
    turns: list[int] = []
    done = asyncio.Event()

    async def work() -> None:
        turns.append(1)
        if len(turns) == 1:
            raise DefiniteError("the database is away")
        done.set()

    running = asyncio.create_task(every(0.001, work)())
    async with asyncio.timeout(10):
        await done.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert len(turns) >= 2
