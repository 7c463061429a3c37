"""The orders of somebody who has logged in: a list, newest first, each a link to its page.

They are asked for with the account's own token, so the API shows nobody another's; an address of
one (`/orders/ord_.../mine`) opens it for its owner and says nothing to anybody else.
"""

from starlette.responses import Response

from holdfast.flights.pages import links
from holdfast.flights.pages.api import Api, Listed, Question
from holdfast.flights.pages.entrance import LogInFirst
from holdfast.flights.pages.order_view import OrderStanding, order_view
from holdfast.flights.pages.problems import told
from holdfast.flights.pages.site import Route, Site, Visit
from holdfast.flights.wire.duffel_orders import OrderShape

SHOWN = 20
"""Orders of one page of the list."""
MAX_CURSOR_CHARS = 300
WAITING = (OrderStanding.HELD, OrderStanding.PRICE_ENDED)


async def mine(site: Site, visit: Visit) -> Response:
    """`/orders/mine`: one's orders; `?after=` goes on, `?due=1` shows those that wait for money."""
    api = traveller_api(site, visit)
    if api is None:
        return site.render.page(visit, "own_orders.html", 403, orders=None, after="", due=False)
    due = visit.ask("due", 1) == "1"
    query = {"limit": str(SHOWN), "sort": "pay_by" if due else "-created_at"}
    query |= {"awaiting_payment": "true"} if due else {}
    after = visit.ask("after", MAX_CURSOR_CHARS)
    query |= {"after": after} if after else {}
    question = Question("GET", "/air/orders", query=query, request_id=visit.request_id)
    found = await api.listed(question, OrderShape)
    if not isinstance(found, Listed):
        return told(site, visit, found)
    return site.render.page(
        visit,
        "own_orders.html",
        orders=[order_view(one, visit.now) for one in found.items],
        after=links.with_query(
            links.OWN_ORDERS, [("after", found.after or ""), ("due", "1" if due else "")]
        )
        if found.after
        else "",
        due=due,
    )


def traveller_api(site: Site, visit: Visit) -> Api | None:
    """The API, asked as whoever has logged in; None for an account that does not book. Whoever has
    not logged in is asked to (`LogInFirst`)."""
    if visit.person is None:
        raise LogInFirst(visit.back if visit.back != links.SEARCH else links.OWN_ORDERS)
    return site.api_of_traveller(visit)


PAGES = (Route("GET", links.OWN_ORDERS, mine),)
