"""The desk: an airline sees its feeds, whoever operates the system all of it, and decides.

Whoever has logged in with an account that has a desk is there; whoever comes without one, and
without a good pass, is asked for a key. An operator's page and an airline's are the same questions
to the API: what it refuses is not shown. Decisions are forms of our own page. An agent's desk is
the list of their orders.
"""

import asyncio
import re
from typing import TypeVar

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from holdfast.flights.pages import links
from holdfast.flights.pages.api import Api, Away, Problem, Question, at
from holdfast.flights.pages.desk_door import (
    MAX_KEY_CHARS,
    MAX_OWNER_CHARS,
    Pass,
    as_who,
    enter,
    forget,
    pass_here,
    remember,
)
from holdfast.flights.pages.entrance import is_agent
from holdfast.flights.pages.feed_view import (
    AuditAnswer,
    DoneAnswer,
    FeedsAnswer,
    ParkedListAnswer,
    PromiseAnswer,
    QuarantineAnswer,
    age_of,
    troubled_first,
)
from holdfast.flights.pages.problems import told
from holdfast.flights.pages.rendering import HEADERS
from holdfast.flights.pages.site import Route, Site, Visit

FEEDS = "/api/flights/feeds"
PARKED = "/api/flights/prices/parked"
AUDIT = "/api/flights/audit"
PROMISE = "/api/flights/promise"
SHOWN_RECORDS = "100"
"""Records that one page shows: who has more of them mends the first ones first."""
NEWS = frozenset({"approved", "refused", "nothing"})
T = TypeVar("T")
_NUMBER = re.compile(r"[0-9]{1,15}", re.ASCII)


async def door(site: Site, visit: Visit) -> Response:
    """`/desk`: the pages that the pass is for, or the form for a key."""
    held = pass_here(site, visit)
    if held is not None:
        return await _shown(site, visit, held)
    if is_agent(visit.person):
        return RedirectResponse(links.with_query(links.OWN_ORDERS, [("due", "1")]), 303, HEADERS)
    wrong = "desk.none" if visit.person else ""
    return site.render.page(visit, "desk_door.html", owner="", wrong=wrong)


async def come(site: Site, visit: Visit) -> Response:
    """`POST /desk`: a key for a pass."""
    owner, key = visit.field("owner", MAX_OWNER_CHARS), visit.field("key", MAX_KEY_CHARS)
    address = visit.request.client.host if visit.request.client else ""
    wait_s = site.doors.entering.wait_s(address, site.clock.monotonic())
    if wait_s > 0:
        answer = _again(site, visit, owner, "desk.often", 429)
        answer.headers["retry-after"] = str(int(wait_s) + 1)
        return answer
    held = await enter(site.api, owner, key) if owner and key else None
    if isinstance(held, Away):
        return told(site, visit, held)
    if held is None:
        return _again(site, visit, owner, "desk.wrong", 403)
    response = RedirectResponse(links.DESK, 303, HEADERS)
    remember(visit, response, held)
    return response


async def leave(_: Site, __: Visit) -> Response:
    """`POST /desk/leave`: away with the pass."""
    response = RedirectResponse(links.DESK, 303, HEADERS)
    forget(response)
    return response


async def decide(site: Site, visit: Visit) -> Response:
    """`POST /desk/{what}/{id}/{decision}`: an operator decides on a price or a file."""
    held = pass_here(site, visit)
    params = visit.request.path_params
    bases = {"prices": PARKED, "files": f"{FEEDS}/held"}
    is_known = params["what"] in bases and params["decision"] in ("approve", "refuse")
    if not is_known or not _NUMBER.fullmatch(params["id"]):
        raise HTTPException(404)
    if held is None:
        return _again(site, visit, "", "desk.over", 403)
    path = at(bases[params["what"]] + "/{}/{}", params["id"], params["decision"])
    question = Question("POST", path, request_id=visit.request_id, repeatable=True, enveloped=False)
    done = await as_who(site, held).ask(question, DoneAnswer)
    if isinstance(done, DoneAnswer):
        news = "approved" if params["decision"] == "approve" else "refused"
    elif not isinstance(done, Away) and done.status == 404:
        news = "nothing"
    else:
        return _problem(site, visit, held, done)
    return RedirectResponse(links.with_query(links.DESK, [("news", news)]), 303, HEADERS)


async def _shown(site: Site, visit: Visit, held: Pass) -> Response:
    api = as_who(site, held)
    feeds = await _ask(api, visit, FEEDS, FeedsAnswer)
    if not isinstance(feeds, FeedsAnswer):
        return _problem(site, visit, held, feeds)
    parked, audit, promise, quarantine = await asyncio.gather(
        _ask(api, visit, PARKED, ParkedListAnswer),
        _ask(api, visit, AUDIT, AuditAnswer),
        _ask(api, visit, PROMISE, PromiseAnswer),
        _set_aside(api, visit, held, feeds),
    )
    news = visit.ask("news")
    return site.render.page(
        visit,
        "desk.html",
        owner=held.owner,
        by_account=held.by_account,
        is_operator=isinstance(parked, ParkedListAnswer),
        feeds=troubled_first(feeds.feeds),
        held=feeds.held,
        sources=[one for one in feeds.sources if one.fault],
        age_of=age_of,
        parked=parked.prices if isinstance(parked, ParkedListAnswer) else [],
        audit=audit if isinstance(audit, AuditAnswer) else None,
        costs=promise.costs if isinstance(promise, PromiseAnswer) else None,
        records=quarantine.records if isinstance(quarantine, QuarantineAnswer) else [],
        looked=_wanted(visit, held, feeds),
        airlines=sorted({one.airline for one in feeds.feeds}),
        news=news if news in NEWS else "",
    )


async def _set_aside(
    api: Api, visit: Visit, held: Pass, feeds: FeedsAnswer
) -> QuarantineAnswer | Problem | None:
    airline = _wanted(visit, held, feeds)
    if not airline:
        return None
    path = at(FEEDS + "/{}/quarantine", airline)
    return await _ask(api, visit, path, QuarantineAnswer, limit=SHOWN_RECORDS)


def _wanted(visit: Visit, held: Pass, feeds: FeedsAnswer) -> str:
    """The airline whose records are shown: the one that was asked for, one's own, or the first."""
    airlines = sorted({one.airline for one in feeds.feeds})
    asked = visit.ask("airline", 3)
    if asked in airlines:
        return asked
    if held.owner in airlines:
        return held.owner
    troubled = [one.airline for one in feeds.feeds if one.quarantined]
    return min(troubled, default="")


async def _ask(api: Api, visit: Visit, path: str, kind: type[T], **query: str) -> T | Problem:
    question = Question("GET", path, query=query, request_id=visit.request_id, enveloped=False)
    return await api.ask(question, kind)


def _problem(site: Site, visit: Visit, held: Pass, problem: Problem) -> Response:
    """The form for a key when the pass is over or not for this; else what went wrong."""
    if isinstance(problem, Away) or problem.status not in (401, 403):
        return told(site, visit, problem)
    wrong = "desk.over" if problem.status == 401 else "desk.forbidden"
    answer = _again(site, visit, held.owner, wrong, 403)
    forget(answer)
    return answer


def _again(site: Site, visit: Visit, owner: str, wrong: str, status: int) -> Response:
    return site.render.page(visit, "desk_door.html", status, owner=owner, wrong=wrong)


PAGES = (
    Route("GET", links.DESK, door),
    Route("POST", links.DESK, come),
    Route("POST", "/desk/leave", leave),
    Route("POST", "/desk/{what}/{id}/{decision}", decide),
)
