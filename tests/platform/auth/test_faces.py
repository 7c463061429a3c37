"""Pages for people: two languages, escaped, one style, nothing that runs."""

from typing import get_args

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request

from holdfast.platform.auth.audit import Origin, Recorded
from holdfast.platform.auth.faces import STYLE_PATH, PlainFaces, Way, style_route
from holdfast.platform.auth.people import Principal
from holdfast.platform.auth.roles import Role, actions_of
from holdfast.platform.auth.site import View
from tests.support.people import START

MIRA = Principal("mira", frozenset({Role.STUDENT, Role.TEACHER}), frozenset(), "1234")
HOSTILE = Recorded(1, START, "<b>mira</b>", "course changed", "x", "y", Origin("192.0.2.7", "<i>"))
ENTRIES = (HOSTILE,)
VIEWS = [
    View("enter", target="/a?b=1&c=2"),
    View("enter", 429, "braked", number=7),
    View("welcome", key="k"),
    View("me", principal=MIRA),
    View("me", 403, "no audit", MIRA),
    View("audit", principal=MIRA),
    View("audit", principal=MIRA, entries=ENTRIES, older=1),
]


def asked(language: str = "en") -> Request:
    headers = [(b"accept-language", language.encode())]
    scope = {"type": "http", "headers": headers, "method": "GET", "path": "/enter"}
    return Request({**scope, "query_string": b""})


@pytest.mark.parametrize("view", VIEWS, ids=lambda v: f"{v.page}-{v.status}-{v.older}")
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


@pytest.mark.parametrize(
    ("view", "link"),
    [
        (VIEWS[0], "/enter?next=%2Fa%3Fb%3D1%26c%3D2&amp;lang=de"),
        (View("enter"), "/enter?lang=de"),
        (View("guest", name="guest.admin"), "/enter?lang=de"),
        (View("welcome", key="k"), "/welcome?key=k&amp;lang=de"),
        (View("me", principal=MIRA), "/me?lang=de"),
        (View("audit", principal=MIRA), "/audit?lang=de"),
    ],
    ids=lambda one: one.page if isinstance(one, View) else "",
)
def test_each_page_leads_to_itself_in_the_other_language(view: View, link: str) -> None:
    text = bytes(PlainFaces()(asked(), view).body).decode()
    assert f'href="{link}" lang="de" hreflang="de">Deutsch</a>' in text
    assert 'lang="en" hreflang="en" aria-current="true">English</a>' in text


async def test_the_style_is_kept_for_long_under_its_own_address() -> None:
    transport = httpx.ASGITransport(Starlette(routes=[style_route()]))
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        answer = await client.get(STYLE_PATH)
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-type"].startswith("text/css")


def test_what_the_audit_log_holds_is_escaped() -> None:
    text = bytes(PlainFaces()(asked(), View("audit", principal=MIRA, entries=ENTRIES)).body)
    assert b"&lt;b&gt;mira" in text
    assert b"<b>" not in text
    assert b"<i>" not in text


def test_the_way_to_the_audit_log_is_shown_to_whom_it_is_for() -> None:
    reader = Principal("odo", frozenset({Role.OPERATOR}), actions_of({Role.OPERATOR}), "")
    for principal, is_shown in ((MIRA, False), (reader, True)):
        text = bytes(PlainFaces()(asked(), View("me", principal=principal)).body).decode()
        assert ('href="/audit"' in text) == is_shown
