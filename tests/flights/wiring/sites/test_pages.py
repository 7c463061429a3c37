"""The pages process: no database, a token of its own, the API that the settings name."""

from pathlib import Path

import httpx

from holdfast.flights.wiring.sites.pages import pages_site
from tests.flights.wiring.settings import effective


async def test_the_pages_are_served_without_a_database_by_a_token_made_on_first_use(
    tmp_path: Path,
) -> None:
    settings = effective({"fleet.data": tmp_path, "flights.api_url": "http://127.0.0.1:9"})
    token = tmp_path / "flights-pages.token"
    async with pages_site(settings, "flights-pages-1") as site:
        made = token.read_text()
        assert token.stat().st_mode & 0o077 == 0
        transport = httpx.ASGITransport(site.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://travel") as browser:
            assert (await browser.get("/")).status_code == 200
            assert (await browser.get("/health/ready")).status_code == 503, "nobody is there"
    async with pages_site(settings, "flights-pages-2"):
        assert token.read_text() == made


async def test_the_token_may_be_elsewhere(tmp_path: Path) -> None:
    named = tmp_path / "keys"
    settings = effective({"fleet.data": tmp_path, "flights.pages_token_file": str(named)})
    async with pages_site(settings, "flights-pages-1"):
        assert named.exists()
        assert not (tmp_path / "flights-pages.token").exists()
