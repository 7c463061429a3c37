"""The addresses for browsers: log in, log out, who am I, the first admin's link.

Every one that changes something refuses what another site's page sent. How pages look is for the
application: it gives `Faces`, and gets a `View` for each.
"""

import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import parse_qs, quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from holdfast.platform.auth.audit import Origin, Recorded
from holdfast.platform.auth.origins import is_forged, local_target
from holdfast.platform.auth.passport import Passport
from holdfast.platform.auth.people import Principal
from holdfast.platform.auth.roles import Action
from holdfast.platform.auth.secrets import MAX_SECRET_CHARS, hash_of
from holdfast.platform.auth.signing_in import BadChoice, Braked, LoggedIn, NotIn, SigningIn
from holdfast.platform.web.bodies import BodyRefused, read_body

MAX_FORM_BYTES = 8192
"""A name, two passwords and an address of this site."""
MAX_FIELDS = 10
AUDIT_PAGE = 50
"""Entries of the audit log on one page: some 20 kB."""
MAX_NUMBER_DIGITS = 18
"""Of an entry's number: what fits the store's."""
FORGED = "this request comes from another site"
Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class View:
    """What a page is to show. `page`: which one, `guest` for somebody without an account, `name`
    then says by which words; `wrong`: what went wrong, a key of `words` with a
    `number` in its place, empty for nothing; `principal`: who is logged in; `target`: where to go
    after; `key`: of the one-time link; `entries`: of the audit log, with those before number
    `older` on the next page; `told`: what was done, a key of `words`."""

    page: str
    status: int = 200
    wrong: str = ""
    principal: Principal | None = None
    target: str = "/"
    key: str = ""
    name: str = ""
    number: int = 0
    entries: Sequence[Recorded] = ()
    older: int | None = None
    told: str = ""


Faces = Callable[[Request, View], Response]


@dataclass(frozen=True, slots=True)
class Door:
    """The handlers. `is_secure`: browsers come by HTTPS. `forgets`: other cookies of the
    application that let somebody in, and go with a log-out."""

    signing_in: SigningIn
    passport: Passport
    faces: Faces
    is_secure: bool
    forgets: Sequence[str] = ()

    async def log_in(self, request: Request) -> Response:
        """`POST /login`: name and password."""
        fields = await fields_of(request)
        name, target = fields.get("name", ""), local_target(fields.get("next", "/"))
        found = await self.signing_in.with_password(
            name, fields.get("password", ""), origin_of(request)
        )
        if isinstance(found, LoggedIn):
            return await self.entered(request, found, target)
        return self._not_in(request, found, View("enter", target=target, name=name[:100]))

    async def log_in_form(self, request: Request) -> Response:
        """`GET /login`, for whoever reloads a form that failed: to the form."""
        return to_form(request)

    async def to_me(self, _: Request) -> Response:
        """`GET /logout` ends nothing, for a link would do it: to the page that has the button."""
        return RedirectResponse("/me", 303, {"cache-control": "no-store"})

    async def password_form(self, request: Request) -> Response:
        """`GET /me/password`: to the page that has the form, for whoever has an account."""
        principal = await self.passport.principal_of(request.headers)
        where = "/enter?next=%2Fme" if principal is None else "/me"
        return RedirectResponse(where, 303, {"cache-control": "no-store"})

    async def welcome(self, request: Request) -> Response:
        """`GET /welcome?key=`: the form of the one-time link, which only the form uses up."""
        key = request.query_params.get("key", "")[:MAX_SECRET_CHARS]
        return self.faces(request, View("welcome", key=key))

    async def make_admin(self, request: Request) -> Response:
        """`POST /welcome`: the first admin chooses name and password."""
        fields = await fields_of(request)
        key, name = fields.get("key", "")[:MAX_SECRET_CHARS], fields.get("name", "")
        found = await self.signing_in.with_link(
            key, name, fields.get("password", ""), origin_of(request)
        )
        if isinstance(found, LoggedIn):
            return await self.entered(request, found, "/me")
        view = View("welcome", wrong="wrong link", key=key, name=name[:100])
        return self._not_in(request, found, view)

    async def me(self, request: Request) -> Response:
        """`GET /me`: who am I."""
        principal = await self.passport.principal_of(request.headers)
        if principal is None:
            return RedirectResponse("/enter?next=%2Fme", 303, {"cache-control": "no-store"})
        return self.faces(request, View("me", principal=principal))

    async def audit(self, request: Request) -> Response:
        """`GET /audit`: what was done by whom, newest first; `?before=` a number goes on."""
        principal = await self.passport.principal_of(request.headers)
        if principal is None:
            return RedirectResponse("/enter?next=%2Faudit", 303, {"cache-control": "no-store"})
        if not principal.may(Action.READ_AUDIT):
            return self.faces(request, View("me", 403, "no audit", principal))
        asked = request.query_params.get("before", "")
        is_number = asked.isascii() and asked.isdigit() and len(asked) <= MAX_NUMBER_DIGITS
        found = await self.signing_in.people.entries(
            AUDIT_PAGE + 1, int(asked) if is_number else None
        )
        shown = found[:AUDIT_PAGE]
        older = shown[-1].number if len(found) > AUDIT_PAGE else None
        view = View("audit", principal=principal, entries=shown, older=older)
        return self.faces(request, view)

    async def change_password(self, request: Request) -> Response:
        """`POST /me/password`: the old one and a new one. What was done is told by the answer
        itself: an address that tells it could be sent to anybody."""
        principal = await self._person(request)
        if principal is None:
            return RedirectResponse("/enter?next=%2Fme", 303, {"cache-control": "no-store"})
        fields = await fields_of(request)
        found = await self.signing_in.change_password(
            principal, fields.get("old", ""), fields.get("new", ""), origin_of(request)
        )
        if isinstance(found, LoggedIn):
            view = View("me", principal=principal, told="password changed")
            return await self._given(request, found, self.faces(request, view))
        return self._not_in(request, found, View("me", principal=principal))

    async def log_out(self, request: Request) -> Response:
        """`POST /logout`: this session ends."""
        principal = await self._person(request)
        if principal is not None:
            secret = self.passport.session_in(request.headers)
            await self.signing_in.log_out(principal, secret, origin_of(request))
        return self._left()

    async def log_out_everywhere(self, request: Request) -> Response:
        """`POST /logout/everywhere`: all sessions of whoever asks end."""
        principal = await self._person(request)
        if principal is not None:
            await self.signing_in.log_out_everywhere(principal, origin_of(request))
        return self._left()

    async def entered(self, request: Request, found: LoggedIn, target: str) -> Response:
        """On to `target`, with the new session."""
        response = RedirectResponse(target, 303, {"cache-control": "no-store"})
        return await self._given(request, found, response)

    async def _given(self, request: Request, found: LoggedIn, response: Response) -> Response:
        """Give the new session to the browser, and end the one it had."""
        before = await self._person(request)
        if before is not None:
            secret = self.passport.session_in(request.headers)
            await self.signing_in.people.close_session(hash_of(secret))
        response.set_cookie(
            self.passport.cookie_name(is_secure=self.is_secure),
            found.secret,
            max_age=int(self.signing_in.settings.session_s),
            httponly=True,
            samesite="lax",
            secure=self.is_secure,
            path="/",
        )
        return response

    async def _person(self, request: Request) -> Principal | None:
        return await self.passport.of_session(self.passport.session_in(request.headers))

    def _not_in(self, request: Request, found: NotIn | Braked | BadChoice, view: View) -> Response:
        match found:
            case Braked(wait_s):
                seconds = max(1, math.ceil(wait_s))
                braked = replace(view, wrong="braked", number=seconds, status=429)
                response = self.faces(request, braked)
                response.headers["retry-after"] = str(seconds)
                return response
            case BadChoice(why):
                return self.faces(request, replace(view, wrong=why, status=400))
            case NotIn():
                return self.faces(request, replace(view, wrong=view.wrong or "wrong", status=403))

    def _left(self) -> Response:
        response = RedirectResponse("/enter", 303, {"cache-control": "no-store"})
        name = self.passport.cookie_name(is_secure=self.is_secure)
        for one in (name, *self.forgets):
            response.delete_cookie(
                one, path="/", secure=self.is_secure, httponly=True, samesite="lax"
            )
        return response

    def for_oneself(self) -> list[tuple[str, str, Handler]]:
        """Method, address and handler of what is for everybody who has an account: none of them
        is guarded yet."""
        return [
            ("GET", "/login", self.log_in_form),
            ("POST", "/login", self.log_in),
            ("GET", "/logout", self.to_me),
            ("POST", "/logout", self.log_out),
            ("GET", "/logout/everywhere", self.to_me),
            ("POST", "/logout/everywhere", self.log_out_everywhere),
            ("GET", "/me", self.me),
            ("GET", "/me/password", self.password_form),
            ("POST", "/me/password", self.change_password),
        ]

    def routes(self) -> list[BaseRoute]:
        """The addresses, each guarded."""
        own = [Route(path, guarded(do), methods=[how]) for how, path, do in self.for_oneself()]
        return [
            *own,
            Route("/audit", guarded(self.audit), methods=["GET"]),
            Route("/welcome", guarded(self.welcome), methods=["GET"]),
            Route("/welcome", guarded(self.make_admin), methods=["POST"]),
        ]


def to_form(request: Request) -> Response:
    """Lead to the form for logging in, with where to go on after (`?next=`, of this site alone)."""
    target = local_target(request.query_params.get("next", "/"))
    where = "/enter" if target == "/" else f"/enter?next={quote(target, safe='')}"
    return RedirectResponse(where, 303, {"cache-control": "no-store"})


def guarded(handler: Handler) -> Handler:
    """The handler, for requests of this site's own pages; what is too long is refused. How that is
    told is for the application, which hears of it by an `HTTPException`."""

    async def answer(request: Request) -> Response:
        if is_forged(request.method, request.headers):
            raise HTTPException(403, FORGED)
        try:
            return await handler(request)
        except BodyRefused as refused:
            raise HTTPException(refused.status, refused.what) from None

    return answer


async def fields_of(request: Request) -> dict[str, str]:
    """The fields of a sent form, each once."""
    raw = await read_body(request, MAX_FORM_BYTES)
    try:
        fields = parse_qs(raw.decode("utf-8", "replace"), max_num_fields=MAX_FIELDS)
    except ValueError:
        return {}
    return {name: values[0] for name, values in fields.items()}


def origin_of(request: Request) -> Origin:
    """Where a request comes from."""
    host = request.client.host if request.client else ""
    return Origin(host, request.headers.get("x-request-id", ""))
