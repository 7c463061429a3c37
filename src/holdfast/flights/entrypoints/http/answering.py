"""The law of answering: a request's checks in their order, the handler, its answer's bytes.

Who -> how often -> which version and format -> parameters -> body -> key -> handler. Whatever fails
on the way is an `ApiFault`; `app` gives it its shape.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl

from holdfast.flights.entrypoints.http.access import NOBODY, Gate, check_scope
from holdfast.flights.entrypoints.http.asked import Asked
from holdfast.flights.entrypoints.http.bodies import BodyReader
from holdfast.flights.entrypoints.http.envelopes import encoded_data, encoded_page, encoded_plain
from holdfast.flights.entrypoints.http.faults import (
    bad_request,
    invalid_field,
    not_found,
    rate_limit_exceeded,
)
from holdfast.flights.entrypoints.http.idempotency import answer_once, once_of
from holdfast.flights.entrypoints.http.limits import RateLimit
from holdfast.flights.entrypoints.http.negotiation import (
    check_accept,
    check_content_type,
    version_of,
)
from holdfast.flights.entrypoints.http.operation import Call, Encoded, Operation, Page
from holdfast.flights.entrypoints.http.viewers import Viewers
from holdfast.flights.service.ports.access import Caller, Once, Remembered, StoredAnswer
from holdfast.platform.runtime.clock import Clock
from holdfast.platform.web.bodies import read_body

MAX_QUERY_FIELDS = 100
"""Fields of a query; the longest that clients send have ten."""
Header = tuple[bytes, bytes]
_REPLAYED: tuple[Header, ...] = ((b"idempotency-replayed", b"true"),)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent."""

    status: int
    body: bytes
    headers: tuple[Header, ...] = ()


@dataclass(frozen=True, slots=True)
class Served:
    """An operation with what is prepared for it once."""

    operation: Operation
    reader: BodyReader | None
    defaults: Mapping[str, object] | None
    """The values of a query that is empty; None when something is required."""

    @classmethod
    def of(cls, operation: Operation) -> "Served":
        """Prepare an operation."""
        reader = None
        if operation.body is not None and not operation.raw_body:
            reader = BodyReader(operation.body, operation.envelope, operation.body_is_optional)
        required = any(one.required for one in operation.query)
        defaults = None if required else {one.name: one.default for one in operation.query}
        return cls(operation, reader, defaults)


@dataclass(frozen=True, slots=True)
class Answerer:
    """Answers requests for operations."""

    gate: Gate
    viewers: Viewers
    limit: RateLimit
    remembered: Remembered
    clock: Clock

    async def answer(self, asked: Asked, served: Served, path: Mapping[str, str]) -> Answer:
        """The answer of an operation; raises `ApiFault` and whatever its handler raises."""
        operation = served.operation
        caller = NOBODY
        if not operation.public:
            caller = await self.gate.caller_of(asked.header(b"authorization"))
        if operation.limited:
            self.count(asked, caller.token_id)
        if not operation.public:
            check_scope(caller, operation.scope)
        version = version_of(asked.header(b"duffel-version"), operation.dialect)
        check_accept(asked.header(b"accept"))
        if "\0" in asked.path:
            raise not_found()
        call = Call(
            asked=asked,
            operation=operation,
            caller=caller,
            version=version,
            clock=self.clock,
            path=path,
            values=_values(served, asked.query),
        )
        if operation.knows_viewer:
            header, cookies = asked.header(b"x-viewer"), asked.header(b"cookie")
            call.viewer = self.viewers.viewer_of(caller, header, cookies)
        if operation.writes:
            await self._read_body(call, asked, served)
        if operation.answer_s is None:
            return await self._handled(call)
        async with asyncio.timeout(operation.answer_s):
            return await self._handled(call)

    async def _handled(self, call: Call) -> Answer:
        if call.once is not None:
            answer = await self._once(call, call.once)
        else:
            answer = _answer_of(call, await call.operation.handle(call))
        if call.viewer is not None and call.viewer.is_new and call.first_search is not None:
            cookie = self.viewers.set_cookie(call.caller, self.clock.wall(), call.first_search)
            answer = replace(answer, headers=(*answer.headers, (b"set-cookie", cookie)))
        return answer

    def count(self, asked: Asked, key: str) -> None:
        """Count a request against its token, or its address when it has none; 429 beyond."""
        now = self.clock.wall().timestamp()
        taken = asked.taken = self.limit.take(key or f"@{asked.host}", now)
        if not taken.allowed:
            raise rate_limit_exceeded(max(1, taken.reset_at - int(now)))

    def look(self, asked: Asked) -> None:
        """Let a request that another process answers tell its address's rate; it counts there."""
        asked.taken = self.limit.seen(f"@{asked.host}", self.clock.wall().timestamp())

    async def _read_body(self, call: Call, asked: Asked, served: Served) -> None:
        operation = served.operation
        raw = b""
        if not operation.raw_body:
            raw = await read_body(call.request, operation.max_body_bytes)
        if raw or operation.raw_body:
            wants_one = served.reader is not None or operation.raw_body
            content_type = asked.header(b"content-type")
            if wants_one and operation.media_type != "*/*":
                check_content_type(content_type, operation.media_type)
        if served.reader is not None:
            call.body = served.reader.read(raw)
        call.once = self._once_of(call.caller, asked, raw)

    def _once_of(self, caller: Caller, asked: Asked, raw: bytes) -> Once | None:
        key = asked.header(b"idempotency-key")
        if key is None or caller is NOBODY:
            return None
        target = f"{asked.path.removesuffix('/')}?{asked.query.decode('latin-1')}"
        return once_of(caller.owner, key, asked.method, target, raw)

    async def _once(self, call: Call, once: Once) -> Answer:
        sent: list[Answer] = []

        async def perform() -> tuple[StoredAnswer, bool]:
            result = await call.operation.handle(call)
            answer = _answer_of(call, result)
            sent.append(answer)
            return StoredAnswer(answer.status, answer.body), isinstance(result, StoredAnswer)

        stored, is_replay = await answer_once(self.remembered, once, perform)
        if is_replay or not sent:
            return Answer(stored.status, stored.body, _REPLAYED)
        return sent[0]


def _answer_of(call: Call, result: object) -> Answer:
    """What a handler returned, as bytes."""
    operation = call.operation
    match result:
        case StoredAnswer():
            return Answer(result.status, result.body)
        case Encoded():
            return Answer(result.status or operation.status, result.body, result.headers)
        case Page():
            limit = call.whole("limit")
            assert limit is not None
            body = encoded_page(result.items, limit, result.before, result.after)
        case _ if operation.envelope:
            body = encoded_data(result)
        case _:
            body = encoded_plain(result)
    return Answer(operation.status, body)


def _values(served: Served, query: bytes) -> Mapping[str, object]:
    """The values of all declared parameters of the query; others are ignored."""
    if served.defaults is not None and not query:
        return served.defaults
    declared = served.operation.query
    if not declared:
        return {}
    given: dict[str, list[str]] = {}
    try:
        pairs = parse_qsl(
            query.decode("latin-1"), keep_blank_values=True, max_num_fields=MAX_QUERY_FIELDS
        )
    except ValueError:
        raise bad_request(f"A query has at most {MAX_QUERY_FIELDS} fields.") from None
    for name, value in pairs:
        if "\0" in value:
            raise invalid_field(name, "The character U+0000 is not allowed.")
        given.setdefault(name, []).append(value)
    return {one.name: one.value_of(given.get(one.name, ())) for one in declared}
