"""The law of access: who may do what, decided once, before any handler runs.

Roles come from the course's bearer tokens, or from a cookie that `/enter` gave for one; who else
is known, `callers` says. Whatever is not listed as public needs a viewer when access is by token;
teachers' actions need the admin's role always, `/internal` the nodes' token always. Comparisons
take the same time for every wrong token.
"""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum

from starlette.datastructures import Headers

from holdfast.platform.auth.passport import cookie_in

COOKIE = "holdfast_grading"
COOKIE_S = 12 * 3600
"""A cookie lasts for a working day."""
TEACHERS = ("/api/grading/roster", "/teach", "/causes")
"""Addresses, with all below them, that are for teachers."""
_PUBLIC = frozenset(
    {
        "/enter",
        "/enter/student",
        "/claim",
        "/api/grading/claims",
        "/login",
        "/login/university",
        "/login/university/back",
        "/logout",
        "/logout/everywhere",
        "/welcome",
        "/me",
        "/audit",
        "/me/password",
    }
)
"""Who is not known yet must get here; `platform.auth.site` guards what is changed there."""


class Role(IntEnum):
    """What a request may do; a higher one may what a lower one may, except `SERVICE`. A student
    may read what is theirs."""

    PUBLIC = 0
    STUDENT = 1
    VIEWER = 2
    ADMIN = 3
    SERVICE = 4


def role_needed(path: str) -> Role:
    """The role for an address. What is not named here is for viewers: closed by default."""
    if path.startswith("/internal/"):
        return Role.SERVICE
    if any(path == one or path.startswith(f"{one}/") for one in TEACHERS):
        return Role.ADMIN
    if path in _PUBLIC or path.startswith(("/health/", "/assets/")):
        return Role.PUBLIC
    return Role.VIEWER


@dataclass(frozen=True, slots=True, repr=False)
class Access:
    """The rules of one site. `is_open`: everybody is a viewer. `now`: seconds since the epoch.
    `hides_ids`: ids are secrets, and whoever knows one is its student; `shown_uid`: the number that
    pages show a student's id as."""

    is_open: bool
    viewer: bytes
    admin: bytes
    service: bytes
    now: Callable[[], float]
    hides_ids: bool = False
    shown_uid: Callable[[int], int] = field(default=lambda uid: uid)

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
        if role is None or not _is_number(expires, 12):
            return Role.PUBLIC
        right = self._seal(role, int(expires)).encode()
        is_right = hmac.compare_digest(right, seal.encode("utf-8", "replace"))
        return role if is_right and int(expires) > self.now() else Role.PUBLIC

    def student_cookie(self, uid: int) -> str:
        """A cookie's value for a student, known by the number that pages show."""
        expires = int(self.now()) + COOKIE_S
        return f"student-{uid}.{expires}.{self._student_seal(uid, expires)}"

    def student_of_cookie(self, value: str) -> int | None:
        """The student that a cookie was given to, None for a forged or old one."""
        name, _, rest = value.partition(".")
        expires, _, seal = rest.partition(".")
        uid = name.removeprefix("student-")
        if uid == name or not (_is_number(uid, 5) and _is_number(expires, 12)):
            return None
        right = self._student_seal(int(uid), int(expires)).encode()
        is_right = hmac.compare_digest(right, seal.encode("utf-8", "replace"))
        return int(uid) if is_right and int(expires) > self.now() else None

    def role_of(self, headers: Headers) -> tuple[Role, bool]:
        """The role of a request, and whether a cookie gave it."""
        kind, _, token = headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer":
            return self.role_of_token(token.strip().encode("utf-8", "replace")), False
        cookie = self.role_of_cookie(cookie_of(headers))
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

    def _student_seal(self, uid: int, expires: int) -> str:
        """With the admin's key: readers hold the viewer's, and must not make students."""
        text = f"holdfast-cookie|STUDENT|{uid}|{expires}".encode()
        return hmac.digest(self.admin, text, "sha256").hex()


def cookie_of(headers: Headers) -> str:
    """The value of this site's cookie; empty without one."""
    return cookie_in(headers, COOKIE)


def _is_number(text: str, digits: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= digits
