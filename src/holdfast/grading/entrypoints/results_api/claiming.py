"""Claiming an id: with a browser at `/claim`, with a program at `/api/grading/claims`.

The token is the student's own, so no other role is asked for. The address that is bound is the one
the request comes from, unless it names another: a browser and the graded program may stand behind
different ones.
"""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from holdfast.grading.domain.roster import MAX_USER_ID, UserId
from holdfast.grading.entrypoints.results_api.claim_words import Says, words_in
from holdfast.grading.entrypoints.results_api.endpoints import Body, Endpoint
from holdfast.grading.entrypoints.results_api.forms import (
    escaped,
    fields_of,
    page,
    told,
)
from holdfast.grading.entrypoints.results_api.problems import Problem
from holdfast.grading.entrypoints.results_api.requests import json_of
from holdfast.grading.entrypoints.results_api.shapes import ClaimRequest, ClaimShape
from holdfast.grading.service.claim_identity import (
    BadAddress,
    Claimed,
    ClaimKey,
    WrongToken,
    claim_identity,
)
from holdfast.grading.service.course_policy import IdentityMode
from holdfast.grading.service.ports import Claims

PAGE = "/claim"
MAX_TOKEN_CHARS = 100
"""A token has 19 characters; longer ones are not even looked at."""
_FORM = """{told}<p>{why}</p>
<form method="post" action="/claim">
<label for="uid">{uid_label}</label>
<input id="uid" name="uid" inputmode="numeric" pattern="[0-9]{{1,4}}" maxlength="4"
autocomplete="off" required value="{uid}">
<label for="token">{token_label}</label>
<input id="token" name="token" type="password" autocomplete="off" maxlength="100" required>
<label for="address">{address_label}</label>
<input id="address" name="address" maxlength="64" spellcheck="false" required value="{address}"
aria-describedby="address-hint">
<p id="address-hint" class="soft">{hint}</p>
<button>{button}</button></form>"""

_WAY_OUT = '<p><a href="/">{on}</a></p>'
_WAY_ON = '<p><a href="/students/{uid}">{on}</a></p>'


@dataclass(frozen=True, slots=True)
class Claiming:
    """The handlers. `claim_s`: how long a claim holds."""

    claims: Claims
    key: ClaimKey
    identity: IdentityMode
    claim_s: float

    async def claim(self, request: Request) -> ClaimShape:
        """Bind an address to a student's id for a while."""
        return await self._claim(request, await json_of(request, ClaimRequest))

    async def form(self, request: Request) -> Response:
        """`GET /claim`: the form, with the address that the browser comes from."""
        if self.identity != "claimed":
            says = words_in(request)
            body = told(says("no need"), is_wrong=False) + _WAY_OUT.format(on=says("way out"))
            return page(request, PAGE, says("title"), body, 409)
        return _form(request, address=_peer(request))

    async def post(self, request: Request) -> Response:
        """`POST /claim`: the form comes back."""
        fields = await fields_of(request)
        says = words_in(request)
        uid, address = fields.get("uid", "").strip(), fields.get("address", "").strip()
        if not (uid.isascii() and uid.isdigit() and len(uid) <= 4):
            return _form(request, says("bad uid"), uid, address)
        asked = ClaimRequest(int(uid), fields.get("token", ""), address or None)
        try:
            claimed = await self._claim(request, asked)
        except Problem as problem:
            return _form(request, _told(says, problem, address), uid, address)
        sentence = says(
            "claimed",
            until=f"{claimed.until:%Y-%m-%d %H:%M} UTC",
            address=claimed.address,
            uid=f"{claimed.uid}",
        )
        body = told(sentence, is_wrong=False) + _WAY_ON.format(uid=claimed.uid, on=says("way on"))
        return page(request, PAGE, says("title"), body)

    async def _claim(self, request: Request, asked: ClaimRequest) -> ClaimShape:
        if self.identity != "claimed":
            fix = "go on without one; teachers turn claims on with results.identity = claimed"
            raise Problem(409, _NO_NEED, fix)
        if not 0 <= asked.uid <= MAX_USER_ID or len(asked.token) > MAX_TOKEN_CHARS:
            raise _wrong_token()
        answer = await claim_identity(
            self.claims,
            self.key,
            UserId(asked.uid),
            token=asked.token,
            host=asked.address or _peer(request),
            for_s=self.claim_s,
        )
        match answer:
            case Claimed(host, until):
                return ClaimShape(asked.uid, host, until)
            case WrongToken():
                raise _wrong_token()
            case BadAddress(text):
                raise Problem(400, f"{text!r} is not an address", "send one like 192.0.2.7")

    def endpoints(self) -> list[Endpoint]:
        """The declaration for programs."""
        return [
            Endpoint(
                "POST",
                "/api/grading/claims",
                "Claim an id for an address",
                self.claim,
                ClaimShape,
                (400, 403, 409, 413),
                body=Body("application/json", ClaimRequest),
            )
        ]

    def routes(self) -> list[Route]:
        """The routes for browsers: pages, so they are no part of the OpenAPI."""
        return [
            Route(PAGE, self.form, methods=["GET"]),
            Route(PAGE, self.post, methods=["POST"]),
        ]


_NO_NEED = "ids of this course need no claim"


def _form(request: Request, wrong: str = "", uid: str = "", address: str = "") -> Response:
    says = words_in(request)
    body = _FORM.format(
        told=told(wrong, is_wrong=True),
        why=says("why"),
        uid_label=says("uid"),
        uid=escaped(uid[:4]),
        token_label=says("token"),
        address_label=says("address"),
        address=escaped(address[:64]),
        hint=says("hint"),
        button=says("button"),
    )
    return page(request, PAGE, says("title"), body, 400 if wrong else 200)


def _told(says: Says, problem: Problem, address: str) -> str:
    """What is wrong with a claim, for people."""
    known = {403: "wrong token", 400: "bad address", 409: "no need"}
    return says(known.get(problem.status, "bad uid"), address=address[:64])


def _peer(request: Request) -> str:
    return request.client.host if request.client else ""


def _wrong_token() -> Problem:
    return Problem(403, "this token is not that student's", "ask your teacher for yours")
