"""Rendering: always escaped, strict headers, no inline script or style anywhere."""

import re

import httpx
import pytest
from jinja2 import UndefinedError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from holdfast.grading.pages.assets import load
from holdfast.grading.pages.rendering import Renderer, renderer

NOT_THERE = {"kind": 404, "reason": 404, "home": "", "can_repeat": True}


@pytest.fixture(scope="module")
def render() -> Renderer:
    return renderer(load(), "/api/grading/live")


def templates(render: Renderer) -> dict[str, str]:
    environment = render.environments["en"]
    loader = environment.loader
    assert loader is not None
    names = environment.list_templates()
    return {name: loader.get_source(environment, name)[0] for name in names}


def test_values_are_escaped(render: Renderer) -> None:
    form: HTMLResponse = render.page("enter.html", is_wrong=False, target='/"><script>x</script>')
    assert b"<script>x" not in form.body
    assert b"&lt;script&gt;" in form.body


def test_a_lone_surrogate_cannot_break_a_page(render: Renderer) -> None:
    assert render.page("enter.html", is_wrong=True, target="/\ud800").status_code == 200


def test_a_value_that_is_missing_is_a_mistake_and_not_an_empty_place(render: Renderer) -> None:
    with pytest.raises(UndefinedError):
        render.page("enter.html", target="/")


def test_every_page_carries_the_strict_headers(render: Renderer) -> None:
    headers = render.page("problem.html", 404, **NOT_THERE).headers  # type: ignore[arg-type]
    assert headers["content-language"] == "en"
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == "private, no-store"


def test_no_template_goes_around_the_escaping_or_the_policy(render: Renderer) -> None:
    for name, source in templates(render).items():
        assert not re.search(r"\|\s*safe\b|autoescape|\bMarkup\b", source), name
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", source), name
        for script in re.findall(r"<script[^>]*>", source):
            assert "src=" in script, name


def test_unquoted_attributes_hold_only_numbers_slugs_and_letters(render: Renderer) -> None:
    value = re.compile(r"\s[a-z-]+=((?:\{\{.*?\}\}|[^\s>\"'{])+)")
    safe = {"row.uid", "cell.slug", "cell.letter"}
    for name, source in templates(render).items():
        without_logic = re.sub(r"\{%.*?%\}", "", source, flags=re.S)
        for unquoted in value.findall(without_logic):
            used = {part.strip() for part in re.findall(r"\{\{(.*?)\}\}", unquoted)}
            assert used <= safe, f"{name}: {unquoted}"


async def _sent(path: str, cookie: str = "", accept: str = "") -> httpx.Response:
    async def page(request: Request) -> Response:
        return renderer(load(), "/live").answer(request, "problem.html", 404, **NOT_THERE)  # type: ignore[arg-type]

    app = Starlette(routes=[Route("/{path:path}", page)])
    headers = {"accept-language": accept} | ({"cookie": cookie} if cookie else {})
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://class") as client:
        return await client.get(path, headers=headers)


async def test_a_page_comes_in_the_language_of_the_browser() -> None:
    answer = await _sent("/", accept="de-DE,de;q=0.9")
    assert answer.headers["content-language"] == "de"
    assert '<html lang="de">' in answer.text
    assert "Diese Seite gibt es nicht" in answer.text
    assert "set-cookie" not in answer.headers


async def test_a_link_switches_the_language_and_it_stays() -> None:
    english = await _sent("/?name=a%22b", accept="en")
    assert 'href="?name=a%22b&amp;lang=de"' in english.text
    switched = await _sent("/?name=a&lang=de", accept="en")
    assert switched.headers["content-language"] == "de"
    kept = switched.headers["set-cookie"].partition(";")[0]
    assert (await _sent("/", cookie=kept, accept="en")).headers["content-language"] == "de"


async def test_a_language_that_there_is_not_is_not_kept() -> None:
    answer = await _sent("/?lang=xx")
    assert answer.headers["content-language"] == "en"
    assert "set-cookie" not in answer.headers
