"""The law of operations: each is declared once; route, checks and OpenAPI page come from that.

A declaration needs no store: it stands at the top of its module with the handler `elsewhere`, and
the process that serves it says `DECLARED.by(handler)`. The front door describes all of them.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Generic, Literal, TypeVar

from starlette.requests import Request

from holdfast.flights.entrypoints.http.asked import Asked
from holdfast.flights.entrypoints.http.envelopes import encoded_data, encoded_plain
from holdfast.flights.entrypoints.http.faults import invalid_field, not_found, unavailable
from holdfast.flights.entrypoints.http.parameters import PAGING, Parameter, in_path, is_identifier
from holdfast.flights.entrypoints.http.viewers import Viewer
from holdfast.flights.service.ports.access import Caller, Once, Scope, StoredAnswer
from holdfast.platform.runtime.clock import Clock

MAX_BODY_BYTES = 64 << 10
"""A body unless the operation says otherwise: an order of nine passengers has 5 kB."""
ANSWER_S = 10.0
"""No answer takes longer, unless the operation says so; the database's limits are shorter."""
Method = Literal["GET", "POST", "PATCH", "PUT", "DELETE"]
Version = Literal["v1", "v2"]
Dialect = Literal["duffel", "amadeus", "native"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """What a `paged` operation returns. `before` and `after` are keys of this page's ends, where
    `Call.page` goes on; None where there is nothing more."""

    items: Sequence[T]
    before: str | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True)
class PageWish:
    """Which page is wanted: entries after the key, or before it, or the first ones."""

    limit: int
    after: str | None
    before: str | None


@dataclass(frozen=True, slots=True)
class Encoded:
    """An answer that is bytes already: JSON, envelope included. `status` None: as declared."""

    body: bytes
    status: int | None = None
    headers: tuple[tuple[bytes, bytes], ...] = ()


@dataclass(slots=True)
class Call:
    """One request, checked: what a handler gets.

    `body` is of the declared type (None without one); `once` is there when a writing request has
    an `Idempotency-Key`: pass it down to whatever writes. `viewer` is there if the operation
    `knows_viewer`; its handler sets `first_search` to the id of the search that it answers.
    """

    asked: Asked
    operation: "Operation"
    caller: Caller
    version: Version
    clock: Clock
    path: Mapping[str, str]
    values: Mapping[str, object]
    body: Any = None  # a value of `operation.body`
    once: Once | None = None
    viewer: Viewer | None = None
    first_search: str | None = None

    @property
    def request(self) -> Request:
        """The request as Starlette has it: needed for bodies that are read in pieces."""
        return self.asked.request

    @property
    def request_id(self) -> str:
        """Names the request in answers and logs."""
        return self.asked.request_id

    def path_id(self, name: str = "id", prefix: str = "") -> str:
        """The id in the path; 404 when it cannot be one, or does not begin with `prefix`."""
        given = self.path[name]
        if not (is_identifier(given) and given.startswith(prefix)):
            raise not_found()
        return given

    def text(self, name: str) -> str | None:
        """A text, choice or id of the query; None when it is not there."""
        value = self.values[name]
        assert value is None or isinstance(value, str)
        return value

    def whole(self, name: str) -> int | None:
        """A whole number of the query."""
        value = self.values[name]
        assert value is None or isinstance(value, int)
        return value

    def number(self, name: str) -> float | None:
        """A decimal number of the query."""
        value = self.values[name]
        assert value is None or isinstance(value, float)
        return value

    def flag(self, name: str) -> bool:
        """A yes or no of the query."""
        return self.values[name] is True

    def day(self, name: str) -> date | None:
        """A date of the query."""
        value = self.values[name]
        assert value is None or isinstance(value, date)
        return value

    def many(self, name: str) -> tuple[str, ...]:
        """All values of a repeated parameter."""
        value = self.values[name]
        assert isinstance(value, tuple)
        return value

    def page(self) -> PageWish:
        """The page that is wanted; 422 when both directions are."""
        after, before = self.text("after"), self.text("before")
        if after and before:
            raise invalid_field("before", "Only one of 'after' and 'before' can be given.")
        return PageWish(self.whole("limit") or 1, after, before)

    def answer(self, value: object, status: int | None = None) -> StoredAnswer:
        """`value` as this operation would send it, to be stored with `once` and returned."""
        encode = encoded_data if self.operation.envelope else encoded_plain
        body = encode(value)
        return StoredAnswer(status or self.operation.status, body)


Handler = Callable[[Call], Awaitable[object]]


async def elsewhere(_: Call) -> object:
    """The handler of a declaration that this process does not serve."""
    raise unavailable("Another process serves this.")


@dataclass(frozen=True, slots=True)
class Operation:
    """One method at one address.

    `answer` is the type of `data` (of one entry, when `paged`), `type(None)` for `{}`. The handler
    returns such a value, a `Page`, or bytes: `Encoded`, or a `StoredAnswer` that it has stored
    with `call.once` in its own transaction. `scope` is what the token must be for. `dialect` says
    whose headers and error shape hold: `duffel` wants a version, `amadeus` has errors of its own.
    `raw_body`: the handler reads `call.request` itself (within bounds of its own), and a key does
    not cover the body. `media_type`: what a body must be; without envelope it is the whole body.
    `problems`: statuses of errors with a shape of their own. `limited`: whether calls count
    against the caller's rate. `answer_s` None: answers come from memory and need no limit.
    `knows_viewer`: whether it matters who looks behind the token.
    """

    method: Method
    path: str
    summary: str
    handle: Handler
    answer: Any  # a type form
    body: Any = None  # a type form
    status: int = 200
    parameters: tuple[Parameter, ...] = ()
    paged: bool = False
    public: bool = False
    limited: bool = True
    scope: Scope = "read"
    envelope: bool = True
    dialect: Dialect = "duffel"
    max_body_bytes: int = MAX_BODY_BYTES
    answer_s: float | None = ANSWER_S
    body_is_optional: bool = False
    media_type: str = "application/json"
    raw_body: bool = False
    problems: tuple[tuple[int, Any], ...] = ()
    knows_viewer: bool = False
    tag: str = ""
    query: tuple[Parameter, ...] = field(init=False)
    """The parameters of the query, those of paging included."""

    def __post_init__(self) -> None:
        paging = PAGING if self.paged else ()
        query = tuple(one for one in self.parameters if one.where == "query")
        object.__setattr__(self, "query", (*query, *paging))

    @property
    def writes(self) -> bool:
        """Whether it may have an effect, so that an `Idempotency-Key` means something."""
        return self.method != "GET"

    @property
    def path_parameters(self) -> tuple[Parameter, ...]:
        """One for each `{name}` of the path, declared or not."""
        declared = {one.name: one for one in self.parameters if one.where == "path"}
        names = [part[1:-1] for part in self.path.split("/") if part.startswith("{")]
        return tuple(declared.get(name) or in_path(name) for name in names)

    def by(self, handle: Handler) -> "Operation":
        """The same, served by `handle`."""
        return replace(self, handle=handle)
