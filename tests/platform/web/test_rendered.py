"""Rendered answers: made once from their key alone, bounded, and nobody's cookie for another."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import httpx
from starlette.types import Message, Receive, Scope, Send

from holdfast.platform.runtime.metrics import Page
from holdfast.platform.web.rendered import Asked, Place, RenderedApp, RenderedFigures, Shelf


@dataclass
class Behind:
    """Answers with its number and what it was asked with; `gate` holds it up."""

    status: int = 200
    cookie: str = ""
    size: int = 0
    scopes: list[Scope] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scopes.append(scope)
        number = len(self.scopes)
        scope["endpoint"] = self
        await receive()
        await self.gate.wait()
        body = f"{number} {scope['path']} {scope['query_string'].decode()}".encode()
        headers = [(b"cache-control", b"private, no-store"), (b"content-type", b"text/plain")]
        if self.cookie:
            headers.append((b"set-cookie", self.cookie.encode()))
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": body + b"." * self.size})


@dataclass
class House:
    """The middleware before `behind`; everything below /kept is kept."""

    behind: Behind = field(default_factory=Behind)
    now: float = 10.0
    edition: int = 0
    shelf: Shelf = field(default_factory=lambda: Shelf(2.0, 100_000, 10))
    changed: list[str] = field(default_factory=list)
    figures: RenderedFigures = field(default_factory=RenderedFigures)
    browsers_keep: bool = False

    def client(self, headers: Mapping[str, str] | None = None) -> httpx.AsyncClient:
        app = RenderedApp(
            self.behind,
            self.place,
            {"all": self.shelf},
            now=lambda: self.now,
            changed=self.changed.append,
            figures=self.figures,
            browsers_keep=self.browsers_keep,
        )
        transport = httpx.ASGITransport(app)
        return httpx.AsyncClient(transport=transport, base_url="http://x", headers=headers)

    def place(self, scope: Scope) -> Place | None:
        if not scope["path"].startswith("/kept"):
            return None
        query = scope["query_string"].decode()
        return Place("all", Asked(scope["path"], query, (("accept", "*/*"),)), self.edition)


async def test_who_asks_the_same_gets_what_was_made_once() -> None:
    house = House()
    async with house.client() as client:
        first, second = await client.get("/kept"), await client.get("/kept")
    assert first.content == second.content
    assert first.headers == second.headers
    assert len(house.behind.scopes) == 1
    assert (house.figures.asked["all"], house.figures.made["all"]) == (2, 1)


async def test_many_at_once_are_answered_by_one_rendering() -> None:
    house = House()
    house.behind.gate.clear()
    async with house.client() as client:
        asking = [asyncio.create_task(client.get("/kept")) for _ in range(20)]
        while house.figures.asked["all"] < 20:
            await asyncio.sleep(0)
        house.behind.gate.set()
        answers = await asyncio.gather(*asking)
    assert {answer.status_code for answer in answers} == {200}
    assert len(house.behind.scopes) == 1


async def test_an_answer_is_made_from_its_key_and_nothing_else_of_the_reader() -> None:
    house = House()
    secret = {"cookie": "session=anna", "authorization": "Bearer anna", "x-more": "anna"}
    async with house.client(secret) as client:
        await client.get("/kept?a=1")
    (scope,) = house.behind.scopes
    assert scope["headers"] == [(b"accept", b"*/*")]
    assert scope["client"] is None
    assert scope["state"] == {}
    assert "anna" not in repr(scope)


async def test_a_newer_edition_is_made_anew_and_takes_the_place_of_the_old_one() -> None:
    house = House()
    async with house.client() as client:
        first = await client.get("/kept")
        house.edition += 1
        second = await client.get("/kept")
    assert first.content != second.content
    assert len(house.figures.caches["all"]) == 1


async def test_no_answer_is_older_than_its_shelf_allows() -> None:
    house = House()
    async with house.client() as client:
        await client.get("/kept")
        house.now += 2.0
        await client.get("/kept")
        assert len(house.behind.scopes) == 1
        house.now += 0.1
        await client.get("/kept")
    assert len(house.behind.scopes) == 2


async def test_a_reader_who_has_the_answer_is_told_so_without_a_body() -> None:
    house = House()
    async with house.client() as client:
        etag = (await client.get("/kept")).headers["etag"]
        for said in (etag, f'"other", W/{etag}', "*"):
            answer = await client.get("/kept", headers={"if-none-match": said})
            assert (answer.status_code, answer.content) == (304, b"")
            assert answer.headers["etag"] == etag
        other = await client.get("/kept", headers={"if-none-match": '"other"'})
    assert other.status_code == 200
    assert house.figures.not_modified == 3
    assert len(house.behind.scopes) == 1


async def test_the_same_content_has_the_same_tag_in_every_process() -> None:
    tags = set()
    for _ in range(2):
        async with House().client() as client:
            tags.add((await client.get("/kept")).headers["etag"])
    assert len(tags) == 1


async def test_only_good_answers_are_kept() -> None:
    house = House(behind=Behind(status=404))
    async with house.client() as client:
        answers = [await client.get("/kept") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert "etag" not in answers[0].headers
    assert len(house.behind.scopes) == 2
    assert house.figures.caches["all"].weight == 0


async def test_a_cookie_goes_to_the_one_who_asked_for_it() -> None:
    house = House(behind=Behind(cookie="a=1"))
    async with house.client({"x-who": "anna"}) as client:
        answer = await client.get("/kept")
    assert answer.cookies["a"] == "1"
    assert dict(house.behind.scopes[-1]["headers"])[b"x-who"] == b"anna"
    assert house.figures.caches["all"].weight == 0


async def test_a_flood_of_addresses_stays_within_its_bytes_and_spares_what_is_asked_often() -> None:
    house = House(shelf=Shelf(60.0, 20_000, 1000))
    async with house.client() as client:
        for number in range(50):
            await client.get("/kept")
            await client.get(f"/kept?x={number}")
            assert house.figures.caches["all"].weight <= 20_000
    assert sum(scope["query_string"] == b"" for scope in house.behind.scopes) == 1
    page = Page()
    house.figures.write(page)
    assert 'holdfast_rendered_bytes{shelf="all"}' in page.text
    assert 'holdfast_rendered_evictions_total{shelf="all"} 4' in page.text


async def test_an_answer_larger_than_its_shelf_is_given_and_not_kept() -> None:
    house = House(behind=Behind(size=200_000))
    async with house.client() as client:
        assert len((await client.get("/kept")).content) > 200_000
    assert house.figures.caches["all"].weight == 0


async def test_what_is_not_chosen_is_handed_on_untouched() -> None:
    house = House()
    async with house.client({"cookie": "a=b"}) as client:
        answer = await client.get("/other")
        head = await client.head("/kept")
    assert "etag" not in answer.headers
    assert head.status_code == 200
    assert dict(house.behind.scopes[0]["headers"])[b"cookie"] == b"a=b"
    assert not house.figures.asked


async def test_what_was_changed_is_told_before_its_answer_goes_out_and_refusals_are_not() -> None:
    house = House()
    async with house.client() as client:
        await client.post("/kept")
        house.behind.status = 403
        await client.post("/kept/refused")
    assert house.changed == ["/kept"]


async def test_browsers_may_keep_a_page_only_where_it_is_said() -> None:
    for allowed, control in ((False, "private, no-store"), (True, "private, no-cache")):
        house = House(browsers_keep=allowed)
        async with house.client() as client:
            answer = await client.get("/kept")
        assert answer.headers["cache-control"] == control
        assert ("vary" in answer.headers) is allowed


async def test_an_answer_is_counted_under_the_route_that_made_it() -> None:
    house, seen = House(), []

    async def outer(scope: Scope, receive: Receive, send: Send) -> None:
        app = RenderedApp(
            house.behind,
            house.place,
            {"all": house.shelf},
            now=lambda: 0.0,
            changed=house.changed.append,
            figures=house.figures,
        )
        await app(scope, receive, send)
        seen.append(scope["endpoint"])

    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(outer), base_url="http://x"
    ) as client:
        await client.get("/kept")
    assert seen == [house.behind]


async def test_other_kinds_of_connections_are_handed_on() -> None:
    kinds: list[str] = []

    async def behind(scope: Scope, _: Receive, __: Send) -> None:
        kinds.append(scope["type"])

    async def silent() -> Message:
        return {"type": "lifespan.startup"}

    async def drop(_: Message) -> None:
        """Nothing is sent."""

    house = replace(House())
    app = RenderedApp(
        behind,
        house.place,
        {"all": house.shelf},
        now=lambda: 0.0,
        changed=house.changed.append,
        figures=house.figures,
    )
    await app({"type": "lifespan"}, silent, drop)
    assert kinds == ["lifespan"]
