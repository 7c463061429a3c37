"""The law of the pages for people: rendered here, the same for every application.

Every value is escaped; a page loads one style of this site and runs nothing. What cannot be said
in words of `words` is not said.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from typing import Literal

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from holdfast.platform.auth.roles import Action
from holdfast.platform.auth.site import MAX_NUMBER_DIGITS, View
from holdfast.platform.auth.switch import Switch, keep_choice, language_in, switches
from holdfast.platform.auth.words import Language, act_in, says

Way = Literal["token", "student", "pin", "university"]
HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "private, no-store",
    "vary": "accept-language, cookie",
}
_STYLE = (files("holdfast.platform.auth") / "templates" / "people.css").read_bytes()
STYLE_PATH = f"/assets/{hashlib.sha256(_STYLE).hexdigest()[:16]}/people.css"


@dataclass(frozen=True, slots=True)
class PlainFaces:
    """Renders views. `ways`: other ways in than a password; `university`: what its button says."""

    ways: Collection[Way] = ()
    university: str = ""

    def __call__(self, request: Request, view: View) -> Response:
        """The page of a view."""
        language = language_in(request)
        wrong = says(language, view.wrong, view.number) if view.wrong else ""
        template = "audit.html" if view.page == "audit" else "people.html"
        reader = view.principal
        text = _environment.get_template(template).render(
            lang=language,
            switches=_switches(request, view, language),
            t=partial(says, language),
            act=partial(act_in, language),
            view=view,
            wrong=wrong,
            told=says(language, view.told) if view.told else "",
            ways=self.ways,
            university=self.university,
            style=STYLE_PATH,
            reads_audit=reader is not None and reader.may(Action.READ_AUDIT),
        )
        answer = HTMLResponse(text.encode("utf-8", "replace"), view.status, headers=HEADERS)
        keep_choice(request, answer)
        return answer


def _switches(request: Request, view: View, language: Language) -> tuple[Switch, ...]:
    """Where the view is to be had in each language. Only what the view knows goes along: an
    address may hold a token."""
    match view.page:
        case "enter":
            target = "" if view.target == "/" else view.target
            return switches("/enter", {"next": target}, language)
        case "guest":
            return switches("/enter", {}, language)
        case "welcome":
            return switches("/welcome", {"key": view.key}, language)
        case "audit":
            before = request.query_params.get("before", "")
            is_number = before.isascii() and before.isdigit() and len(before) <= MAX_NUMBER_DIGITS
            return switches("/audit", {"before": before if is_number else ""}, language)
        case _:
            return switches("/me", {}, language)


async def _style(_: Request) -> Response:
    headers = {
        "cache-control": "public, max-age=31536000, immutable",
        "x-content-type-options": "nosniff",
    }
    return Response(_STYLE, headers=headers, media_type="text/css")


def style_route() -> BaseRoute:
    """Where the style is; its address changes when it does."""
    return Route(STYLE_PATH, _style, methods=["GET"])


_environment = Environment(
    loader=PackageLoader("holdfast.platform.auth"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
