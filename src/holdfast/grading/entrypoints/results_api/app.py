"""The application: all endpoints, pages and rules composed. No I/O: tests run it in process."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from holdfast import __version__
from holdfast.errors import DefiniteError, IndefiniteError
from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.rules import Rules
from holdfast.grading.domain.scenario import Scenario
from holdfast.grading.entrypoints.results_api.access import Access
from holdfast.grading.entrypoints.results_api.callers import Callers
from holdfast.grading.entrypoints.results_api.claiming import Claiming
from holdfast.grading.entrypoints.results_api.endpoints import Endpoint
from holdfast.grading.entrypoints.results_api.entering import (
    Entering,
    EnterPage,
    StudentsDoor,
)
from holdfast.grading.entrypoints.results_api.faces import for_teachers
from holdfast.grading.entrypoints.results_api.figures import Outcomes
from holdfast.grading.entrypoints.results_api.gate import Gate
from holdfast.grading.entrypoints.results_api.health import Health
from holdfast.grading.entrypoints.results_api.internal import Internal
from holdfast.grading.entrypoints.results_api.live import Live
from holdfast.grading.entrypoints.results_api.openapi import openapi
from holdfast.grading.entrypoints.results_api.problems import Problem, problem_of
from holdfast.grading.entrypoints.results_api.reading import Reading
from holdfast.grading.entrypoints.results_api.refusals import ErrorPage, Refusals
from holdfast.grading.entrypoints.results_api.seed_paths import SeedPaths
from holdfast.grading.entrypoints.results_api.settings import ResultsSettings
from holdfast.grading.entrypoints.results_api.teaching import Teaching
from holdfast.grading.service.claim_identity import ClaimKey
from holdfast.grading.service.ports import Claims, Ledger, Results, Upkeep
from holdfast.grading.service.watch_changes import ChangeHub
from holdfast.platform.auth.ports import AuditLog
from holdfast.platform.auth.site import FORGED, Door
from holdfast.platform.web.rendered import Choose, RenderedApp, RenderedFigures, Shelf


@dataclass(frozen=True, slots=True)
class Accounts:
    """People who log in: their `door`, which `routes` lead to, and the log of privileged acts."""

    door: Door
    routes: Sequence[BaseRoute]
    log: AuditLog


@dataclass(frozen=True, slots=True)
class Kept:
    """Answers that are made once for all who ask the same: `choose` says which, `changed` is told
    of forms that were taken. `now`: monotonic seconds."""

    choose: Choose
    changed: Callable[[str], None]
    shelves: Mapping[str, Shelf]
    now: Callable[[], float]
    figures: RenderedFigures = field(default_factory=RenderedFigures)


@dataclass(frozen=True, slots=True)
class Stores:
    """The doors of the store behind the API."""

    ledger: Ledger
    results: Results
    claims: Claims
    upkeep: Upkeep
    roster: Results | None = None
    """The roster with the students' own ids, where `results` shows others."""
    teachers: Results | None = None
    """What teachers read, where `results` shows them less than there is."""


@dataclass(frozen=True, slots=True)
class Course:
    """What is graded, by which numbers, on which ports."""

    catalogue: Mapping[TestId, Scenario]
    rules: Rules
    port_offset: int = 0


@dataclass(frozen=True, slots=True)
class Pages:
    """What browsers see. `routes` stand behind the same access rules; `enter` makes the form for a
    token; `error` tells browsers why there is no page. Without `accounts` there are the course's
    tokens alone; without `kept` every answer is made anew."""

    enter: EnterPage
    routes: Sequence[BaseRoute] = ()
    error: ErrorPage | None = None
    accounts: Accounts | None = None
    teachers: Sequence[BaseRoute] = ()
    """The same routes for teachers, where they see more than readers."""
    kept: Kept | None = None


def results_app(
    stores: Stores,
    course: Course,
    access: Access,
    *,
    settings: ResultsSettings,
    claim_key: bytes,
    hub: ChangeHub,
    pages: Pages,
    outcomes: Outcomes | None = None,
) -> Starlette:
    """The ASGI application. `outcomes` counts the calls of nodes."""
    accounts = pages.accounts
    key = ClaimKey(settings.course, claim_key)
    claiming = Claiming(stores.claims, key, settings.identity, settings.claim_s)
    endpoints = [
        *_reading(stores, course, stores.results),
        *_teaching(stores, key, accounts, access).endpoints(),
        *claiming.endpoints(),
        *_internal(stores, outcomes, hub).endpoints(),
        *Live(hub, settings.heartbeat_s, access.shown_uid).endpoints(),
        *Health(stores.upkeep).endpoints(),
    ]
    callers = Callers(access, accounts.door.passport if accounts else None)

    async def owner_of(attempt: str) -> int | None:
        record = await stores.results.attempt(attempt)
        return record.summary.uid if record else None

    refusals = Refusals(pages.error)
    gate = Middleware(Gate, callers=callers, owner_of=owner_of, refusals=refusals)
    document = openapi(endpoints, __version__)

    async def description(_: Request) -> Response:
        return Response(document, media_type="application/json")

    async def fault(request: Request, error: Exception) -> Response:
        is_forged = isinstance(error, HTTPException) and error.detail == FORGED
        return refusals.answer(request.scope, problem_of(error), "forged" if is_forged else "")

    app = Starlette(
        routes=[
            *(for_teachers(one.route()) for one in _reading(stores, course, stores.teachers)),
            *(endpoint.route() for endpoint in endpoints),
            Route("/openapi.json", description, methods=["GET"]),
            *_entering(stores, access, key, pages, accounts).routes(),
            *(accounts.routes if accounts else ()),
            *claiming.routes(),
            *(for_teachers(route) for route in pages.teachers),
            *pages.routes,
        ],
        middleware=[gate, *_keeping(pages.kept, access)],
        exception_handlers=dict.fromkeys((*_EXPECTED, Exception), fault),
    )
    app.router.redirect_slashes = False
    return app


_EXPECTED = (HTTPException, Problem, DefiniteError, IndefiniteError, TimeoutError)
"""What is answered and is no defect of ours: a store that is away, something that is not there."""


def _reading(stores: Stores, course: Course, results: Results | None) -> list[Endpoint]:
    """The addresses that show what `results` has."""
    if results is None:
        return []
    reading = Reading(
        results, course.catalogue, course.rules, course.port_offset, stores.ledger.practice
    )
    return [*SeedPaths(results, course.catalogue).endpoints(), *reading.endpoints()]


def _teaching(stores: Stores, key: ClaimKey, accounts: Accounts | None, access: Access) -> Teaching:
    log = accounts.log if accounts else None
    return Teaching(stores.roster or stores.results, key, log, access.shown_uid)


def _internal(stores: Stores, outcomes: Outcomes | None, hub: ChangeHub) -> Internal:
    counted = Counter() if outcomes is None else outcomes
    return Internal(stores.ledger, counted, hub.editions.touch)


def _keeping(kept: Kept | None, access: Access) -> list[Middleware]:
    """Behind the gate, so that nobody gets what is not for them. Where ids are secrets, nothing is
    kept; where one must log in, browsers keep nothing, for the next person's sake."""
    if kept is None or access.hides_ids:
        return []
    return [
        Middleware(
            RenderedApp,
            choose=kept.choose,
            shelves=kept.shelves,
            now=kept.now,
            changed=kept.changed,
            figures=kept.figures,
            browsers_keep=access.is_open,
        )
    ]


def _entering(
    stores: Stores, access: Access, key: ClaimKey, pages: Pages, accounts: Accounts | None
) -> Entering:
    tries = accounts.door.signing_in if accounts and access.hides_ids else None
    students = StudentsDoor(key, stores.roster or stores.results, tries)
    if accounts is None:
        return Entering(access, pages.enter, students)
    door = accounts.door
    return Entering(access, pages.enter, students, door.faces, door.is_secure, door.passport)
