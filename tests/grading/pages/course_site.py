"""A course with a desk, in process: pages on a memory store that a test may change."""

from collections.abc import Mapping
from dataclasses import dataclass

import httpx
from starlette.applications import Starlette

from holdfast.grading.domain.rules import Rules
from holdfast.grading.domain.scenarios import CATALOGUE
from holdfast.grading.pages.ground import Planning
from holdfast.grading.pages.routes import routes
from holdfast.grading.store.memory import MemoryStore
from holdfast.grading.store.memory_coursework import MemoryCoursework
from holdfast.platform.auth.memory import MemoryPeople
from tests.support.seeded_class import Clock, seeded_store


@dataclass
class CourseSite:
    """The site. `is_teacher` is who asks from now on."""

    app: Starlette
    store: MemoryStore
    coursework: MemoryCoursework
    clock: Clock
    log: MemoryPeople
    is_teacher: bool = True

    async def get(self, path: str) -> httpx.Response:
        async with self._client() as client:
            return await client.get(path)

    async def post(self, path: str, fields: Mapping[str, str]) -> httpx.Response:
        async with self._client() as client:
            return await client.post(path, data=dict(fields))

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app),
            base_url="http://class",
            headers={"accept": "text/html"},
        )


async def course_site(*, count: int = 24) -> CourseSite:
    """A seeded class whose teacher asks."""
    clock = Clock()
    store = await seeded_store(CATALOGUE, clock, count=count)
    coursework, log = MemoryCoursework(store), MemoryPeople()
    site: CourseSite
    pages = routes(
        store,
        CATALOGUE,
        Rules(),
        clock,
        is_teacher=lambda _: site.is_teacher,
        planning=Planning(coursework, b"secret", log),
    )
    site = CourseSite(Starlette(routes=pages), store, coursework, clock, log)
    return site
