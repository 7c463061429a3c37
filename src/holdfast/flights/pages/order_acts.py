"""What a traveller does with an order: pay it, price it anew, give it back, accept a change.

Each is a form on the order's page; whatever is refused is told there. Money goes back only after
the refund was shown and confirmed, and only as long as it was promised.
"""

import re

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from holdfast.flights.domain.order import PaymentType
from holdfast.flights.pages import links
from holdfast.flights.pages.api import Away, Problem, Question, at
from holdfast.flights.pages.figures import moment_of
from holdfast.flights.pages.order_view import OrderStanding, order_view, standing_of
from holdfast.flights.pages.orders import ORDERS, opened, order_of, page_of
from holdfast.flights.pages.problems import told
from holdfast.flights.pages.rendering import HEADERS
from holdfast.flights.pages.site import Route, Site, Visit
from holdfast.flights.wire.duffel_airline_changes import AirlineChangeShape
from holdfast.flights.wire.duffel_order_asks import CancellationBody, PayBody, PaymentBody
from holdfast.flights.wire.duffel_orders import OrderShape
from holdfast.flights.wire.duffel_payments import CancellationShape, PaymentShape

PAYMENTS = "/air/payments"
CANCELLATIONS = "/air/order_cancellations"
CHANGES = "/air/airline_initiated_changes"
TROUBLES = {
    "already_paid": "order.trouble.paid",
    "past_payment_required_by_date": "order.trouble.lapsed",
    "price_changed": "order.trouble.price",
    "offer_no_longer_available": "order.trouble.gone",
    "insufficient_balance": "order.trouble.money",
    "already_cancelled": "order.trouble.cancelled",
    "schedule_passed": "order.trouble.departed",
    "order_cancellation_expired": "order.trouble.quote",
    "order_changed": "order.trouble.quote",
    "price_guaranteed": "order.trouble.guaranteed",
}
"""What the API refuses, and the sentence for it."""
_CHANGE_ID = re.compile(r"[a-z]{3,4}_[0-9A-Za-z]{1,40}", re.ASCII)
_QUOTE_ID = re.compile(r"ore_[0-9A-Za-z]{22}", re.ASCII)


async def pay(site: Site, visit: Visit) -> Response:
    """`POST .../pay`: pay what the page said. Twice is once: the second finds it paid."""
    order = await order_of(site, visit)
    if not isinstance(order, OrderShape):
        return told(site, visit, order)
    if standing_of(order, visit.now) is OrderStanding.PAID:
        return _back(visit, "paid")
    amount, currency = visit.field("amount", 20), visit.field("currency", 3)
    payment = PaymentBody(PaymentType.BALANCE, amount, currency)
    question = Question(
        "POST",
        PAYMENTS,
        body=PayBody(order.id, payment),
        key=f"page-pay-{order.id}-{amount}{currency}",
        request_id=visit.request_id,
    )
    done = await opened(site, visit)[0].ask(question, PaymentShape)
    if isinstance(done, PaymentShape):
        return _back(visit, "paid")
    return await _trouble(site, visit, done)


async def reprice(site: Site, visit: Visit) -> Response:
    """`POST .../reprice`: ask the price of now of a hold whose guarantee has ended."""
    api, order_id = opened(site, visit)
    path = at(ORDERS + "/{}/actions/reprice", order_id)
    question = Question("POST", path, viewer=visit.viewer, request_id=visit.request_id)
    done = await api.ask(question, OrderShape)
    if isinstance(done, OrderShape):
        return _back(visit, "repriced")
    return await _trouble(site, visit, done)


async def ask_back(site: Site, visit: Visit) -> Response:
    """`POST .../cancel`: ask what would be given back, and go on to where that is shown."""
    api, order_id = opened(site, visit)
    body = CancellationBody(order_id)
    question = Question(
        "POST", CANCELLATIONS, body=body, request_id=visit.request_id, repeatable=True
    )
    quote = await api.ask(question, CancellationShape)
    if isinstance(quote, CancellationShape):
        return RedirectResponse(_link(visit, f"cancel/{quote.id}"), 303, HEADERS)
    return await _trouble(site, visit, quote)


async def show_back(site: Site, visit: Visit) -> Response:
    """`.../cancel/{quote}`: what would be given back, and until when."""
    order = await order_of(site, visit)
    if not isinstance(order, OrderShape):
        return told(site, visit, order)
    quote = await _quote(site, visit, order.id)
    if not isinstance(quote, CancellationShape):
        return told(site, visit, quote)
    if quote.confirmed_at:
        return _back(visit, "cancelled")
    until = moment_of(quote.expires_at)
    return site.render.page(
        visit,
        "cancel.html",
        order=order_view(order, visit.now),
        quote=quote,
        until=until,
        is_over=until is not None and until <= visit.now,
        link=lambda part="": _link(visit, part),
    )


async def confirm_back(site: Site, visit: Visit) -> Response:
    """`POST .../cancel/{quote}`: give it back."""
    api, order_id = opened(site, visit)
    quote = await _quote(site, visit, order_id)
    if not isinstance(quote, CancellationShape):
        return told(site, visit, quote)
    path = at(CANCELLATIONS + "/{}/actions/confirm", quote.id)
    question = Question("POST", path, request_id=visit.request_id, repeatable=True)
    done = await api.ask(question, CancellationShape)
    if isinstance(done, CancellationShape):
        return _back(visit, "cancelled")
    return await _trouble(site, visit, done)


async def accept(site: Site, visit: Visit) -> Response:
    """`POST .../accept`: accept what the airline changed."""
    order = await order_of(site, visit)
    if not isinstance(order, OrderShape):
        return told(site, visit, order)
    wanted = visit.field("change", 60)
    mine = {one.id for one in order.airline_initiated_changes}
    if wanted not in mine or not _CHANGE_ID.fullmatch(wanted):
        raise HTTPException(404)
    path = at(CHANGES + "/{}/actions/accept", wanted)
    question = Question("POST", path, request_id=visit.request_id, repeatable=True)
    done = await opened(site, visit)[0].ask(question, AirlineChangeShape)
    if isinstance(done, AirlineChangeShape):
        return _back(visit, "accepted")
    return await _trouble(site, visit, done)


async def _quote(site: Site, visit: Visit, order_id: str) -> CancellationShape | Problem:
    """A refund quote of this very order; 404 for another one's."""
    wanted = str(visit.request.path_params["quote"])
    if not _QUOTE_ID.fullmatch(wanted):
        raise HTTPException(404)
    question = Question("GET", at(CANCELLATIONS + "/{}", wanted), request_id=visit.request_id)
    quote = await opened(site, visit)[0].ask(question, CancellationShape)
    if isinstance(quote, CancellationShape) and quote.order_id != order_id:
        raise HTTPException(404)
    return quote


async def _trouble(site: Site, visit: Visit, problem: Problem) -> Response:
    """The order's page with what did not work."""
    if isinstance(problem, Away):
        return told(site, visit, problem)
    order = await order_of(site, visit)
    trouble = TROUBLES.get(problem.code, "order.trouble.other")
    if not isinstance(order, OrderShape):
        return told(site, visit, problem)
    return page_of(site, visit, order, trouble=trouble, status=409)


def _link(visit: Visit, part: str = "") -> str:
    params = visit.request.path_params
    return links.order(params["order"], params["seal"], part)


def _back(visit: Visit, news: str) -> Response:
    return RedirectResponse(links.with_query(_link(visit), [("news", news)]), 303, HEADERS)


PAGES = (
    Route("POST", "/orders/{order}/{seal}/pay", pay),
    Route("POST", "/orders/{order}/{seal}/reprice", reprice),
    Route("POST", "/orders/{order}/{seal}/cancel", ask_back),
    Route("GET", "/orders/{order}/{seal}/cancel/{quote}", show_back),
    Route("POST", "/orders/{order}/{seal}/cancel/{quote}", confirm_back),
    Route("POST", "/orders/{order}/{seal}/accept", accept),
)
