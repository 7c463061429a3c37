"""The law of the results site: store, API, pages and access rules of one course, joined.

Only the results API imports this: it brings the web framework and the pages.
"""

from functools import partial

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import BaseRoute
from starlette.types import Scope

from holdfast.grading.domain.rules import Rules
from holdfast.grading.domain.scenarios import CATALOGUE
from holdfast.grading.entrypoints.results_api.access import COOKIE as COURSE_COOKIE
from holdfast.grading.entrypoints.results_api.access import Access, Role
from holdfast.grading.entrypoints.results_api.app import (
    Accounts,
    Course,
    Kept,
    Pages,
    Stores,
    results_app,
)
from holdfast.grading.entrypoints.results_api.figures import Outcomes, write_results
from holdfast.grading.entrypoints.results_api.settings import (
    ResultsSettings,
    Secrets,
    is_open,
    read_secrets,
)
from holdfast.grading.pages.columns import columns_of
from holdfast.grading.pages.ground import Planning
from holdfast.grading.pages.keeping import Keeping, shelves
from holdfast.grading.pages.routes import enter_page, error_page, routes
from holdfast.grading.service.ports import Results
from holdfast.grading.service.pseudonymous import doors_of
from holdfast.grading.service.watch_changes import ChangeHub
from holdfast.grading.store.postgres import PostgresStore
from holdfast.platform.auth.faces import PlainFaces, Way, style_route
from holdfast.platform.auth.passport import Passport
from holdfast.platform.auth.passwords import Passwords
from holdfast.platform.auth.ports import People
from holdfast.platform.auth.settings import PeopleSettings, client_secret
from holdfast.platform.auth.signing_in import SigningIn
from holdfast.platform.auth.site import Door
from holdfast.platform.data.database import Database
from holdfast.platform.data.figures import pool_source
from holdfast.platform.runtime.clock import Clock, SystemClock
from holdfast.platform.runtime.config import Effective
from holdfast.platform.runtime.settings import FleetSettings
from holdfast.platform.telemetry.port import Source
from holdfast.platform.telemetry.readiness import Readiness
from holdfast.platform.telemetry.requests import RequestFigures
from holdfast.platform.web.observed_app import ObservedApp
from holdfast.platform.web.rendered import RenderedFigures
from holdfast.platform.web.route_names import starlette_route


def results_site(
    effective: Effective,
    store: PostgresStore,
    secrets: Secrets,
    hub: ChangeHub,
    *,
    people: People,
    outcomes: Outcomes | None = None,
    rendered: RenderedFigures | None = None,
) -> Starlette:
    """The ASGI application of the course: JSON, pages and live changes under one set of rules.
    `outcomes` counts the calls of nodes, `rendered` what came from the cache."""
    fleet = effective.section(FleetSettings)
    settings = effective.section(ResultsSettings)
    rules = effective.section(Rules)
    clock = SystemClock()
    keeping = Keeping(hub.editions, columns_of(CATALOGUE), is_reader, clock.monotonic)
    doors = doors_of(store.results, store.coursework, secrets.claim_key, settings.identity)
    keys = secrets.claim_key, people, doors.shown_uid, doors.desk, keeping.class_edition
    planning = Planning(doors.coursework, *keys)

    def pages_on(results: Results) -> list[BaseRoute]:
        return routes(
            results,
            CATALOGUE,
            rules,
            clock,
            port_offset=fleet.port_offset,
            is_teacher=is_teacher,
            planning=planning,
        )

    return results_app(
        Stores(
            store.ledger, doors.readers, store.claims, store.upkeep, store.results, doors.teachers
        ),
        Course(CATALOGUE, rules, fleet.port_offset),
        Access(
            is_open=is_open(settings, fleet),
            viewer=secrets.viewer,
            admin=secrets.admin,
            service=secrets.service,
            now=lambda: clock.wall().timestamp(),
            hides_ids=settings.identity == "pin",
            shown_uid=doors.shown_uid,
        ),
        settings=settings,
        claim_key=secrets.claim_key,
        hub=hub,
        pages=Pages(
            enter_page(),
            pages_on(doors.readers),
            error_page(is_teacher),
            kept=_kept(settings, keeping, rendered),
            accounts=accounts(effective, people, clock),
            teachers=pages_on(doors.teachers) if doors.teachers else (),
        ),
        outcomes=outcomes,
    )


def observed_site(
    effective: Effective,
    opened: tuple[Database, PostgresStore],
    people: People,
    hub: ChangeHub,
    readiness: Readiness,
) -> tuple[ObservedApp, tuple[Source, ...]]:
    """The site as it is served: requests counted and logged; and the figures of its process."""
    fleet = effective.section(FleetSettings)
    secrets = read_secrets(effective.section(ResultsSettings), fleet.data)
    database, store = opened
    requests, outcomes, rendered = RequestFigures(), Outcomes(), RenderedFigures()
    app = ObservedApp(
        results_site(
            effective, store, secrets, hub, people=people, outcomes=outcomes, rendered=rendered
        ),
        readiness,
        requests,
        fleet.request_log,
        starlette_route(),
    )
    told = partial(write_results, outcomes, lambda: hub.watchers)
    return app, (requests.write, pool_source(database), told, rendered.write)


def accounts(effective: Effective, people: People, clock: Clock) -> Accounts:
    """The ways in for people, as `[people]` sets them."""
    settings = effective.section(PeopleSettings)
    has_university = bool(settings.university_issuer)
    has_pins = effective.section(ResultsSettings).identity == "pin"
    ways: tuple[Way, ...] = ("pin", "token", "student") if has_pins else ("token", "student")
    if has_university:
        ways = (*ways, "university")
    faces = PlainFaces(ways, settings.university_name)
    door = Door(
        SigningIn(people, Passwords(), settings, clock),
        Passport(people, settings, clock),
        faces,
        is_secure=settings.public_url.startswith("https://"),
        forgets=(COURSE_COOKIE,),
    )
    found = [style_route(), *door.routes()]
    if has_university:  # seldom, and it brings a client and a reader of JSON Web Tokens
        from holdfast.platform.auth.university import University
        from holdfast.platform.auth.university_door import UniversityDoor

        university = University(door.signing_in, client_secret(settings))
        found += UniversityDoor(door, university).routes()
    return Accounts(door, found, people)


def is_teacher(request: Request) -> bool:
    """Who has a desk and may read a teacher's note."""
    role: Role = request.scope.get("state", {}).get("role", Role.PUBLIC)
    return role is Role.ADMIN


def is_reader(scope: Scope) -> bool:
    """Viewers and students see what all viewers, or that student, see; teachers see notes and
    forms that are made for them."""
    return scope.get("state", {}).get("role") in (Role.VIEWER, Role.STUDENT)


def _kept(
    settings: ResultsSettings, keeping: Keeping, figures: RenderedFigures | None
) -> Kept | None:
    if settings.page_cache_s == 0:
        return None
    room = shelves(settings.page_cache_s, settings.page_cache_mb << 20)
    return Kept(keeping.place, keeping.changed, room, keeping.now, figures or RenderedFigures())
