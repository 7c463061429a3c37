"""Logging in with a browser: a token becomes a cookie. Accounts, passwords and sessions are
`platform.auth`'s; a token of an account becomes a session there, a student's personal token a
cookie that reads what is theirs.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from holdfast.grading.domain.roster import MAX_USER_ID, UserId
from holdfast.grading.entrypoints.results_api.access import (
    COOKIE,
    COOKIE_S,
    Access,
    Role,
    cookie_of,
)
from holdfast.grading.entrypoints.results_api.forms import fields_of
from holdfast.grading.service.claim_identity import ClaimKey
from holdfast.grading.service.ports import Results
from holdfast.platform.auth.audit import Act, Entry
from holdfast.platform.auth.brake import Counter, Rule, network_of
from holdfast.platform.auth.origins import is_forged, local_target
from holdfast.platform.auth.passport import Passport
from holdfast.platform.auth.signing_in import SigningIn
from holdfast.platform.auth.site import Faces, View, origin_of, to_form
from holdfast.platform.auth.switch import ASKS

EnterPage = Callable[[str, bool], Response]
"""Makes the form: (address to go on to, whether a token was wrong) -> page. It posts `token` and
`next` to `/enter`."""
MAX_TOKEN_CHARS = 512
FROM_ADDRESS = Rule(free=5, longest_s=900.0)
"""PINs that an address may try: there are 10,000, and a class has some hundred of them."""
FROM_ANYWHERE = Rule(free=60, longest_s=10.0)
"""Of a course: who guesses from many addresses is slowed, and nobody is locked out by it."""


@dataclass(frozen=True, slots=True)
class StudentsDoor:
    """Who is a student: their personal token, and that they are on the roster. `results` knows
    students by their own ids. `by_pin`: their id alone is enough, for it is a secret, and guessing
    is slowed."""

    key: ClaimKey
    results: Results
    by_pin: SigningIn | None = None


@dataclass(frozen=True, slots=True)
class Entering:
    """The handlers of `/enter`. `faces` makes the page where there are accounts; `passport` knows
    who has logged in already: a link to `/enter` on every page leads them to their account, and
    who came with a token to where they log out."""

    access: Access
    page: EnterPage
    students: StudentsDoor
    faces: Faces | None = None
    is_secure: bool = False
    passport: Passport | None = None

    async def form(self, request: Request) -> Response:
        """`GET /enter`: a form; with `?token=` straight in. Whoever has to be somebody else for
        an address (`?next=`) gets the form, too."""
        if not (request.query_params.keys() - {ASKS}) and self.passport is not None:
            principal = await self.passport.principal_of(request.headers)
            if principal is not None:
                return RedirectResponse("/me", 303, {"cache-control": "no-store"})
            guest = self._guest(request)
            if guest is not None and self.faces is not None:
                return self.faces(request, guest)
        target = local_target(request.query_params.get("next", "/"))
        token = request.query_params.get("token")
        return self._enter(request, token, target) if token else self._page(request, target)

    def _guest(self, request: Request) -> View | None:
        """The page of who came with a token that is nobody's account, to go out again."""
        value = cookie_of(request.headers)
        role, uid = self.access.role_of_cookie(value), self.access.student_of_cookie(value)
        if uid is not None:
            return View("guest", name="guest.student", number=uid)
        if role is Role.PUBLIC:
            return None
        return View("guest", name=f"guest.{role.name.lower()}")

    async def post(self, request: Request) -> Response:
        """`POST /enter`: the form comes back."""
        if is_forged(request.method, request.headers):
            return self._page(request, "/", is_wrong=True)
        fields = await fields_of(request)
        return self._enter(request, fields.get("token", ""), local_target(fields.get("next", "/")))

    async def to_form(self, request: Request) -> Response:
        """`GET /enter/student`, for whoever reloads a form that failed: to the form."""
        return to_form(request)

    async def student(self, request: Request) -> Response:
        """`POST /enter/student`: an id and the personal token of it."""
        if is_forged(request.method, request.headers):
            return self._page(request, "/", is_wrong=True)
        fields = await fields_of(request)
        if "pin" in fields and self.students.by_pin is not None:
            return await self._by_pin(request, fields, self.students.by_pin)
        uid, target = fields.get("uid", "").strip(), local_target(fields.get("next", "/"))
        token = fields.get("token", "")[:MAX_TOKEN_CHARS]
        # An id that is none is compared like any other: the answer tells nobody which it was.
        is_uid = uid.isascii() and uid.isdigit() and len(uid) <= 4 and int(uid) <= MAX_USER_ID
        known = UserId(int(uid) if is_uid else 0)
        fits = self.students.key.fits(known, token)
        user = await self.students.results.user(known)
        if not (is_uid and fits and user is not None):
            return self._page(request, target, is_wrong=True)
        return self._entered(
            request, self.access.student_cookie(self.access.shown_uid(known)), target
        )

    async def _by_pin(
        self, request: Request, fields: dict[str, str], signing_in: SigningIn
    ) -> Response:
        """Counted before it is looked at; a right one takes its counts back."""
        pin, target = fields["pin"].strip(), local_target(fields.get("next", "/"))
        people, origin, now = signing_in.people, origin_of(request), signing_in.clock.wall()
        counters = pin_counters(self.students.key.course, origin.address)
        wait_s = await people.take_try(counters, now)
        if wait_s > 0:
            return self._braked(request, wait_s, target)
        is_pin = pin.isascii() and pin.isdigit() and len(pin) <= 4
        user = await self.students.results.user(int(pin)) if is_pin else None
        if user is None:
            await people.record(Entry(now, "a PIN", Act.LOG_IN_FAILED, "", "no such PIN", origin))
            return self._page(request, target, is_wrong=True)
        await people.give_back((), [one.key for one in counters])
        cookie = self.access.student_cookie(self.access.shown_uid(user.uid))
        return self._entered(request, cookie, target)

    def _braked(self, request: Request, wait_s: float, target: str) -> Response:
        seconds = max(1, math.ceil(wait_s))
        view = View("enter", 429, "braked", target=target, number=seconds)
        response = self.faces(request, view) if self.faces else self.page(target, True)
        response.status_code = 429
        response.headers["retry-after"] = str(seconds)
        return response

    def _enter(self, request: Request, token: str, target: str) -> Response:
        role = self.access.role_of_token(token.strip().encode("utf-8", "replace"))
        if role not in (Role.VIEWER, Role.ADMIN):
            return self._page(request, target, is_wrong=True)
        return self._entered(request, self.access.cookie_for(role), target)

    def _entered(self, request: Request, cookie: str, target: str) -> Response:
        response = RedirectResponse(target, 303, {"cache-control": "no-store"})
        response.set_cookie(
            COOKIE,
            cookie,
            max_age=COOKIE_S,
            httponly=True,
            samesite="strict",
            secure=self.is_secure or request.url.scheme == "https",
        )
        return response

    def _page(self, request: Request, target: str, *, is_wrong: bool = False) -> Response:
        if self.faces is None:
            return self.page(target, is_wrong)
        wrong, status = ("wrong token", 403) if is_wrong else ("", 200)
        return self.faces(request, View("enter", status, wrong, target=target))

    def routes(self) -> list[Route]:
        """Their routes: pages, so they are no part of the OpenAPI."""
        return [
            Route("/enter", self.form, methods=["GET"]),
            Route("/enter", self.post, methods=["POST"]),
            Route("/enter/student", self.to_form, methods=["GET"]),
            Route("/enter/student", self.student, methods=["POST"]),
        ]


def pin_counters(course: str, address: str) -> tuple[Counter, Counter]:
    """What a PIN that is tried counts on: the address, and the course from anywhere."""
    return (
        Counter(f"pin-address:{network_of(address)}", FROM_ADDRESS),
        Counter(f"pin-course:{course}", FROM_ANYWHERE),
    )
