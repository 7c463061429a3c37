"""The law of callers: who makes a request, as a role of this site, by every way to be known.

The course's three tokens and their cookies are as before (`access`); beside them accounts, their
sessions and tokens (`platform.auth`), and students who came with their personal token.
"""

from dataclasses import dataclass

from starlette.datastructures import Headers

from holdfast.grading.entrypoints.results_api.access import Access, Role, cookie_of
from holdfast.platform.auth.passport import Passport
from holdfast.platform.auth.people import Principal
from holdfast.platform.auth.roles import Action


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls. `uid`: whose student, as pages show it; `who`: for the audit log."""

    role: Role
    by_cookie: bool = False
    uid: int | None = None
    who: str = ""


@dataclass(frozen=True, slots=True)
class Callers:
    """Knows them. `passport` is None where there are no accounts."""

    access: Access
    passport: Passport | None = None

    async def of(self, headers: Headers) -> Caller:
        """The caller of a request: the highest role that anything it brings gives."""
        role, by_cookie = self.access.role_of(headers)
        known = Caller(role, by_cookie, who=_WHO.get(role, ""))
        if role in (Role.ADMIN, Role.SERVICE):
            return known
        principal = await self.passport.principal_of(headers) if self.passport else None
        if principal is not None:
            theirs = self._of_principal(principal)
            return theirs if theirs.role > role or theirs.uid is not None else known
        uid = self.access.student_of_cookie(cookie_of(headers))
        if uid is not None:
            return Caller(max(role, Role.STUDENT), by_cookie=True, uid=uid, who="a student")
        return known

    def _of_principal(self, principal: Principal) -> Caller:
        uid = None
        if principal.may(Action.SERVE):
            role = Role.SERVICE
        elif principal.may(Action.TEACH):
            role = Role.ADMIN
        elif principal.may(Action.ALL_RESULTS):
            role = Role.VIEWER
        elif principal.may(Action.OWN_RESULTS) and _is_uid(principal.subject):
            role, uid = Role.STUDENT, self.access.shown_uid(int(principal.subject))
        else:
            role = Role.PUBLIC
        open_role = Role.VIEWER if self.access.is_open and role < Role.VIEWER else role
        return Caller(open_role, principal.by_cookie, uid, principal.name)


def _is_uid(subject: str) -> bool:
    return subject.isascii() and subject.isdigit() and len(subject) <= 4


_WHO = {Role.ADMIN: "the admin token", Role.SERVICE: "the service token"}
