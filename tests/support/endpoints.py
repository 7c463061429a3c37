"""Every address of both applications and who may call it: the page docs/reference/endpoints.md.

It is made from the declarations that the processes serve, so it is as whole as they are;
`tests/security/test_endpoints.py` holds it to them and asks every address in every role.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from starlette.routing import Route

from holdfast.flights.entrypoints.http.health import LIVE, READY
from holdfast.flights.entrypoints.http.openapi import DESCRIPTION
from holdfast.flights.entrypoints.http.operation import Operation
from holdfast.flights.pages.routes import PAGES
from holdfast.flights.wiring.sites.declared import DECLARED
from holdfast.grading.domain.rules import Rules
from holdfast.grading.domain.scenarios import CATALOGUE
from holdfast.grading.entrypoints.results_api.access import Access, Role, role_needed
from holdfast.grading.entrypoints.results_api.app import Pages
from holdfast.grading.entrypoints.results_api.own import (
    OfAttempt,
    OfEverybody,
    OfStudent,
    shown_by,
)
from holdfast.grading.pages.ground import Planning
from holdfast.grading.pages.routes import enter_page, error_page, routes
from holdfast.grading.store.memory import MemoryStore
from holdfast.grading.store.memory_coursework import MemoryCoursework
from holdfast.platform.auth.settings import PeopleSettings
from holdfast.platform.runtime.clock import SystemClock
from tests.support.people import House
from tests.support.results_site import Site, is_teacher, results_site

SILENT_UNIVERSITY = PeopleSettings(
    public_url="http://results.test",
    university_issuer="http://127.0.0.1:9",
    university_client_id="holdfast",
)
"""Nobody listens there: its addresses are served, and say so."""
ROLES = (Role.PUBLIC, Role.VIEWER, Role.ADMIN, Role.SERVICE)
SCOPES = ("read", "book", "feeds", "operate")
FLIGHTS: tuple[Operation, ...] = (*DECLARED, LIVE, READY, DESCRIPTION)
"""All that flights can be asked, whichever process answers."""

HEAD = """# Endpoints: who may call what

**Every address of both applications, and every role; whatever is not on this page is not there.**
A role that may not call an address learns nothing of what is behind it: 401 without a good token,
403 where a token is good for other things, and pages lead to the way in.

## Grading

As long as reading needs a token (`results.access`); where it is open, everybody is a viewer. One
who teaches has the admin token or a session of an account that teaches, a node the service token. A
student has a session or came with their personal token; `own` is what shows nobody but them. The
addresses below `/login/university` are there where one is configured.

| address | nobody | student | viewer | teacher | node |
|---|---|---|---|---|---|
"""
FLIGHTS_HEAD = """
## Flights

A token has one scope or more. What belongs to somebody (orders, holds, changes, payments, webhooks,
events, searches and their offers; an airline's feeds) is there for tokens of its owner alone:
to others it is 404.

| address | nobody | read | book | feeds | operate |
|---|---|---|---|---|---|
"""
TRAVEL_HEAD = """
## Travel pages

What [people](people-in-flights.md) find at port 8300. `link`: with the sealed link of an order;
`own`: what is their account's, or their airline's; `key`: with a key of the API. An agent finds
what a traveller does, an admin what a traveller and an operator do.

| address | nobody | traveller | airline | operator |
|---|---|---|---|---|
"""
TRAVELLERS: dict[str, tuple[str, str, str, str]] = {
    "/orders/mine": ("-", "own", "-", "-"),
    "/orders/{order}": ("link", "link, own", "link", "link"),
    "/desk": ("key", "key", "own", "yes"),
    "/desk/leave": ("yes", "yes", "yes", "yes"),
    "/desk/{what}": ("key", "key", "key", "yes"),
    "/me": ("-", "own", "own", "own"),
    "/": ("yes", "yes", "yes", "yes"),
}
"""By the beginning of an address, the longest that fits."""
FOOT = """
This page is written by `python -m tests.support.reference`. `tests/security/test_endpoints.py`
holds it to the declarations, asks every address in every role, and finds every JSON address in
the OpenAPI documents; `tests/security/test_object_access.py` asks for what is somebody else's.
"""


@dataclass(frozen=True, slots=True)
class Address:
    """A method at an address of grading."""

    method: str
    path: str

    @property
    def sample(self) -> str:
        """An address that the path means."""
        return (
            self.path.replace("{path:path}", "nowhere")
            .replace("{uid}", "1234")
            .replace("{number}", "1")
            .replace("{attempt}", "0" * 32)
            .replace("{id}", "0" * 32)
            .replace("{digest}", "0" * 12)
            .replace("{", "")
            .replace("}", "")
        )


@asynccontextmanager
async def whole_site(*, is_open: bool = False) -> AsyncIterator[Site]:
    """The results site with all its pages, on an empty store."""
    clock, house = SystemClock(), House(settings=SILENT_UNIVERSITY)
    store = MemoryStore(clock.wall)
    planning = Planning(MemoryCoursework(store), b"secret", house.people)
    pages = routes(store, CATALOGUE, Rules(), clock, is_teacher=is_teacher, planning=planning)
    made = Pages(enter_page(), pages, error_page(is_teacher))
    async with results_site(is_open=is_open, pages=made, house=house) as site:
        yield site


def addresses_of(site: Site) -> list[Address]:
    """All that a results site serves, JSON and pages; the page for what is not there left out."""
    found = []
    for route in site.app.routes:
        assert isinstance(route, Route)
        if route.path != "/{path:path}":
            methods = sorted((route.methods or {"GET"}) - {"HEAD"})
            found += [Address(method, route.path) for method in methods]
    return sorted(found, key=lambda one: (one.path, one.method))


def access() -> Access:
    """Rules of a site whose reading is not open."""
    return Access(is_open=False, viewer=b"v", admin=b"a", service=b"s", now=lambda: 0.0)


def endpoints_page(addresses: Sequence[Address]) -> str:
    """docs/reference/endpoints.md, of the addresses that a results site serves."""
    rules, lines = access(), []
    for one in addresses:
        marks = [_mark(rules.allows(role_needed(one.path), role)) for role in ROLES]
        marks.insert(1, student_may(one))
        lines.append(f"| `{one.method} {one.path}` | {' | '.join(marks)} |")
    flights = []
    for operation in sorted(FLIGHTS, key=lambda one: (one.path, one.method)):
        marks = [_mark(operation.public)]
        marks += [_mark(operation.public or scope == operation.scope) for scope in SCOPES]
        flights.append(f"| `{operation.method} {operation.path}` | {' | '.join(marks)} |")
    travel = [
        f"| `{one.method} {one.path}` | {' | '.join(travellers_may(one.method, one.path))} |"
        for one in sorted(PAGES, key=lambda one: (one.path, one.method))
    ]
    parts = ((HEAD, lines), (FLIGHTS_HEAD, flights), (TRAVEL_HEAD, travel))
    return "".join(head + "\n".join(rows) + "\n" for head, rows in parts) + FOOT


def travellers_may(method: str, path: str) -> tuple[str, str, str, str]:
    """What nobody, a traveller, an airline's person and an operator find at a travel page."""
    if (method, path) == ("POST", "/desk"):
        return ("key",) * 4  # that is how one comes in
    return TRAVELLERS[max((one for one in TRAVELLERS if path.startswith(one)), key=len)]


def student_may(one: Address) -> str:
    """What a student may read of an address."""
    needed = role_needed(one.path)
    if needed is not Role.VIEWER:
        return _mark(needed is Role.PUBLIC)
    match shown_by(one.sample, ""):
        case OfEverybody():
            return "yes"
        case OfStudent() | OfAttempt():
            return "own"
        case _:
            return "own" if one.path in ("/api/grading/live", "/api/grading/incidents") else "-"


def _mark(may: bool) -> str:
    return "yes" if may else "-"
