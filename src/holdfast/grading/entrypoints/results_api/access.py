"""The law of access: who may do what, decided once, before any handler runs.

Roles come from bearer tokens, or from a cookie that `/enter` gave for one. Whatever is not listed
as public needs a viewer when access is by token; teachers' actions need the admin token always,
`/internal` the nodes' token always. Comparisons take the same time for every wrong token.
"""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from http.cookies import CookieError, SimpleCookie
from urllib.parse import quote, urlsplit

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from holdfast.grading.entrypoints.results_api.problems import Problem, response_of, where_of

COOKIE = "holdfast_grading"
COOKIE_S = 12 * 3600
"""A cookie lasts for a working day."""
TEACHERS = ("/api/grading/roster", "/teach", "/causes")
"""Addresses, with all below them, that are for teachers."""
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Role(IntEnum):
    """What a request may do; a higher one may what a lower one may, except `SERVICE`."""

    PUBLIC = 0
    VIEWER = 1
    ADMIN = 2
    SERVICE = 3


def role_needed(path: str) -> Role:
    """The role for an address. What is not named here is for viewers: closed by default."""
    if path.startswith("/internal/"):
        return Role.SERVICE
    if any(path == one or path.startswith(f"{one}/") for one in TEACHERS):
        return Role.ADMIN
    if path in ("/enter", "/claim", "/api/grading/claims") or path.startswith(
        ("/health/", "/assets/")
    ):
        return Role.PUBLIC
    return Role.VIEWER


@dataclass(frozen=True, slots=True, repr=False)
class Access:
    """The rules of one site. `is_open`: everybody is a viewer. `now`: seconds since the epoch."""

    is_open: bool
    viewer: bytes
    admin: bytes
    service: bytes
    now: Callable[[], float]

    def role_of_token(self, token: bytes) -> Role:
        """The role that a token gives, `PUBLIC` for a wrong one."""
        digest = hashlib.sha256(token).digest()
        found = Role.PUBLIC
        for role, right in self._tokens():
            if hmac.compare_digest(digest, hashlib.sha256(right).digest()):
                found = role
        return found

    def cookie_for(self, role: Role) -> str:
        """A cookie's value that gives a viewer's or admin's role for a while."""
        expires = int(self.now()) + COOKIE_S
        return f"{role.name.lower()}.{expires}.{self._seal(role, expires)}"

    def role_of_cookie(self, value: str) -> Role:
        """The role that a cookie gives, `PUBLIC` for a forged or old one."""
        name, _, rest = value.partition(".")
        expires, _, seal = rest.partition(".")
        role = {"viewer": Role.VIEWER, "admin": Role.ADMIN}.get(name)
        if role is None or not (expires.isascii() and expires.isdigit() and len(expires) <= 12):
            return Role.PUBLIC
        right = self._seal(role, int(expires)).encode()
        is_right = hmac.compare_digest(right, seal.encode("utf-8", "replace"))
        return role if is_right and int(expires) > self.now() else Role.PUBLIC

    def role_of(self, headers: Headers) -> tuple[Role, bool]:
        """The role of a request, and whether a cookie gave it."""
        kind, _, token = headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer":
            return self.role_of_token(token.strip().encode("utf-8", "replace")), False
        cookie = self.role_of_cookie(_cookie(headers))
        if cookie is Role.PUBLIC and self.is_open:
            return Role.VIEWER, False
        return cookie, cookie is not Role.PUBLIC

    def allows(self, needed: Role, role: Role) -> bool:
        """Whether `role` is enough. The nodes' token opens only what is for nodes."""
        if needed is Role.PUBLIC or (needed is Role.VIEWER and self.is_open):
            return True
        if Role.SERVICE in (needed, role):
            return needed is role
        return role >= needed

    def _tokens(self) -> tuple[tuple[Role, bytes], ...]:
        return (
            (Role.VIEWER, self.viewer),
            (Role.ADMIN, self.admin),
            (Role.SERVICE, self.service),
        )

    def _seal(self, role: Role, expires: int) -> str:
        key = self.admin if role is Role.ADMIN else self.viewer
        text = f"holdfast-cookie|{role.name}|{expires}".encode()
        return hmac.digest(key, text, "sha256").hex()


class Gate:
    """ASGI middleware: lets a request through with `scope["state"]["role"]`, or answers itself."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Decide, then hand on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        role, by_cookie = self._access.role_of(headers)
        needed = role_needed(scope["path"])
        if self._access.allows(needed, role):
            if by_cookie and scope["method"] not in _SAFE_METHODS and not _same_origin(headers):
                refusal = _problem(scope, 403, "this request comes from another site")
                await refusal(scope, receive, send)
                return
            scope.setdefault("state", {})["role"] = role
            await self._app(scope, receive, send)
            return
        await self._refusal(scope, headers, needed)(scope, receive, send)

    def _refusal(self, scope: Scope, headers: Headers, needed: Role) -> Response:
        wants_page = "text/html" in headers.get("accept", "")
        is_for_people = needed in (Role.VIEWER, Role.ADMIN)
        if is_for_people and wants_page and scope["method"] == "GET":
            query = scope["query_string"].decode("latin-1")
            target = scope["path"] + (f"?{query}" if query else "")
            return RedirectResponse(f"/enter?next={quote(target, safe='')}", 303)
        who = {Role.VIEWER: "a viewer's", Role.ADMIN: "the admin", Role.SERVICE: "the service"}
        return _problem(scope, 401, f"this needs {who[needed]} token")


def _problem(scope: Scope, status: int, what: str) -> Response:
    problem = Problem(status, what, "send `Authorization: Bearer TOKEN`, or log in at /enter")
    if status == 401:
        problem.headers = {"www-authenticate": "Bearer"}
    return response_of(problem, where_of(scope["method"], scope["path"]))


def _cookie(headers: Headers) -> str:
    raw = headers.get("cookie", "")
    if COOKIE not in raw:
        return ""
    try:
        found = SimpleCookie(raw).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""


def _same_origin(headers: Headers) -> bool:
    """A browser names the origin of what it sends; another site's may not use our cookie."""
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host", "")
