"""Pages for people: two languages, escaped, one style, nothing that runs."""

from typing import get_args

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request

from holdfast.platform.auth.faces import STYLE_PATH, PlainFaces, Way, style_route
from holdfast.platform.auth.people import Principal
from holdfast.platform.auth.roles import Role
from holdfast.platform.auth.site import View

MIRA = Principal("mira", frozenset({Role.STUDENT, Role.TEACHER}), frozenset(), "1234")
VIEWS = [
    View("enter", target="/a?b=1&c=2"),
    View("enter", 429, "braked", number=7),
    View("welcome", key="k"),
    View("me", principal=MIRA),
]


def asked(language: str = "en") -> Request:
    headers = [(b"accept-language", language.encode())]
    return Request({"type": "http", "headers": headers, "method": "GET", "path": "/enter"})


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: f"{view.page}-{view.status}")
@pytest.mark.parametrize("language", ["en", "de"])
def test_each_page_is_small_and_runs_nothing(view: View, language: str) -> None:
    answer = PlainFaces(get_args(Way), "Example University")(asked(language), view)
    text = bytes(answer.body).decode()
    assert answer.status_code == view.status
    assert f'<html lang="{language}">' in text
    assert "<script" not in text
    assert "style=" not in text
    assert len(text) < 10_000
    assert answer.headers["cache-control"] == "private, no-store"


def test_ways_that_are_not_there_are_not_shown() -> None:
    text = bytes(PlainFaces()(asked(), VIEWS[0]).body).decode()
    assert "/login/university" not in text
    assert 'action="/enter"' not in text
    assert 'action="/login"' in text


def test_the_target_is_escaped() -> None:
    view = View("enter", target='/"><script>')
    assert "<script>" not in bytes(PlainFaces(("university",))(asked(), view).body).decode()


async def test_the_style_is_kept_for_long_under_its_own_address() -> None:
    transport = httpx.ASGITransport(Starlette(routes=[style_route()]))
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        answer = await client.get(STYLE_PATH)
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-type"].startswith("text/css")
