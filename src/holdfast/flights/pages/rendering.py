"""The law of rendering: one environment, always escaping, and the headers of every page.

Templates escape every value by themselves and there is no way around it: no value is ever marked
safe. A page may load only this site's own style, scripts and marks, and runs nothing inline.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from holdfast.flights.pages import figures, links
from holdfast.flights.pages.languages import LANGUAGES
from holdfast.platform.web.assets import Assets

if TYPE_CHECKING:
    from holdfast.flights.pages.site import Visit

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
    # Prices and orders are one traveller's and change: nothing in between may keep a page.
    "cache-control": "private, no-store",
}


@dataclass(frozen=True, slots=True)
class Renderer:
    """Turns a template and its values into an answer."""

    environment: Environment

    def page(
        self, visit: "Visit", template: str, status: int = 200, **values: object
    ) -> HTMLResponse:
        """Render `template` for a visitor. Beside `values` it has `say` and `count` (sentences),
        `money`, `day`, `short_day`, `clock`, `moment`, `iso`, `duration`, `number` (figures, in the
        visitor's language), `visit`, `links` and `asset`."""
        language = visit.language
        text = self.environment.get_template(template).render(
            visit=visit,
            language=language,
            say=visit.words,
            count=visit.words.count,
            money=lambda amount, currency: figures.money(amount, currency, language),
            day=lambda value: figures.day(value, language),
            short_day=lambda value: figures.short_day(value, language),
            moment=lambda value: figures.moment(value, language),
            duration=lambda minutes: figures.duration(minutes, language),
            number=lambda value: figures.number(value, language),
            **values,
        )
        # Whatever cannot be encoded is replaced: half a character of a hostile name.
        return HTMLResponse(text.encode("utf-8", "replace"), status, headers=HEADERS)


def renderer(assets: Assets) -> Renderer:
    """The environment of the pages."""
    environment = Environment(
        loader=PackageLoader("holdfast.flights.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        asset=assets.address,
        clock=figures.clock,
        iso=figures.iso,
        languages=LANGUAGES,
        links=links,
    )
    return Renderer(environment)
