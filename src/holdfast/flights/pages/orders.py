"""An order of one's own: found by its reference and a family name, or opened by its secret link.

Nobody reads another's order: a link is sealed, tries to find one are counted by address and by
reference, and a wrong name is answered like a reference that is not there. What somebody booked
with an account has `mine` in the seal's place: it is asked for as that account, by nobody else.
"""

import re

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from holdfast.flights.pages import links
from holdfast.flights.pages.api import Api, Listed, Problem, Question, at
from holdfast.flights.pages.calendar_file import MEDIA_TYPE, calendar_file
from holdfast.flights.pages.order_view import (
    OrderStanding,
    calendar_of,
    is_family_name,
    order_view,
    zones_of,
)
from holdfast.flights.pages.own_orders import traveller_api
from holdfast.flights.pages.problems import told
from holdfast.flights.pages.rendering import HEADERS
from holdfast.flights.pages.sealing import Seals
from holdfast.flights.pages.site import Route, Site, Visit
from holdfast.flights.wire.duffel_orders import OrderShape

ORDERS = "/air/orders"
MAX_NAME_CHARS = 40
NEWS = frozenset({"paid", "repriced", "accepted", "cancelled"})
"""What the page says was just done."""
_REFERENCE = re.compile(r"[A-Z0-9]{5,8}", re.ASCII)
_ORDER_ID = re.compile(r"ord_[0-9A-Za-z]{22}", re.ASCII)


async def ask(site: Site, visit: Visit) -> Response:
    """`/orders`: the form to find an order."""
    return site.render.page(visit, "find.html", reference="", name="", wrong="")


async def find(site: Site, visit: Visit) -> Response:
    """`POST /orders`: on to the order, or the form with one and the same answer."""
    reference = visit.field("reference", 20).upper().replace(" ", "")
    name = visit.field("name", MAX_NAME_CHARS)
    address = visit.request.client.host if visit.request.client else ""
    now_s = site.clock.monotonic()
    waits = [
        site.doors.finding.wait_s(f"@{address}", now_s),
        site.doors.references.wait_s(reference, now_s),
    ]
    if max(waits) > 0:
        answer = _found_nothing(site, visit, reference, name, wrong="orders.often", status=429)
        answer.headers["retry-after"] = str(int(max(waits)) + 1)
        return answer
    own = site.api_of_traveller(visit)
    for api in (site.api, own) if own else (site.api,):
        found = await _by_reference(api, visit, reference)
        if not isinstance(found, Listed):
            return told(site, visit, found)
        order = next((one for one in found.items if is_family_name(one, name)), None)
        if order is not None:
            seal = links.MINE if api is own else Seals.of(site.api.token).order(order.id)
            return RedirectResponse(links.order(order.id, seal), 303, HEADERS)
    return _found_nothing(site, visit, reference, name, wrong="orders.unknown", status=404)


async def show(site: Site, visit: Visit) -> Response:
    """`/orders/{id}/{seal}`: the order."""
    order = await order_of(site, visit)
    if not isinstance(order, OrderShape):
        return told(site, visit, order)
    return page_of(site, visit, order)


async def calendar(site: Site, visit: Visit) -> Response:
    """`/orders/{id}/{seal}/flights.ics`: its flights for a calendar."""
    order = await order_of(site, visit)
    if not isinstance(order, OrderShape):
        return told(site, visit, order)
    view = order_view(order, visit.now)
    body = calendar_file(calendar_of(view, zones_of(order)), visit.now)
    name = f"flights-{view.reference}.ics"
    headers = {**HEADERS, "content-disposition": f'attachment; filename="{name}"'}
    return Response(body, headers=headers, media_type=MEDIA_TYPE)


def page_of(
    site: Site, visit: Visit, order: OrderShape, *, trouble: str = "", status: int = 200
) -> Response:
    """An order's page; `trouble`: the sentence for what did not work."""
    view = order_view(order, visit.now)
    seal = visit.request.path_params["seal"]
    news = visit.ask("news")
    return site.render.page(
        visit,
        "order.html",
        status,
        order=view,
        link=lambda part="": links.order(view.id, seal, part),
        is_held=view.standing in (OrderStanding.HELD, OrderStanding.PRICE_ENDED),
        is_mine=seal == links.MINE,
        news=news if news in NEWS else "",
        trouble=trouble,
    )


async def order_of(site: Site, visit: Visit) -> OrderShape | Problem:
    """The order of an address. A wrong seal is a page that does not exist."""
    api, order_id = opened(site, visit)
    question = Question("GET", at(ORDERS + "/{}", order_id), request_id=visit.request_id)
    return await api.ask(question, OrderShape)


def opened(site: Site, visit: Visit) -> tuple[Api, str]:
    """The order's id of an address, and the API asked as whoever may see it: with a seal of ours
    the pages themselves, with `mine` whoever has logged in. 404 when it is neither."""
    order_id, seal = visit.request.path_params["order"], visit.request.path_params["seal"]
    is_mine = site.people is not None and seal == links.MINE
    is_sealed = Seals.of(site.api.token).is_order(order_id, seal)
    if not (is_mine or is_sealed) or not _ORDER_ID.fullmatch(order_id):
        raise HTTPException(404)
    api = traveller_api(site, visit) if is_mine else site.api
    if api is None:
        raise HTTPException(404)
    return api, str(order_id)


async def _by_reference(api: Api, visit: Visit, reference: str) -> Listed[OrderShape] | Problem:
    if not _REFERENCE.fullmatch(reference):
        return Listed([], None, None)
    question = Question(
        "GET", ORDERS, query={"booking_reference": reference}, request_id=visit.request_id
    )
    return await api.listed(question, OrderShape)


def _found_nothing(
    site: Site, visit: Visit, reference: str, name: str, *, wrong: str, status: int
) -> Response:
    return site.render.page(visit, "find.html", status, reference=reference, name=name, wrong=wrong)


PAGES = (
    Route("GET", links.ORDERS, ask),
    Route("POST", links.ORDERS, find),
    Route("GET", "/orders/{order}/{seal}", show),
    Route("GET", "/orders/{order}/{seal}/flights.ics", calendar),
)
