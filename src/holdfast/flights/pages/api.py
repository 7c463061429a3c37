"""The law of asking: one question to the app's own API; its answer, or what kept it, as a value.

Pages have no other way to data. Answers are decoded into the shapes of `flights.wire`, with which
the API writes them. A question that may have had an effect is asked a second time only if it
carries a key, or when nothing of it can have arrived; every wait and every answer has a bound.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, Literal, TypeVar
from urllib.parse import quote

import httpx
import msgspec
from msgspec import Raw, Struct

from holdfast.platform.runtime.alternatives import Alternatives
from holdfast.platform.web.nearest import NearestTransport
from holdfast.platform.web.trust import trust

CONNECT_S = 2.0
"""The API is on this machine or next to it."""
PIECE_S = 10.0
"""From one piece of an answer to the next."""
ANSWER_S = 12.0
"""A question from its start to its end, both tries: a traveller would not wait longer."""
CONNECTIONS = 128
"""Questions under way at once; more wait for a free connection, at most `POOL_S`."""
IDLE_CONNECTIONS = 32
"""Connections kept for the next question."""
POOL_S = 2.0
IDLE_S = 30.0
"""Kept less long than the other side keeps them, so that few are found closed."""
MAX_ANSWER_BYTES = 8 << 20
"""A search's two hundred offers for nine people on six directions have about 5 MB."""
_WHY_CHARS = 200
T = TypeVar("T")
Method = Literal["GET", "POST", "PATCH", "PUT", "DELETE"]


@dataclass(frozen=True, slots=True)
class Refused:
    """The API understood and said no. `code` is its name of the reason, `message` its sentence (in
    English, not for travellers without need), `pointer` the field that is wrong, if one is."""

    status: int
    code: str
    message: str
    pointer: str = ""


@dataclass(frozen=True, slots=True)
class Away:
    """No answer, or one that says that something broke. `definite`: what was asked for has not
    happened; otherwise it may have."""

    why: str
    definite: bool = True


Problem = Refused | Away
"""What may come instead of an answer."""


@dataclass(frozen=True, slots=True)
class Question:
    """One request. `body` is what stands in `data` (None: no body). `key` names it, so that it has
    one effect however often it is asked. `viewer` is who looks, for the promise that prices do not
    rise; `buyer` for whom it is, for the number of unpaid holds. `repeatable`: to ask twice does no
    harm, though it writes. `enveloped`: the answer stands in `data`; the native parts of the API
    answer without."""

    method: Method
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: object = None
    key: str = ""
    viewer: str = ""
    request_id: str = ""
    buyer: str = ""
    repeatable: bool = False
    enveloped: bool = True

    @property
    def may_be_repeated(self) -> bool:
        """Whether to ask it twice has no more effect than once."""
        return self.method == "GET" or bool(self.key) or self.repeatable


@dataclass(frozen=True, slots=True)
class Listed(Generic[T]):
    """A page of a list. `after` and `before`: where it goes on, None at its ends."""

    items: Sequence[T]
    after: str | None
    before: str | None


class _Meta(Struct, frozen=True):
    after: str | None = None
    before: str | None = None


class _Envelope(Struct, frozen=True):
    data: Raw
    meta: _Meta | None = None


class _Source(Struct, frozen=True):
    pointer: str = ""


class _Fault(Struct, frozen=True):
    code: str = ""
    message: str = ""
    source: _Source | str | None = None


class _Faults(Struct, frozen=True):
    errors: list[_Fault]


class _NativeFault(Struct, frozen=True):
    what: str
    where: str = ""
    fix: str = ""


class _NativeFaults(Struct, frozen=True):
    error: _NativeFault


@dataclass(frozen=True, slots=True)
class Api:
    """The API behind `client` (see `api_client`), asked with the pages' own `token`."""

    client: httpx.AsyncClient
    token: str

    async def ask(self, question: Question, kind: type[T]) -> T | Problem:
        """The answer as a `kind`, or what kept it."""
        answer = await self._answer(question)
        if not isinstance(answer, _Answer):
            return answer
        try:
            if not question.enveloped:
                return msgspec.json.decode(answer.body, type=kind)
            envelope = msgspec.json.decode(answer.body, type=_Envelope)
            return msgspec.json.decode(envelope.data, type=kind)
        except msgspec.DecodeError as error:
            return _garbled(error)

    async def listed(self, question: Question, kind: type[T]) -> Listed[T] | Problem:
        """A page of a list of `kind`, or what kept it."""
        answer = await self._answer(question)
        if not isinstance(answer, _Answer):
            return answer
        try:
            envelope = msgspec.json.decode(answer.body, type=_Envelope)
            parts = msgspec.json.decode(envelope.data, type=list[Raw])
            items = [msgspec.json.decode(part, type=kind) for part in parts]
        except msgspec.DecodeError as error:
            return _garbled(error)
        meta = envelope.meta or _Meta()
        return Listed(items, meta.after, meta.before)

    async def tell(self, question: Question) -> Problem | None:
        """Ask for something whose answer says nothing; None when it was done."""
        answer = await self._answer(question)
        return None if isinstance(answer, _Answer) else answer

    async def is_there(self, within_s: float) -> bool:
        """Whether the API says within so many seconds that it lives."""
        try:
            async with asyncio.timeout(within_s):
                return (await self.client.get("/health/live")).is_success
        except (httpx.HTTPError, TimeoutError):
            return False

    async def _answer(self, question: Question) -> "_Answer | Problem":
        try:
            request = self._request(question)
        except (httpx.InvalidURL, ValueError) as error:
            return Refused(404, "not_found", str(error)[:_WHY_CHARS])
        try:
            async with asyncio.timeout(ANSWER_S):
                tried = await self._try(request, question)
                if isinstance(tried, Away) and (question.may_be_repeated or tried.definite):
                    tried = await self._try(request, question)
                return tried
        except TimeoutError:
            return Away("it takes too long", definite=question.method == "GET")

    def _request(self, question: Question) -> httpx.Request:
        headers = {
            "accept": "application/json",
            "duffel-version": "v2",
            "authorization": f"Bearer {self.token}",
        }
        for name, value in (
            ("x-viewer", question.viewer),
            ("x-buyer", question.buyer),
            ("x-request-id", question.request_id),
            ("idempotency-key", question.key),
        ):
            if value:
                headers[name] = value
        content = None
        if question.body is not None:
            body = {"data": question.body} if question.enveloped else question.body
            content = msgspec.json.encode(body)
            headers["content-type"] = "application/json"
        return self.client.build_request(
            question.method, question.path, params=question.query, content=content, headers=headers
        )

    async def _try(self, request: httpx.Request, question: Question) -> "_Answer | Problem":
        try:
            response = await self.client.send(request, stream=True)
            try:
                body = await _read(response)
            finally:
                await response.aclose()
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            return Away(repr(error)[:_WHY_CHARS])
        except (httpx.HTTPError, _TooLong) as error:
            return Away(repr(error)[:_WHY_CHARS], definite=question.method == "GET")
        if response.is_success:
            return _Answer(body)
        return _problem(response.status_code, body, is_read=question.method == "GET")


@dataclass(frozen=True, slots=True)
class _Answer:
    body: bytes


class _TooLong(Exception):
    """The answer is longer than any that is due."""


def api_client(
    url: str | Alternatives, transport: httpx.AsyncBaseTransport | None = None
) -> httpx.AsyncClient:
    """The client of an `Api` at one address or several; close it when the server has ended.
    `transport` stands in for the network."""
    ways = Alternatives(url) if isinstance(url, str) else url
    limits = httpx.Limits(
        max_connections=CONNECTIONS,
        max_keepalive_connections=IDLE_CONNECTIONS,
        keepalive_expiry=IDLE_S,
    )
    network = transport or httpx.AsyncHTTPTransport(
        verify=trust(*ways.all), limits=limits, trust_env=False
    )
    return httpx.AsyncClient(
        base_url=ways.now,
        transport=NearestTransport(ways, network),
        timeout=httpx.Timeout(PIECE_S, connect=CONNECT_S, pool=POOL_S),
        trust_env=False,
        follow_redirects=False,
    )


def at(template: str, *parts: str) -> str:
    """A path with `{}` for parts that somebody typed: each stays one part whatever is in it."""
    quoted = (quote(part, safe="").replace(".", "%2E") for part in parts)
    return template.format(*quoted)


async def _read(response: httpx.Response) -> bytes:
    pieces: list[bytes] = []
    size = 0
    async for piece in response.aiter_bytes():
        size += len(piece)
        if size > MAX_ANSWER_BYTES:
            raise _TooLong
        pieces.append(piece)
    return b"".join(pieces)


def _problem(status: int, body: bytes, *, is_read: bool) -> Problem:
    """What an answer that is no success comes to. 503 is the balancer's, or a process's before it
    does anything; of other errors of servers nobody knows what they did."""
    refused = _refused(status, body)
    if status >= 500:
        return Away(f"{status} {refused.message}", definite=is_read or status == 503)
    return refused


def _refused(status: int, body: bytes) -> Refused:
    try:
        fault = msgspec.json.decode(body, type=_Faults).errors[0]
        pointer = fault.source.pointer if isinstance(fault.source, _Source) else ""
        return Refused(status, fault.code, fault.message, pointer)
    except (msgspec.DecodeError, IndexError):
        pass
    try:
        native = msgspec.json.decode(body, type=_NativeFaults).error
        return Refused(status, "", f"{native.what}: {native.fix}", native.where)
    except msgspec.DecodeError:
        return Refused(status, "", f"status {status}")


def _garbled(error: Exception) -> Away:
    """An answer that is none: what was asked for may well have happened."""
    return Away(f"the answer is no answer: {error}"[:_WHY_CHARS], definite=False)
