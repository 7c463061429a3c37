"""The law of rendered answers: who asks the same gets the same bytes, made once, for a short while.

An answer is made from its key alone: a request built of `Asked` and of nothing else, so no cookie,
address or header of the reader who happened to be first can be in what others get. Whoever chooses
the key must name all that decides the bytes; what is not chosen is passed on untouched.
Answers stand on shelves, each bounded in bytes, number and age, and never outlive their edition:
a newer one is another key. Only a 200 without a cookie is kept; ETags are of the content, so every
process gives the same one.
"""

import asyncio
import hashlib
from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from holdfast.platform.cache.aging import Bounds
from holdfast.platform.cache.cache import Cache
from holdfast.platform.runtime.metrics import Page

ENTRY_BYTES = 2_000
"""What an answer takes beside its body: key, headers, places in tables."""
MAX_TAGS = 20
"""Of `If-None-Match`: a browser sends one."""
UNSAFE_OK = 400
"""A request that changes something and is answered below this status has changed it."""

RawHeaders = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """All that decides an answer: the address, the headers that matter, what is known of the
    caller. `query` is in one form whatever the order it came in."""

    path: str
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    state: tuple[tuple[str, Hashable], ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer is kept, and for which `edition` of what it shows."""

    shelf: str
    asked: Asked
    edition: Hashable = 0


@dataclass(frozen=True, slots=True)
class Shelf:
    """At most `entries` answers of together `max_bytes`, none older than `keep_s`."""

    keep_s: float
    max_bytes: int
    entries: int


@dataclass(frozen=True, slots=True)
class Rendered:
    """A whole answer. `endpoint`: what made it, so that it is counted under its route."""

    status: int
    headers: RawHeaders
    body: bytes
    etag: bytes
    endpoint: object

    @property
    def may_be_kept(self) -> bool:
        """Whether it is a good answer, and for everybody who asks the same."""
        return self.status == 200 and all(name != b"set-cookie" for name, _ in self.headers)


class _NotForKeeping(Exception):
    """Goes to all who wait for an answer that is not kept."""

    def __init__(self, answer: Rendered) -> None:
        super().__init__("not for keeping")
        self.answer = answer


@dataclass(slots=True)
class RenderedFigures:
    """What happened, by shelf: answers `asked` for and `made`; the shelves."""

    asked: Counter[str] = field(default_factory=Counter)
    made: Counter[str] = field(default_factory=Counter)
    not_modified: int = 0
    caches: "Mapping[str, Cache[Place, Rendered]]" = field(default_factory=dict)

    def write(self, page: Page) -> None:
        """The figures of rendered answers."""
        page.counter(
            "holdfast_rendered_asked_total",
            "Answers that readers asked a shelf for; those not made for it were kept ones.",
            [({"shelf": shelf}, count) for shelf, count in self.asked.items()],
        )
        page.counter(
            "holdfast_rendered_made_total",
            "Answers made for a shelf.",
            [({"shelf": shelf}, count) for shelf, count in self.made.items()],
        )
        page.counter(
            "holdfast_rendered_not_modified_total",
            "Readers who had the present answer already (304).",
            self.not_modified,
        )
        page.gauge(
            "holdfast_rendered_bytes",
            "Bytes of the answers that are kept.",
            [({"shelf": name}, cache.weight) for name, cache in self.caches.items()],
        )
        page.counter(
            "holdfast_rendered_evictions_total",
            "Answers that made room for others.",
            [({"shelf": name}, one.counters.evictions) for name, one in self.caches.items()],
        )


Choose = Callable[[Scope], Place | None]
"""The place of the answer to a request; None for one that is answered anew."""


class RenderedApp:
    """ASGI middleware: `choose` says what is kept where. `changed` is told, before the answer goes
    out, that a request (its path) may have changed what answers show. `browsers_keep`: readers
    may keep a page if they ask each time whether it is still right."""

    def __init__(
        self,
        app: ASGIApp,
        choose: Choose,
        shelves: Mapping[str, Shelf],
        *,
        now: Callable[[], float],
        changed: Callable[[str], None],
        figures: RenderedFigures,
        browsers_keep: bool = False,
    ) -> None:
        self._app = app
        self._choose = choose
        self._changed = changed
        self._figures = figures
        self._browsers_keep = browsers_keep
        self._host: object = None
        self._caches = {name: self._cache(shelf, now) for name, shelf in shelves.items()}
        self._latest = {name: _Latest(shelf.entries) for name, shelf in shelves.items()}
        figures.caches = self._caches

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from a shelf, or hand on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["method"] not in ("GET", "HEAD"):
            await self._app(scope, receive, self._announcing(scope["path"], send))
        elif scope["method"] == "GET" and (place := self._choose(scope)) is not None:
            self._host = scope.get("app")
            await self._answer(place, scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _answer(self, place: Place, scope: Scope, receive: Receive, send: Send) -> None:
        cache = self._caches[place.shelf]
        outdated = self._latest[place.shelf].moves_on(place)
        if outdated is not None:
            cache.forget(outdated)
        self._figures.asked[place.shelf] += 1
        try:
            answer = await cache.get(place)
        except _NotForKeeping as refused:
            answer = refused.answer
        if any(name == b"set-cookie" for name, _ in answer.headers):
            await self._app(scope, receive, send)  # a cookie is for one reader
            return
        scope["endpoint"] = answer.endpoint
        if answer.etag and _has(scope["headers"], answer.etag):
            self._figures.not_modified += 1
            await send(_start(304, (*_without_content(answer.headers), (b"etag", answer.etag))))
            await send({"type": "http.response.body", "body": b""})
            return
        await send(_start(answer.status, answer.headers))
        await send({"type": "http.response.body", "body": answer.body})

    def _announcing(self, path: str, send: Send) -> Send:
        async def announce(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] < UNSAFE_OK:
                self._changed(path)
            await send(message)

        return announce

    def _cache(self, shelf: Shelf, now: Callable[[], float]) -> Cache[Place, Rendered]:
        return Cache(
            self._make,
            bounds=Bounds(shelf.keep_s, shelf.keep_s),
            entries=shelf.entries,
            now=now,
            weigh=lambda answer: len(answer.body) + ENTRY_BYTES,
            max_weight=shelf.max_bytes,
        )

    async def _make(self, place: Place) -> Rendered:
        self._figures.made[place.shelf] += 1
        scope = _scope_of(place.asked, self._host)
        taken = _Taken()
        await self._app(scope, _nothing_comes(), taken)
        answer = taken.answer(scope.get("endpoint"))
        if not answer.may_be_kept:
            raise _NotForKeeping(answer)
        return self._signed(answer)

    def _signed(self, answer: Rendered) -> Rendered:
        """With its ETag, and with what browsers may do with it."""
        headers = list(answer.headers)
        if self._browsers_keep:
            headers = [(name, value) for name, value in headers if name != b"cache-control"]
            headers.append((b"cache-control", b"private, no-cache"))
            headers.append((b"vary", b"accept, accept-language, cookie, authorization"))
        etag = b'"%s"' % hashlib.blake2b(answer.body, digest_size=12).hexdigest().encode()
        signed = (*headers, (b"etag", etag))
        return Rendered(answer.status, signed, answer.body, etag, answer.endpoint)


class _Latest:
    """Which edition of each address was asked for last, so that the one before makes room."""

    def __init__(self, entries: int) -> None:
        self._entries = entries
        self._editions: OrderedDict[Asked, Place] = OrderedDict()

    def moves_on(self, place: Place) -> Place | None:
        """The place that this one takes over from; None when it is the same or the first."""
        before = self._editions.get(place.asked)
        if before is not None and before.edition == place.edition:
            return None
        self._editions[place.asked] = place
        self._editions.move_to_end(place.asked)
        if len(self._editions) > self._entries:
            self._editions.popitem(last=False)
        return before


@dataclass(slots=True)
class _Taken:
    """Takes an answer instead of sending it."""

    status: int = 500
    headers: RawHeaders = ()
    parts: list[bytes] = field(default_factory=list)

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = tuple(message.get("headers", ()))
        elif message["type"] == "http.response.body":
            self.parts.append(message.get("body", b""))

    def answer(self, endpoint: object) -> Rendered:
        return Rendered(self.status, self.headers, b"".join(self.parts), b"", endpoint)


def _scope_of(asked: Asked, host: object) -> Scope:
    """A request that says what the key says, and nothing else."""
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": asked.path,
        "raw_path": asked.path.encode(),
        "query_string": asked.query.encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in asked.headers],
        "client": None,
        "server": ("localhost", 80),
        "state": dict(asked.state),
        "app": host,
    }


def _nothing_comes() -> Receive:
    """No body, and a reader who stays."""
    came = iter(({"type": "http.request", "body": b"", "more_body": False},))

    async def receive() -> Message:
        for message in came:
            return message
        await asyncio.Event().wait()
        raise AssertionError("nothing sets it")

    return receive


def _start(status: int, headers: Iterable[tuple[bytes, bytes]]) -> Message:
    return {"type": "http.response.start", "status": status, "headers": list(headers)}


def _without_content(headers: RawHeaders) -> Iterable[tuple[bytes, bytes]]:
    gone = (b"content-length", b"content-type", b"etag")
    return (header for header in headers if header[0] not in gone)


def _has(headers: Iterable[tuple[bytes, bytes]], etag: bytes) -> bool:
    """Whether the reader has this answer, or any (`*`)."""
    for name, value in headers:
        if name == b"if-none-match":
            tags = [tag.strip().removeprefix(b"W/") for tag in value.split(b",", MAX_TAGS)]
            return etag in tags or tags == [b"*"]
    return False
