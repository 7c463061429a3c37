"""The promises of docs/reference/page-cache.md, on the whole results site in process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx

from holdfast.grading.domain.roster import User
from holdfast.grading.domain.rules import Rules
from holdfast.grading.entrypoints.results_api.access import COOKIE, Access
from holdfast.grading.entrypoints.results_api.app import Kept, Pages
from holdfast.grading.entrypoints.results_api.settings import ResultsSettings
from holdfast.grading.pages.columns import columns_of
from holdfast.grading.pages.ground import Planning
from holdfast.grading.pages.keeping import Keeping, shelves
from holdfast.grading.pages.routes import enter_page, routes
from holdfast.grading.service.ledger_calls import BATCH_PATH, Close, encode_call, join_calls
from holdfast.grading.service.watch_changes import Missed
from holdfast.grading.wiring.results_site import is_reader, is_teacher
from holdfast.platform.web.rendered import RenderedFigures
from tests.grading.store.contract import ANNA, BEN, closed, opened
from tests.support.results_site import ADMIN, CATALOGUE, SERVICE, VIEWER, Site, results_site
from tests.support.seeded_class import Clock

HTML = {"accept": "text/html"}
PAGES = ("/", "/students/1234", "/tests", "/scoreboard", "/assignments", "/api/grading/standings")


@dataclass
class Cached:
    """A site whose answers are kept. `now_s` is the cache's clock."""

    site: Site | None = None
    now_s: float = 100.0
    figures: RenderedFigures = field(default_factory=RenderedFigures)

    @property
    def made(self) -> int:
        return self.figures.made.total()

    def client(self, token: str | None = None) -> httpx.AsyncClient:
        assert self.site is not None
        return self.site.client(token)

    def pass_time(self, seconds: float) -> None:
        self.now_s += seconds


class _Clock(Clock):
    """The pages' clock, in step with the cache's."""

    def __init__(self, cached: Cached) -> None:
        super().__init__()
        self.cached = cached

    def monotonic(self) -> float:
        return self.cached.now_s


@asynccontextmanager
async def cached_site(
    *, is_open: bool = True, settings: ResultsSettings | None = None
) -> AsyncIterator[Cached]:
    cached = Cached()

    def keeping() -> Keeping:
        assert cached.site is not None
        editions = cached.site.hub.editions
        return Keeping(editions, columns_of(CATALOGUE), is_reader, lambda: cached.now_s)

    kept = Kept(
        lambda scope: keeping().place(scope),
        lambda path: keeping().changed(path),
        shelves(5.0, 8 << 20),
        lambda: cached.now_s,
        cached.figures,
    )
    pages = Pages(enter_page(), kept=kept)
    async with results_site(is_open=is_open, settings=settings, pages=pages) as site:
        cached.site = site
        await site.store.import_roster([User(ANNA, "Anna"), User(BEN, "Ben")])
        planning = Planning(edition=lambda: keeping().class_edition())
        clock = _Clock(cached)
        site.app.router.routes.extend(
            routes(site.store, CATALOGUE, Rules(), clock, is_teacher=is_teacher, planning=planning)
        )
        yield cached


async def test_what_many_look_at_is_made_once() -> None:
    async with cached_site() as cached:
        for path in PAGES:
            first = await cached.client().get(path, headers=HTML)
            made = cached.made
            second = await cached.client().get(path, headers=HTML)
            assert first.status_code == 200, path
            assert second.content == first.content
            assert cached.made == made, path


async def test_a_browser_is_told_that_its_page_is_still_right_without_a_rendering() -> None:
    async with cached_site() as cached:
        first = await cached.client().get("/", headers=HTML)
        assert first.headers["cache-control"] == "private, no-cache"
        made = cached.made
        again = await cached.client().get(
            "/", headers={**HTML, "if-none-match": first.headers["etag"]}
        )
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["content-security-policy"]
        assert cached.made == made


async def test_a_verdict_shows_on_every_page_as_soon_as_the_node_knows_it_is_recorded() -> None:
    async with cached_site() as cached:
        paths = ("/students/1234", "/assignments", "/users/1234/assignments")
        before = [(await cached.client().get(path)).content for path in paths]
        grid = (await cached.client().get("/", headers=HTML)).content
        call = encode_call(Close(closed(opened())))
        await cached.client(SERVICE).post(BATCH_PATH, content=join_calls([call]))
        after = [(await cached.client().get(path)).content for path in paths]
        assert all(old != new for old, new in zip(before, after, strict=True))
        cached.pass_time(0.3)
        assert (await cached.client().get("/", headers=HTML)).content != grid


async def test_news_of_another_process_show_as_fast_as_they_come() -> None:
    async with cached_site() as cached:
        site = cached.site
        assert site is not None
        first = (await cached.client().get("/students/1234")).content
        await site.store.close_attempt(closed(opened()))  # publishes to the hub
        assert (await cached.client().get("/students/1234")).content != first


async def test_a_students_verdict_leaves_the_pages_of_others_alone() -> None:
    async with cached_site() as cached:
        await cached.client().get(f"/students/{BEN}")
        made = cached.made
        call = encode_call(Close(closed(opened(ANNA))))
        await cached.client(SERVICE).post(BATCH_PATH, content=join_calls([call]))
        await cached.client().get(f"/students/{BEN}")
        assert cached.made == made


async def test_no_page_outlives_its_bound_when_no_news_come() -> None:
    async with cached_site() as cached:
        await cached.client().get("/tests", headers=HTML)
        made = cached.made
        cached.pass_time(5.1)
        await cached.client().get("/tests", headers=HTML)
        assert cached.made == made + 1


async def test_lost_news_outdate_everything() -> None:
    async with cached_site() as cached:
        assert cached.site is not None
        await cached.client().get("/tests", headers=HTML)
        made = cached.made
        cached.site.hub.publish([Missed()])
        await cached.client().get("/tests", headers=HTML)
        assert cached.made == made + 1


async def test_teachers_are_answered_anew_and_nobody_gets_their_pages() -> None:
    async with cached_site() as cached:
        for path in ("/", "/scoreboard", "/students/1234"):
            teachers = (await cached.client(ADMIN).get(path, headers=HTML)).text
            others = (await cached.client().get(path, headers=HTML)).text
            assert 'href="/teach"' in teachers
            assert 'href="/teach"' not in others
            assert 'href="/teach"' in (await cached.client(ADMIN).get(path, headers=HTML)).text


async def test_what_is_kept_for_one_is_not_given_to_who_may_not_see_it() -> None:
    async with cached_site(is_open=False) as cached:
        for path in PAGES:
            seen = await cached.client(VIEWER).get(path, headers=HTML)
            assert seen.status_code == 200
            assert "no-store" in seen.headers["cache-control"]
            refused = await cached.client().get(path, headers=HTML)
            assert refused.status_code in (303, 401)
            assert "Anna" not in refused.text
            etag = {"if-none-match": seen.headers["etag"]}
            assert (await cached.client().get(path, headers=etag)).status_code == 401


async def test_a_student_gets_their_own_page_and_no_other_however_often_it_is_kept() -> None:
    async with cached_site(is_open=False) as cached:
        site = cached.site
        assert site is not None
        for uid in (ANNA, BEN):
            await cached.client(VIEWER).get(f"/students/{uid}")
        access = Access(
            is_open=False,
            viewer=VIEWER.encode(),
            admin=ADMIN.encode(),
            service=SERVICE.encode(),
            now=site.clock.seconds,
        )
        cookie = {"cookie": f"{COOKIE}={access.student_cookie(ANNA)}"}
        client = cached.client()
        own = await client.get(f"/students/{ANNA}", headers=cookie)
        assert own.status_code == 200
        assert "Anna" in own.text
        other = await client.get(f"/students/{BEN}", headers=cookie)
        assert other.status_code == 403
        assert "Ben" not in other.text


async def test_where_ids_are_secrets_nothing_is_kept() -> None:
    async with cached_site(settings=ResultsSettings(identity="pin")) as cached:
        for _ in range(2):
            await cached.client(VIEWER).get("/scoreboard", headers=HTML)
        assert cached.made == 0


async def test_languages_are_kept_apart() -> None:
    async with cached_site() as cached:
        for _ in range(2):
            for language in ("de", "en"):
                page = await cached.client().get("/", headers={**HTML, "accept-language": language})
                assert f'<html lang="{language}">' in page.text


async def test_a_choice_of_language_by_link_still_sets_its_cookie() -> None:
    async with cached_site() as cached:
        page = await cached.client().get("/?lang=de", headers=HTML)
        assert page.cookies["holdfast_language"] == "de"
        assert cached.made == 0


async def test_hostile_addresses_neither_grow_the_cache_nor_flush_it() -> None:
    async with cached_site() as cached:
        await cached.client().get("/", headers=HTML)
        held = {name: cache.weight for name, cache in cached.figures.caches.items()}
        for number in range(100):
            await cached.client().get(f"/?x={number}", headers=HTML)
            await cached.client().get(f"/?name=a{number}", headers=HTML)
            await cached.client().get(f"/students/{2000 + number}", headers=HTML)
        now_held = {name: cache.weight for name, cache in cached.figures.caches.items()}
        assert now_held == held
        made = cached.made
        await cached.client().get("/", headers=HTML)
        assert cached.made == made


async def test_a_student_who_is_not_there_is_not_there_from_the_cache_either() -> None:
    async with cached_site() as cached:
        for _ in range(2):
            answer = await cached.client().get("/students/4321", headers=HTML)
            assert answer.status_code == 404
            assert "etag" not in answer.headers
