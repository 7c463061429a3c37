"""Pages are escaped, forbid everything that is not theirs, and are kept by nobody in between."""

from holdfast.flights.pages.rendering import POLICY, renderer
from holdfast.flights.pages.routes import ASSETS
from holdfast.platform.web.assets import load_assets
from tests.flights.pages.pages_site import site, visit

HOSTILE = '<script>alert("1")</script>&\u202e\0\ud800\n<img src=x onerror=alert(2)>'


def test_a_page_forbids_everything_that_is_not_its_own() -> None:
    answer = site().render.page(visit(), "problem.html", kind=404)
    assert answer.headers["content-security-policy"] == POLICY
    assert "inline" not in POLICY
    assert "*" not in POLICY
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_whatever_is_put_into_a_template_is_escaped() -> None:
    environment = renderer(load_assets(ASSETS)).environment
    assert environment.autoescape is True
    shown = environment.from_string("<p>{{ value }}</p>").render(value=HOSTILE)
    assert "<script>" not in shown
    assert "<img" not in shown


def test_half_a_character_does_not_break_a_page() -> None:
    here = visit("/results?x=1")
    answer = site().render.page(here, "problem.html", kind=404, status=404)
    assert answer.status_code == 404


def test_no_template_marks_anything_safe_or_runs_anything_inline() -> None:
    templates = ASSETS.parent / "templates"
    for path in templates.glob("*.html"):
        text = path.read_text(encoding="utf-8")
        for wrong in ("|safe", "| safe", "<style", " style=", " onclick", " onload", "javascript:"):
            assert wrong not in text, (path.name, wrong)
        assert "<script" not in text.replace('<script type="module" src="{{ asset(', "")
