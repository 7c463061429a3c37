"""The law of the pages' routes: who visits, which page, and what is said when there is none.

Each page stands in a module of its own and lists itself in that module's `PAGES`. Here are only
what all of them share: bounds of time, forms from elsewhere, faults, languages, assets, health.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute
from starlette.routing import Route as HttpRoute

from holdfast.errors import HoldfastError
from holdfast.flights.pages import (
    checkout,
    desk,
    flight,
    links,
    offers,
    order_acts,
    orders,
    own_orders,
    people,
    results,
    search,
    seats,
    suggesting,
)
from holdfast.flights.pages.api import Api
from holdfast.flights.pages.entrance import Entrance, LogInFirst
from holdfast.flights.pages.forms import form_of
from holdfast.flights.pages.languages import named
from holdfast.flights.pages.problems import problem_page
from holdfast.flights.pages.rendering import HEADERS, renderer
from holdfast.flights.pages.site import (
    Page,
    Route,
    Site,
    Visit,
    remember_language,
    remember_viewer,
    visit_of,
)
from holdfast.platform.auth.origins import is_forged
from holdfast.platform.runtime.clock import Clock
from holdfast.platform.runtime.logs import Log
from holdfast.platform.web.assets import load_assets
from holdfast.platform.web.bodies import BodyRefused

ASSETS = Path(__file__).parent / "assets"
ANSWER_WITHIN_S = 25.0
"""How long a page may take: two questions to the API, each within its own bound."""
PING_S = 2.0
"""An API that takes longer to say that it lives is as good as away."""
PAGES: Sequence[Route] = (
    *search.PAGES,
    *suggesting.PAGES,
    *results.PAGES,
    *flight.PAGES,
    *offers.PAGES,
    *seats.PAGES,
    *checkout.PAGES,
    *own_orders.PAGES,
    *orders.PAGES,
    *order_acts.PAGES,
    *desk.PAGES,
    *people.PAGES,
)
"""All pages; each module adds its own."""
Answer = Callable[[Request], Awaitable[Response]]
_log = Log("pages")


def pages_app(
    api: Api,
    clock: Clock,
    pages: Sequence[Route] = PAGES,
    *,
    entrance: Entrance | None = None,
) -> Starlette:
    """The ASGI application of the pages, whose data come from `api`. Without an `entrance` nobody
    can log in."""
    files = load_assets(ASSETS)
    site = Site(api, renderer(files), clock, people=entrance)

    async def missing(request: Request, error: Exception) -> Response:
        """What no page is for: an unknown address, a wrong method."""
        assert isinstance(error, HTTPException)
        visit = visit_of(request, clock.wall())
        with suppress(HoldfastError):  # whoever it is, there is no such page
            visit = await site.known(visit)
        response = problem_page(site.render, visit, error.status_code)
        response.headers.update(error.headers or {})
        return response

    async def live(_: Request) -> Response:
        return JSONResponse({"ok": True})

    async def ready(_: Request) -> Response:
        is_there = await api.is_there(PING_S)
        return JSONResponse({"ok": is_there}, 200 if is_there else 503)

    routes: list[BaseRoute] = [
        HttpRoute("/assets/{digest}/{name}", files.serve),
        HttpRoute("/health/live", live),
        HttpRoute("/health/ready", ready),
        HttpRoute(f"{links.LANGUAGE}/{{code}}", _guarded(site, _switch)),
    ]
    routes += [
        HttpRoute(
            one.path, _guarded(site, one.page, reads_form=one.reads_form), methods=[one.method]
        )
        for one in pages
    ]
    return Starlette(routes=routes, exception_handlers={HTTPException: missing})


def _guarded(site: Site, page: Page, *, reads_form: bool = True) -> Answer:
    """The page within its bounds, or in plain words why there is none."""

    async def answer(request: Request) -> Response:
        visit = visit_of(request, site.clock.wall())
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                visit = await site.known(visit)
                response = await _answered(site, page, visit, reads_form=reads_form)
        except LogInFirst as first:
            response = RedirectResponse(links.enter(first.back), 303, HEADERS)
        except HTTPException as error:
            response = problem_page(site.render, visit, error.status_code)
        except HoldfastError as error:  # of the store of people: all else is the API's
            _log.warning("people_away", why=str(error), request_id=visit.request_id)
            response = problem_page(site.render, visit, 502)
        except TimeoutError:
            _log.warning("page_too_slow", path=request.url.path, request_id=visit.request_id)
            response = problem_page(site.render, visit, 502)
        except Exception:
            _log.exception("page_failed", path=request.url.path, request_id=visit.request_id)
            response = problem_page(site.render, visit, 500)
        remember_viewer(visit, response)
        return response

    return answer


async def _answered(site: Site, page: Page, visit: Visit, *, reads_form: bool) -> Response:
    request = visit.request
    if request.method != "POST":
        return await page(site, visit)
    if is_forged(request.method, request.headers):
        return problem_page(site.render, visit, 403)
    try:
        if reads_form:
            visit = visit.with_form(await form_of(request))
        return await page(site, visit)
    except BodyRefused as refused:
        return problem_page(site.render, visit, refused.status)


async def _switch(_: Site, visit: Visit) -> Response:
    """`/language/{code}?next=...`: keep the choice, go back."""
    language = named(visit.request.path_params["code"])
    if language is None:
        raise HTTPException(404)
    back = visit.ask("next", links.MAX_NEXT_CHARS + 1)
    response = RedirectResponse(back if links.is_ours(back) else links.SEARCH, 303, HEADERS)
    remember_language(response, language)
    return response
