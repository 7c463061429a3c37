"""The law of a visit: what a page is given, and how a page says where it stands.

A page is an `async` function of the site and the visit that returns a response. Its module lists
its pages in `PAGES`; `routes` collects those. No page keeps anything between two visits: what has
to be kept is in the API, in the address, or in the form.
"""

import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

from holdfast.flights.pages import links
from holdfast.flights.pages.api import Api
from holdfast.flights.pages.entrance import Entrance, is_traveller
from holdfast.flights.pages.knocks import Knocks
from holdfast.flights.pages.languages import COOKIE as LANGUAGE_COOKIE
from holdfast.flights.pages.languages import Language, language_of
from holdfast.flights.pages.rendering import Renderer
from holdfast.flights.pages.words.catalogue import Words
from holdfast.platform.auth.people import Principal
from holdfast.platform.runtime.clock import Clock

VIEWER_COOKIE = "holdfast_viewer"
"""Names a browser for the promise that prices it was shown do not rise. Random, of this session,
and nothing else is known by it."""
VIEWER_BYTES = 16
FOR_ALL = "for_all"
"""In a request's state: its answer is kept for all strangers (`keeping`)."""
LANGUAGE_KEPT_S = 365 * 24 * 3600
_VIEWER = re.compile(r"[A-Za-z0-9_-]{20,64}")
_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
Navigation = tuple[tuple[str, str, str], ...]
NAVIGATION: Navigation = (
    ("search", "/", "nav.search"),
    ("flights", "/flights", "nav.flights"),
    ("orders", "/orders", "nav.orders"),
)
"""The header's links: name (a template says which one it is by `here`), address, words."""
OWN_NAVIGATION: Navigation = (*NAVIGATION[:2], ("orders", links.OWN_ORDERS, "nav.mine"))
"""Those of somebody who has orders of their own."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One request. `form`: the fields of a POST, the last of each name; `viewer`: which browser
    looks; `now`: when; `person`: who has logged in with it; `can_enter`: people can log in."""

    request: Request
    language: Language
    viewer: str
    is_new: bool
    request_id: str
    now: datetime
    form: Mapping[str, str] = field(default_factory=dict)
    person: Principal | None = None
    can_enter: bool = False

    @property
    def words(self) -> Words:
        """The sentences of the visitor's language."""
        return Words(self.language)

    @property
    def here(self) -> str:
        """The address of this page, to come back to."""
        url = self.request.url
        return f"{url.path}?{url.query}" if url.query else url.path

    @property
    def back(self) -> str:
        """Where to go on after logging in: here, where that is a page to look at."""
        path = self.request.url.path
        is_shown = self.request.method in ("GET", "HEAD") and path != links.ENTER
        return self.here if is_shown else links.SEARCH

    @property
    def account(self) -> str:
        """Who books: the name of the account that has orders of its own; empty for nobody."""
        return self.person.name if self.person and is_traveller(self.person) else ""

    def with_form(self, form: Mapping[str, str]) -> "Visit":
        """The same visit, with what its form sent."""
        return replace(self, form=form)

    @property
    def navigation(self) -> Navigation:
        """The header's links."""
        return OWN_NAVIGATION if self.account else NAVIGATION

    def ask(self, name: str, limit: int = 200) -> str:
        """A field of the address's query, trimmed and cut; empty when it is not there."""
        return self.request.query_params.get(name, "").strip()[:limit]

    def asks(self, name: str, most: int = 50, limit: int = 200) -> tuple[str, ...]:
        """All fields of that name in the address's query, at most `most`."""
        found = self.request.query_params.getlist(name)[:most]
        return tuple(one.strip()[:limit] for one in found)

    def field(self, name: str, limit: int = 200) -> str:
        """A field of the form that was sent, trimmed and cut; empty when it is not there."""
        return self.form.get(name, "").strip()[:limit]


@dataclass(slots=True)
class Doors:
    """Tries that are counted, so that nobody guesses: orders by who asks and by their reference,
    entries to the desk by who asks. Many may share an address, nobody a reference."""

    finding: Knocks = field(default_factory=lambda: Knocks(limit=30, window_s=60.0))
    references: Knocks = field(default_factory=lambda: Knocks(limit=10, window_s=600.0))
    entering: Knocks = field(default_factory=lambda: Knocks(limit=10, window_s=60.0))


@dataclass(frozen=True, slots=True)
class Site:
    """What every page needs."""

    api: Api
    render: Renderer
    clock: Clock
    doors: Doors = field(default_factory=Doors)
    people: Entrance | None = None

    async def known(self, visit: Visit) -> Visit:
        """The visit, with who has logged in."""
        if self.people is None:
            return visit
        person = await self.people.person_of(visit.request)
        return replace(visit, person=person, can_enter=True)

    def api_of_traveller(self, visit: Visit) -> Api | None:
        """The API, asked as the account that books; None where nobody does."""
        if self.people is None or visit.person is None or not visit.account:
            return None
        token = self.people.travellers_token(visit.person, self.clock.wall())
        return replace(self.api, token=token)


Page = Callable[[Site, Visit], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Route:
    """One page: `path` as Starlette writes it (`/offers/{id}`). Without `reads_form` a POST's body
    is left to the page."""

    method: Literal["GET", "POST"]
    path: str
    page: Page
    reads_form: bool = True


def visit_of(request: Request, now: datetime) -> Visit:
    """Who visits: language and viewer by their cookies, or the browser's wish and a new name."""
    cookies = request.cookies
    known = cookies.get(VIEWER_COOKIE, "")
    is_known = _VIEWER.fullmatch(known) is not None
    brought = request.headers.get("x-request-id", "")
    return Visit(
        request=request,
        language=language_of(cookies.get(LANGUAGE_COOKIE), request.headers.get("accept-language")),
        viewer=known if is_known else secrets.token_urlsafe(VIEWER_BYTES),
        is_new=not is_known,
        request_id=brought if _REQUEST_ID.fullmatch(brought) else secrets.token_hex(12),
        now=now,
    )


def remember_viewer(visit: Visit, response: Response) -> None:
    """Let the browser keep its name as long as it runs. Not with a page that is made for all: it
    shows no prices, and who searches gets a name then."""
    is_for_all = visit.request.scope.get("state", {}).get(FOR_ALL, False)
    if visit.is_new and not is_for_all:
        response.set_cookie(VIEWER_COOKIE, visit.viewer, httponly=True, samesite="lax")


def remember_language(response: Response, language: Language) -> None:
    """Let the browser keep the choice."""
    response.set_cookie(
        LANGUAGE_COOKIE, language, max_age=LANGUAGE_KEPT_S, httponly=True, samesite="lax"
    )
