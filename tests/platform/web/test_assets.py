"""Assets: addressed by their content, kept by browsers for good."""

from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from holdfast.platform.web.assets import Assets, load_assets


@pytest.fixture
def assets(tmp_path: Path) -> Assets:
    (tmp_path / "page.css").write_text("a{}", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("not served", encoding="utf-8")
    return load_assets(tmp_path)


async def fetch(assets: Assets, path: str) -> httpx.Response:
    app = Starlette(routes=[Route("/assets/{digest}/{name}", assets.serve)])
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://class") as client:
        return await client.get(path)


def test_the_address_changes_with_the_content(assets: Assets, tmp_path: Path) -> None:
    before = assets.address("page.css")
    (tmp_path / "page.css").write_text("b{}", encoding="utf-8")
    assert load_assets(tmp_path).address("page.css") != before


def test_only_files_of_known_kinds_are_served(assets: Assets) -> None:
    assert list(assets.files) == ["page.css"]
    with pytest.raises(KeyError):
        assets.address("notes.txt")


async def test_browsers_keep_a_file_under_its_present_address_for_good(assets: Assets) -> None:
    answer = await fetch(assets, assets.address("page.css"))
    assert answer.text == "a{}"
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_an_old_address_gets_the_present_file_and_does_not_keep_it(assets: Assets) -> None:
    answer = await fetch(assets, "/assets/0123/page.css")
    assert (answer.text, answer.headers["cache-control"]) == ("a{}", "no-cache")


async def test_a_file_that_is_not_there_is_not_found(assets: Assets) -> None:
    assert (await fetch(assets, "/assets/0123/../secret")).status_code == 404
    assert (await fetch(assets, "/assets/0123/notes.txt")).status_code == 404
