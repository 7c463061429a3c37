"""The law of the language switch of the pages for people: a link to the same page in each language.

The address says which one is wanted (`?lang=`), and a cookie keeps it: the one that the pages of
both applications read. A page that answers a form has no address of its own, so whoever makes it
names the one that shows the form.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from holdfast.platform.auth.words import LANGUAGE_COOKIE, LANGUAGES, Language, language_of

ASKS = "lang"
"""The field of an address that asks for a language."""
KEPT_S = 365 * 24 * 3600
"""A choice says nothing about the reader but their language."""


@dataclass(frozen=True, slots=True)
class Switch:
    """A link to a page in a language, by the language's own name, or the mark of the present."""

    language: Language
    name: str
    href: str
    is_current: bool


def language_in(request: Request) -> Language:
    """The reader's language."""
    accepts = request.headers.get("accept-language", "")
    return language_of(request.cookies, accepts, request.query_params.get(ASKS, ""))


def switches(path: str, fields: Mapping[str, str], current: Language) -> tuple[Switch, ...]:
    """The page at `path` with these `fields` in its query, in each language; empty ones are left
    out."""
    asked = [(name, value) for name, value in fields.items() if value]
    return tuple(
        Switch(one, name, f"{path}?{urlencode([*asked, (ASKS, one)])}", one == current)
        for one, name in LANGUAGES.items()
    )


def keep_choice(request: Request, response: Response) -> None:
    """Let the browser keep the language that the address asks for."""
    asked = request.query_params.get(ASKS, "")
    if asked in LANGUAGES:
        response.set_cookie(
            LANGUAGE_COOKIE,
            asked,
            max_age=KEPT_S,
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )
