"""A results API in process: the real application on a memory store, with clients of all roles."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import BaseRoute

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.rules import Rules
from holdfast.grading.domain.scenario import Context, Peer, Scenario, Trigger
from holdfast.grading.domain.scenarios import CATALOGUE as ALL
from holdfast.grading.domain.verdict import CheckSpec
from holdfast.grading.entrypoints.results_api.access import COOKIE as COURSE_COOKIE
from holdfast.grading.entrypoints.results_api.access import Access, Role
from holdfast.grading.entrypoints.results_api.app import (
    Accounts,
    Course,
    Pages,
    Stores,
    results_app,
)
from holdfast.grading.entrypoints.results_api.settings import ResultsSettings
from holdfast.grading.pages.ground import Planning
from holdfast.grading.pages.routes import enter_page, error_page, routes
from holdfast.grading.service.course_policy import CoursePolicy
from holdfast.grading.service.ports import Ledger, Results
from holdfast.grading.service.pseudonymous import Doors, doors_of
from holdfast.grading.service.watch_changes import ChangeHub
from holdfast.grading.store.memory import MemoryStore
from holdfast.grading.store.memory_coursework import MemoryCoursework
from holdfast.platform.auth.faces import PlainFaces, Way, style_route
from holdfast.platform.auth.site import Door
from holdfast.platform.auth.university import University
from holdfast.platform.auth.university_door import UniversityDoor
from holdfast.platform.runtime.clock import SystemClock
from tests.support.people import House

VIEWER, ADMIN, SERVICE = "viewer-token-0123", "admin-token-01234", "service-token-012"
CLAIM_KEY = b"claim-key-0123456789"


async def _play(ctx: Context, peer: Peer) -> None:
    """A test that nobody plays here."""


def scenario(test: str, assignment: int, *, port: int = 4444) -> Scenario:
    """A test with one check."""
    return Scenario(
        id=TestId(test),
        title=f"Title of {test}",
        year=2024,
        assignment=assignment,
        transport="tcp",
        ports=(port,),
        trigger=Trigger(f"TRIGGER {test}"),
        checks=(CheckSpec("echo", "The echo is equal", 2),),
        play=_play,
    )


CATALOGUE = {
    one.id: one
    for one in (
        scenario("2024-a1-t1", 1),
        scenario("2024-a1-t2", 1),
        scenario("2025-3_1", 3, port=4446),
        scenario("seed-user-id", 1, port=8080),
    )
}


class HandClock:
    """A wall clock that moves only by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 12, tzinfo=UTC)

    def wall(self) -> datetime:
        return self.now

    def seconds(self) -> float:
        return self.now.timestamp()

    async def pass_time(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class Site:
    """An application and what is behind it."""

    app: Starlette
    store: MemoryStore
    hub: ChangeHub
    clock: HandClock
    house: House | None = None
    clients: list[httpx.AsyncClient] = field(default_factory=list)

    def client(self, token: str | None = None, **more: Any) -> httpx.AsyncClient:
        """A client with a token or without; its address is 192.0.2.99."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        transport = httpx.ASGITransport(self.app, client=("192.0.2.99", 4711))
        client = httpx.AsyncClient(
            transport=transport, base_url="http://results.test", headers=headers, **more
        )
        self.clients.append(client)
        return client


@asynccontextmanager
async def results_site(
    *,
    is_open: bool = True,
    settings: ResultsSettings | None = None,
    ledger: Ledger | None = None,
    pages: Pages | None = None,
    house: House | None = None,
    with_pages: bool = False,
) -> AsyncIterator[Site]:
    """A site with an empty store. `ledger` stands before it; `pages`: by default no page but the
    one with the form for a token, or all of them `with_pages`. `house`: who can log in; without it
    there are no accounts."""
    chosen = settings or ResultsSettings()
    clock, hub = HandClock(), ChangeHub(max_watchers=3, max_queued=4)
    policy = CoursePolicy.of(Rules(), course=chosen.course, identity=chosen.identity)
    store = MemoryStore(clock.wall, policy, publish=hub.publish)
    doors = doors_of(store, MemoryCoursework(store), CLAIM_KEY, chosen.identity)
    made = pages_on(store, doors, clock, house) if pages is None and with_pages else pages
    access = Access(
        is_open=is_open,
        viewer=VIEWER.encode(),
        admin=ADMIN.encode(),
        service=SERVICE.encode(),
        now=clock.seconds,
        hides_ids=chosen.identity == "pin",
        shown_uid=doors.shown_uid,
    )
    app = results_app(
        Stores(ledger or store, doors.readers, store, store, store, doors.teachers),
        Course(CATALOGUE, replace(Rules(), time_scale=0.5), 100),
        access,
        settings=chosen,
        claim_key=CLAIM_KEY,
        hub=hub,
        pages=replace(made or Pages(enter_page()), accounts=accounts_of(house) if house else None),
    )
    site = Site(app, store, hub, clock, house)
    try:
        yield site
    finally:
        hub.close()
        for client in site.clients:
            await client.aclose()


def pages_on(store: MemoryStore, doors: Doors, clock: HandClock, house: House | None) -> Pages:
    """All pages of grading, as the installation has them."""
    planning = Planning(
        doors.coursework, CLAIM_KEY, house.people if house else None, doors.shown_uid, doors.desk
    )

    def made(results: Results) -> list[BaseRoute]:
        return routes(
            results, ALL, Rules(), SystemClock(), is_teacher=is_teacher, planning=planning
        )

    teachers = made(doors.teachers) if doors.teachers else ()
    return Pages(enter_page(), made(doors.readers), error_page(is_teacher), teachers=teachers)


def is_teacher(request: Request) -> bool:
    """Whether the gate found a teacher."""
    return request.scope.get("state", {}).get("role") is Role.ADMIN


def accounts_of(house: House, secret: str = "a secret") -> Accounts:
    """The ways in of a house; a university is one where its settings name it. `secret`: of the
    client there."""
    ways: tuple[Way, ...] = ("token", "student", "pin")
    if house.settings.university_issuer:
        ways = (*ways, "university")
    faces = PlainFaces(ways, house.settings.university_name)
    door = Door(house.signing_in, house.passport, faces, is_secure=False, forgets=(COURSE_COOKIE,))
    found = [style_route(), *door.routes()]
    if house.settings.university_issuer:
        found += UniversityDoor(door, University(house.signing_in, secret)).routes()
    return Accounts(door, found, house.people)
