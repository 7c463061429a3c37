"""The law of the application: one ASGI callable of all operations; nothing leaves it unshaped.

Every answer, of any outcome, has a request id, the rate limit's headers and a bare media type.
Answers are written as ASGI messages directly: a look-up that is cached costs little more than its
bytes. The server adds `Date`.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from email.utils import formatdate

from starlette.types import Receive, Scope, Send

from holdfast.flights.entrypoints.http.access import Gate
from holdfast.flights.entrypoints.http.answering import Answer, Answerer, Header, Served
from holdfast.flights.entrypoints.http.asked import Asked, asked_of
from holdfast.flights.entrypoints.http.envelopes import (
    JSON,
    encoded_amadeus_fault,
    encoded_fault,
    encoded_native_fault,
)
from holdfast.flights.entrypoints.http.faults import ApiFault, fault_of, not_found, wrong_method
from holdfast.flights.entrypoints.http.health import Figures, Health, no_figures
from holdfast.flights.entrypoints.http.limits import RateLimit, Taken
from holdfast.flights.entrypoints.http.negotiation import dialect_at
from holdfast.flights.entrypoints.http.openapi import DESCRIPTION, openapi
from holdfast.flights.entrypoints.http.operation import Call, Dialect, Encoded, Operation
from holdfast.flights.entrypoints.http.routing import Found, Routes
from holdfast.flights.entrypoints.http.settings import HttpSettings
from holdfast.flights.entrypoints.http.signed_tokens import Signer
from holdfast.flights.entrypoints.http.viewers import Viewers
from holdfast.flights.service.ports.access import Remembered, Tokens
from holdfast.platform.runtime.clock import Clock
from holdfast.platform.web.observed_app import ROUTE_KEY

_SHOWN_PATH = 200
"""Characters of an address that an error repeats."""
_FIXED: tuple[Header, ...] = (
    (b"content-type", JSON.encode()),
    (b"cache-control", b"no-store"),
)


@dataclass(frozen=True, slots=True)
class Doors:
    """What the ground itself needs of the world. `ping` returns when the store answers;
    `people_key`: of the tokens of people who have logged in, None where nobody does."""

    tokens: Tokens
    remembered: Remembered
    signer: Signer
    ping: Callable[[], Awaitable[None]]
    people_key: bytes | None = None


def http_app(
    operations: Sequence[Operation],
    doors: Doors,
    *,
    settings: HttpSettings,
    clock: Clock,
    documented: Sequence[Operation] | None = None,
    figures: Figures = no_figures,
) -> "HttpApp":
    """The ASGI application of `operations`, of `/health/*` and of `/openapi.json`.

    The document describes `documented` (declarations that other processes serve, too), or else
    `operations`. `figures`: what `/health/ready` tells of this process. Two operations for one
    address are an error of the program.
    """
    health = Health(doors.ping, figures).operations()
    document = Encoded(openapi([*(documented or operations), *health]))

    async def description(_: Call) -> Encoded:
        return document

    served = [*operations, *health, DESCRIPTION.by(description)]
    answerer = Answerer(
        gate=Gate(doors.tokens, doors.signer, clock, doors.people_key),
        viewers=Viewers(doors.signer),
        limit=RateLimit(settings.requests, settings.window_s),
        remembered=doors.remembered,
        clock=clock,
    )
    return HttpApp(served, answerer)


class HttpApp:
    """Built by `http_app`."""

    def __init__(self, operations: Sequence[Operation], answerer: Answerer) -> None:
        self._answerer = answerer
        self._routes = Routes((one.method, one.path, Served.of(one)) for one in operations)
        self._reset: tuple[int, bytes] = (0, b"")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":  # the server is told to offer nothing else
            return
        asked = asked_of(scope, receive)
        await self._send(asked, await self._answer(asked), send)

    async def refuse(self, asked: Asked, fault: ApiFault, send: Send) -> None:
        """Answer a request that is not for this process, and that none of the others answered."""
        self._answerer.look(asked)
        await self._send(asked, shaped(fault, dialect_at(asked.path), asked), send)

    async def _send(self, asked: Asked, answer: Answer, send: Send) -> None:
        headers = [*sent_headers(answer, asked.request_id), *self._rate_headers(asked.taken)]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        body = b"" if asked.method == "HEAD" else answer.body
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, asked: Asked) -> Answer:
        found = self._routes.find(asked.method, asked.path)
        if not isinstance(found, Found):
            fault = not_found() if found is None else wrong_method(", ".join(found.allowed))
            return shaped(self._counted(asked, fault), dialect_at(asked.path), asked)
        operation = found.target.operation
        asked.scope.setdefault("state", {})[ROUTE_KEY] = operation.path
        try:
            return await self._answerer.answer(asked, found.target, found.path)
        except Exception as error:
            fault = fault_of(error)
            if operation.limited:
                fault = self._counted(asked, fault)
            return shaped(fault, operation.dialect, asked)

    def _counted(self, asked: Asked, fault: ApiFault) -> ApiFault:
        """The fault, or 429 when a request that was not counted yet is one too many."""
        if asked.taken is None:
            try:
                self._answerer.count(asked, "")
            except ApiFault as too_many:
                return too_many
        return fault

    def _rate_headers(self, taken: Taken | None) -> tuple[Header, ...]:
        if taken is None:  # health, which is not counted
            return ()
        if self._reset[0] != taken.reset_at:
            self._reset = (taken.reset_at, formatdate(taken.reset_at, usegmt=True).encode())
        return (
            (b"ratelimit-limit", b"%d" % taken.limit),
            (b"ratelimit-remaining", b"%d" % taken.remaining),
            (b"ratelimit-reset", self._reset[1]),
        )


def sent_headers(answer: Answer, request_id: str) -> list[Header]:
    """The headers of every answer."""
    return [
        *_FIXED,
        (b"content-length", b"%d" % len(answer.body)),
        (b"x-request-id", request_id.encode("ascii")),
        *answer.headers,
    ]


def shaped(fault: ApiFault, dialect: Dialect, asked: Asked) -> Answer:
    """A fault as it is sent in a dialect."""
    match dialect:
        case "amadeus":
            body = encoded_amadeus_fault(fault)
        case "native":
            body = encoded_native_fault(fault, f"{asked.method} {asked.path[:_SHOWN_PATH]}")
        case "duffel":
            body = encoded_fault(fault, asked.request_id)
    headers = tuple((name.encode(), value.encode()) for name, value in fault.headers.items())
    return Answer(fault.status, body, headers)
