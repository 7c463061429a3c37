"""Booking: who flies, pay now or hold; one form, one order, however often it is sent.

The offer is read anew before the form and before the booking. The form carries a key made with it:
a second click, or a try after an answer that got lost, finds the first one's order. What is wrong
is told beside its field; what became of the offer is told with a way on. The form says for whom it
books: whoever logged out or in since it was shown is told so before anything is booked.
"""

import re
import secrets
from dataclasses import dataclass

from starlette.responses import RedirectResponse, Response

from holdfast.flights.domain.money import Money, parse_amount
from holdfast.flights.domain.order import PaymentType
from holdfast.flights.pages import links
from holdfast.flights.pages.api import Away, Problem, Question, Refused
from holdfast.flights.pages.entrance import is_agent
from holdfast.flights.pages.figures import moment_of
from holdfast.flights.pages.offers import GONE, MAX_PRICE_CHARS, ended, offer_of
from holdfast.flights.pages.order_view import departs_of
from holdfast.flights.pages.party_form import Filled, PartyForm, Seeker, blank, filled
from holdfast.flights.pages.problems import told
from holdfast.flights.pages.rendering import HEADERS
from holdfast.flights.pages.sealing import Seals
from holdfast.flights.pages.seat_choice import MAX_TEXT_CHARS, Checked, picks_of, picks_text
from holdfast.flights.pages.seats import Seating, seating_of
from holdfast.flights.pages.site import Route, Site, Visit
from holdfast.flights.pages.trip_view import conditions_of, trip_of
from holdfast.flights.wire.duffel_offers import OfferShape
from holdfast.flights.wire.duffel_order_asks import OrderBody, PaymentBody, ServiceBody
from holdfast.flights.wire.duffel_orders import OrderShape
from holdfast.platform.auth.brake import network_of

ORDERS = "/air/orders"
KEY_BYTES = 16
MAX_KEY_CHARS = 64
MAX_FIELD_CHARS = 300
MAX_SERVICES_CHARS = 3000
"""Of the ids of a hundred seats."""
_SERVICE = re.compile(r"ase_[0-9A-Za-z]{22}", re.ASCII)
TROUBLES = {
    "ancillary_service_not_available": "checkout.trouble.seat",
    "insufficient_balance": "checkout.trouble.money",
    "duplicate_passenger_name": "checkout.trouble.names",
    "invalid_order_create_type": "checkout.trouble.hold",
    "too_many_holds": "checkout.trouble.holds",
}
"""What the API refuses that the form can go on with, and the sentence for it."""


@dataclass(frozen=True, slots=True)
class Cart:
    """What is about to be booked: the offer, the seats that can be had, and what both cost."""

    seating: Seating
    seats: Checked
    total: Money

    @property
    def offer(self) -> OfferShape:
        """The offer."""
        return self.seating.offer

    @property
    def seekers(self) -> list[Seeker]:
        """Who travels."""
        return [Seeker(who.id, who.type.value) for who in self.offer.passengers]


async def show(site: Site, visit: Visit) -> Response:
    """`/offers/{id}/passengers`: the form."""
    cart = await _cart(site, visit, visit.ask("seats", MAX_TEXT_CHARS))
    if not isinstance(cart, Cart):
        return await ended(site, visit, cart)
    return _page(site, visit, cart, blank(cart.seekers), key=secrets.token_urlsafe(KEY_BYTES))


async def book(site: Site, visit: Visit) -> Response:
    """`POST /offers/{id}/passengers`: the order, or the form with what is wrong."""
    cart = await _cart(site, visit, visit.field("seats", MAX_TEXT_CHARS))
    if not isinstance(cart, Cart):
        return await ended(site, visit, cart)
    key = visit.field("key", MAX_KEY_CHARS) or secrets.token_urlsafe(KEY_BYTES)
    filled_in = _filled(visit, cart)
    form = filled_in.form
    if not filled_in.is_good:
        return _page(site, visit, cart, form, key=key, status=422)
    if cart.seats.unconfirmed:
        trouble = "checkout.trouble.exit"
        return _page(site, visit, cart, form, key=key, status=409, trouble=trouble)
    if visit.field("account") != visit.account:
        trouble = "checkout.trouble.account" if visit.account else "checkout.trouble.nobody"
        return _page(site, visit, cart, form, key=key, status=409, trouble=trouble)
    question = Question(
        "POST",
        ORDERS,
        body=_body(visit, cart, filled_in),
        key=f"page-{key}",
        request_id=visit.request_id,
        buyer=buyer_of(visit),
    )
    own = site.api_of_traveller(visit)
    order = await (own or site.api).ask(question, OrderShape)
    if isinstance(order, OrderShape):
        seal = links.MINE if own else Seals.of(site.api.token).order(order.id)
        return RedirectResponse(links.order(order.id, seal), 303, HEADERS)
    return await _refused(site, visit, cart, form, key=key, problem=order)


def buyer_of(visit: Visit) -> str:
    """For whom it is booked: an account; or a browser by its name, and the network that it comes
    from, since a browser can come with a new name each time. An agent books for many, and has the
    number of holds that an agency's token has."""
    if visit.account:
        return "" if is_agent(visit.person) else f"person={visit.account}"
    host = visit.request.client.host if visit.request.client else ""
    return f"person={visit.viewer}, network={network_of(host)}"


async def _cart(site: Site, visit: Visit, chosen: str) -> Cart | Problem:
    seating = await seating_of(site, visit)
    if not isinstance(seating, Seating):
        return seating
    seats = seating.checked(picks_of(chosen))
    offer = seating.offer
    minor = parse_amount(offer.total_amount, offer.total_currency) or 0
    total = Money(minor, offer.total_currency) + seats.total(offer.total_currency)
    return Cart(seating, seats, total)


def _filled(visit: Visit, cart: Cart) -> Filled:
    typed = {name: value[:MAX_FIELD_CHARS] for name, value in visit.form.items()}
    departs = departs_of(cart.offer).date()
    return filled(cart.seekers, typed, today=visit.now.date(), departs=departs)


def _body(visit: Visit, cart: Cart, filled_in: Filled) -> OrderBody:
    is_hold = visit.field("how") == "hold"
    services, total = [one.service_id for one in cart.seats.seats], cart.total.text
    if cart.seats.lost:
        # Perhaps they are lost to this very form, which was sent before: then the same words find
        # the order that it made. If somebody else has them, the API refuses.
        services = _SERVICE.findall(visit.field("services", MAX_SERVICES_CHARS))
        total = visit.field("total", MAX_PRICE_CHARS)
    payment = PaymentBody(PaymentType.BALANCE, total, cart.total.currency)
    return OrderBody(
        selected_offers=[cart.offer.id],
        passengers=list(filled_in.passengers),
        type="hold" if is_hold else "instant",
        payments=None if is_hold else [payment],
        services=[ServiceBody(one) for one in services] or None,
    )


async def _refused(
    site: Site, visit: Visit, cart: Cart, form: PartyForm, *, key: str, problem: Problem
) -> Response:
    """The form once more, or the page of an offer that is gone. With the same key it is safe to
    send it again."""
    if isinstance(problem, Away):
        trouble = "checkout.trouble.away" if problem.definite else "checkout.trouble.unknown"
        return _page(site, visit, cart, form, key=key, status=502, trouble=trouble)
    if problem.code == GONE:
        still = await offer_of(site, visit)
        why = "sold_out" if isinstance(still, OfferShape) else "expired"
        return await ended(site, visit, problem, why)
    if _is_other_use(problem):
        return await ended(site, visit, problem, "booked")
    trouble = "checkout.trouble.seat" if cart.seats.lost else TROUBLES.get(problem.code, "")
    if not trouble:
        return told(site, visit, problem)
    return _page(site, visit, cart, form, key=key, status=409, trouble=trouble)


def _is_other_use(problem: Refused) -> bool:
    """Whether this form booked before, with other people in it, or the offer was taken."""
    return problem.code == "duplicate_booking" or "Idempotency-Key" in problem.pointer


def _page(
    site: Site,
    visit: Visit,
    cart: Cart,
    form: PartyForm,
    *,
    key: str,
    status: int = 200,
    trouble: str = "",
) -> Response:
    offer, needs = cart.offer, cart.offer.payment_requirements
    change, refund = conditions_of(offer.conditions)
    return site.render.page(
        visit,
        "checkout.html",
        status,
        offer=offer,
        trip=trip_of(offer.slices),
        flights=cart.seating.flights,
        seats=cart.seats.seats,
        lost=cart.seats.lost,
        chosen=picks_text(one.pick for one in cart.seats.seats),
        services=",".join(one.service_id for one in cart.seats.seats),
        total=cart.total,
        form=form,
        key=key,
        trouble=trouble,
        change=change,
        refund=refund,
        until=moment_of(offer.expires_at),
        pay_by=None
        if needs.requires_instant_payment
        else moment_of(needs.payment_required_by or ""),
        price_until=moment_of(needs.price_guarantee_expires_at or ""),
    )


PAGES = (
    Route("GET", "/offers/{offer}/passengers", show),
    Route("POST", "/offers/{offer}/passengers", book),
)
