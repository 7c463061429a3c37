"""The law of rendering: one environment, always escaping, and the headers of every page.

Templates escape every value by themselves and there is no way around it: no value is ever marked
safe. A page may load only this site's own style, script and marks, and runs no inline script.
"""

from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from holdfast.grading.pages import words
from holdfast.grading.pages.assets import Assets

POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "connect-src 'self'",
        "img-src 'self' data:",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    # Results change all the time and are personal: nothing in between may keep a page.
    "cache-control": "private, no-store",
}


@dataclass(frozen=True, slots=True)
class Renderer:
    """Turns a template and its values into an answer."""

    environment: Environment

    def page(self, template: str, status: int = 200, **values: object) -> HTMLResponse:
        """Render `template`. Whatever cannot be encoded was made visible before, or is replaced."""
        text = self.environment.get_template(template).render(**values)
        body = text.encode("utf-8", "replace")
        return HTMLResponse(body, status, headers=HEADERS)


def renderer(assets: Assets, live: str) -> Renderer:
    """The environment of the pages. `live` is the address of the event stream."""
    environment = Environment(
        loader=PackageLoader("holdfast.grading.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        count=words.count,
        excerpt=words.excerpt,
        duration=words.duration_words,
        iso=words.iso,
        moment=words.moment_words,
        named=words.named,
        offset=words.offset_words,
        paragraph=words.paragraph,
        person=words.person,
        pieces=words.pieces,
        shortened=words.shortened,
        visible=words.visible,
    )
    environment.globals.update(asset=assets.address, live=live)
    return Renderer(environment)
