"""An offer that was chosen: the trip once more, what it costs, what may be done with it.

The price on it holds until the time that stands there. When it has ended, or the seats are gone,
the page says so and looks for the same flights again with one click.
"""

from starlette.responses import RedirectResponse, Response

from holdfast.flights.domain.ids import request_of_offer
from holdfast.flights.pages import links
from holdfast.flights.pages.api import Away, Problem, Question, at
from holdfast.flights.pages.figures import moment_of
from holdfast.flights.pages.problems import problem_page, told
from holdfast.flights.pages.rendering import HEADERS
from holdfast.flights.pages.search_again import body_of, difference, instead_of, price_text
from holdfast.flights.pages.site import Route, Site, Visit
from holdfast.flights.pages.trip_view import conditions_of, trip_of
from holdfast.flights.wire.duffel_offers import OfferRequestShape, OfferShape

GONE = "offer_no_longer_available"
MAX_PRICE_CHARS = 20
"""Of a price in an address: `1234567890.12EUR`."""
OFFER = "/air/offers/{}"
SEARCHES = "/air/offer_requests"


async def show(site: Site, visit: Visit) -> Response:
    """`/offers/{id}`: the trip, its price and its terms."""
    offer = await offer_of(site, visit)
    if not isinstance(offer, OfferShape):
        return await ended(site, visit, offer)
    change, refund = conditions_of(offer.conditions)
    return site.render.page(
        visit,
        "offer.html",
        offer=offer,
        trip=trip_of(offer.slices),
        change=change,
        refund=refund,
        until=moment_of(offer.expires_at),
        hold_until=moment_of(offer.payment_requirements.payment_required_by or ""),
        difference=difference(visit.ask("was", MAX_PRICE_CHARS), offer),
        is_same=visit.ask("same") == "1",
        was_asked=bool(visit.ask("was")),
    )


async def again(site: Site, visit: Visit) -> Response:
    """`POST /offers/{id}/again`: the same search once more, and the best of what it finds."""
    request, lost = await lost_of(site, visit)
    if not isinstance(request, OfferRequestShape):
        return problem_page(site.render, visit, 410)
    question = Question(
        "POST",
        SEARCHES,
        query={"return_offers": "true"},
        body=body_of(request, lost),
        viewer=visit.viewer,
        request_id=visit.request_id,
        repeatable=True,
    )
    found = await site.api.ask(question, OfferRequestShape)
    if not isinstance(found, OfferRequestShape):
        return told(site, visit, found)
    offers = found.offers if isinstance(found.offers, list) else []
    instead = instead_of(lost, offers)
    if instead is None:
        trip = trip_of(lost.slices) if lost else ()
        return site.render.page(visit, "gone.html", 410, trip=trip, is_nothing_left=True, why="")
    before = price_text(lost) if lost else ""
    query = [("was", before), ("same", "1" if instead.same else "0")]
    address = links.with_query(links.offer(instead.offer.id), query)
    return RedirectResponse(address, 303, HEADERS)


async def offer_of(site: Site, visit: Visit) -> OfferShape | Problem:
    """The offer of the address, as it is now, or why there is none."""
    question = Question("GET", at(OFFER, _id(visit)), request_id=visit.request_id)
    return await site.api.ask(question, OfferShape)


async def lost_of(
    site: Site, visit: Visit
) -> tuple[OfferRequestShape | Problem | None, OfferShape | None]:
    """The search that found the offer of the address, and the offer as it was."""
    place = request_of_offer(_id(visit))
    if place is None:
        return None, None
    question = Question("GET", at(SEARCHES + "/{}", place[0]), request_id=visit.request_id)
    found = await site.api.ask(question, OfferRequestShape)
    if not isinstance(found, OfferRequestShape) or not isinstance(found.offers, list):
        return found, None
    return found, next((one for one in found.offers if one.id == _id(visit)), None)


async def ended(site: Site, visit: Visit, problem: Problem, why: str = "expired") -> Response:
    """The page of an offer that cannot be had: `why` is `expired`, `sold_out` or `booked`; what
    else went wrong is told as such."""
    is_gone = not isinstance(problem, Away) and problem.code == GONE
    if not is_gone and why == "expired":
        return told(site, visit, problem)
    _, lost = await lost_of(site, visit)
    trip = trip_of(lost.slices) if lost else ()
    return site.render.page(visit, "gone.html", 410, trip=trip, is_nothing_left=False, why=why)


def _id(visit: Visit) -> str:
    return str(visit.request.path_params["offer"])


PAGES = (
    Route("GET", "/offers/{offer}", show),
    Route("POST", "/offers/{offer}/again", again),
)
