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
from holdfast.grading.entrypoints.results_api.endpoints import Body, Endpoint
from holdfast.grading.entrypoints.results_api.forms import escaped, fields_of, page, told
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

MAX_TOKEN_CHARS = 100
"""A token has 19 characters; longer ones are not even looked at."""
_FORM = """<p>Your programs are graded only from addresses that you have claimed your id from.</p>
{told}<form method="post" action="/claim">
<label>Your id <input name="uid" inputmode="numeric" pattern="[0-9]{{1,4}}" autofocus required
value="{uid}"></label>
<label>Your personal token <input name="token" type="password" autocomplete="off" required></label>
<label>Address of your programs <input name="address" required value="{address}"></label>
<button>Claim</button></form>"""


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
            return page("Claim your id", told(_NO_NEED, is_wrong=False), 409)
        return _form(address=_peer(request))

    async def post(self, request: Request) -> Response:
        """`POST /claim`: the form comes back."""
        fields = await fields_of(request)
        uid, address = fields.get("uid", "").strip(), fields.get("address", "").strip()
        if not (uid.isascii() and uid.isdigit() and len(uid) <= 4):
            return _form("Your id is a number of at most 4 digits.", uid, address)
        asked = ClaimRequest(int(uid), fields.get("token", ""), address or None)
        try:
            claimed = await self._claim(request, asked)
        except Problem as problem:
            return _form(f"{problem.fault.what}: {problem.fault.fix}.", uid, address)
        until = f"{claimed.until:%Y-%m-%d %H:%M} UTC"
        sentence = f"Until {until}, programs at {claimed.address} are graded as {claimed.uid}."
        return page("Claim your id", told(sentence, is_wrong=False))

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
            Route("/claim", self.form, methods=["GET"]),
            Route("/claim", self.post, methods=["POST"]),
        ]


_NO_NEED = "ids of this course need no claim"


def _form(wrong: str = "", uid: str = "", address: str = "") -> Response:
    body = _FORM.format(
        told=told(wrong, is_wrong=True), uid=escaped(uid[:4]), address=escaped(address[:64])
    )
    return page("Claim your id", body, 400 if wrong else 200)


def _peer(request: Request) -> str:
    return request.client.host if request.client else ""


def _wrong_token() -> Problem:
    return Problem(403, "this token is not that student's", "ask your teacher for yours")
