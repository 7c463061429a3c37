"""Rendering: always escaped, strict headers, no inline script or style anywhere."""

import re

import pytest
from jinja2 import UndefinedError
from starlette.responses import HTMLResponse

from holdfast.grading.pages.assets import load
from holdfast.grading.pages.rendering import Renderer, renderer


@pytest.fixture(scope="module")
def render() -> Renderer:
    return renderer(load(), "/api/grading/live")


def templates(render: Renderer) -> dict[str, str]:
    loader = render.environment.loader
    assert loader is not None
    names = render.environment.list_templates()
    return {name: loader.get_source(render.environment, name)[0] for name in names}


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
    headers = render.page("problem.html", 404, kind=404).headers
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
