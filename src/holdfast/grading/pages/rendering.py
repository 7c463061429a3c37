"""The law of rendering: one environment a language, always escaping, and every page's headers.

Templates escape every value by themselves and there is no way around it: no value is ever marked
safe. A page may load only this site's own style, script and marks, and runs no inline script.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from holdfast.grading.pages import words
from holdfast.grading.pages.assets import Assets
from holdfast.grading.pages.languages import (
    COOKIE,
    COOKIE_S,
    LANGUAGES,
    Language,
    Tongue,
    language_of,
    tongues,
)
from holdfast.platform.auth.switch import Switch

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

    environments: Mapping[Language, Environment]
    is_teacher: Callable[[Request], bool] = lambda _: False

    def page(
        self,
        template: str,
        status: int = 200,
        *,
        language: Language = "en",
        switches: Sequence[Switch] = (),
        is_teacher: bool = False,
        is_practice: bool = False,
        **values: object,
    ) -> HTMLResponse:
        """Render `template`. Whatever cannot be encoded was made visible before, or is replaced."""
        found = self.environments[language].get_template(template)
        body = found.render(
            switches=switches, is_teacher=is_teacher, is_practice=is_practice, **values
        )
        return HTMLResponse(
            body.encode("utf-8", "replace"),
            status,
            headers={**HEADERS, "content-language": language},
        )

    def answer(
        self, request: Request, template: str, status: int = 200, **values: object
    ) -> HTMLResponse:
        """Render `template` in the reader's language. A language that the address asks for is
        kept in a cookie, so a link is enough to switch."""
        language = request_language(request)
        page = self.page(
            template,
            status,
            language=language,
            switches=_switches(request, language),
            is_teacher=self.is_teacher(request),
            is_practice=getattr(request.state, "is_practice", False),
            **values,
        )
        if request.query_params.get("lang") == language:
            page.set_cookie(
                COOKIE,
                language,
                max_age=COOKIE_S,
                httponly=True,
                samesite="lax",
                secure=request.url.scheme == "https",
            )
        return page


def request_language(request: Request) -> Language:
    """The language that the reader of this request gets."""
    return language_of(
        request.query_params.get("lang", ""),
        request.cookies.get(COOKIE, ""),
        request.headers.get("accept-language", ""),
    )


def _switches(request: Request, current: Language) -> tuple[Switch, ...]:
    """The same address in each language. Pages that answer a form have no address of their own."""
    if request.method not in ("GET", "HEAD"):
        return ()
    return tuple(
        Switch(
            language,
            name,
            f"?{request.url.include_query_params(lang=language).query}",
            language == current,
        )
        for language, name in LANGUAGES.items()
    )


def renderer(
    assets: Assets, live: str, is_teacher: Callable[[Request], bool] = lambda _: False
) -> Renderer:
    """The environments of the pages. `live` is the address of the event stream; `is_teacher` says
    who is shown the way to the teacher's pages."""
    environments = {
        language: _environment(tongue, assets, live) for language, tongue in tongues().items()
    }
    return Renderer(environments, is_teacher)


def _environment(tongue: Tongue, assets: Assets, live: str) -> Environment:
    environment = Environment(
        loader=PackageLoader("holdfast.grading.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        decimal=tongue.decimal,
        count=lambda number, singular, plural="": tongue.count(number, singular, plural),
        excerpt=words.excerpt,
        duration=words.duration_words,
        iso=words.iso,
        moment=tongue.moment,
        named=words.named,
        offset=words.offset_words,
        paragraph=words.paragraph,
        person=words.person,
        pieces=words.pieces,
        shortened=words.shortened,
        visible=words.visible,
    )
    environment.globals.update(
        asset=assets.address, live=live, t=tongue.says, language=tongue.language
    )
    return environment
