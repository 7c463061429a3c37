"""What can be flown: a search is made once, kept in the address, and shown, filtered and sorted.

The address that a form makes has no search in it yet: one is made and the browser sent on to it, so
that going back, filtering and sharing show the same locked prices. When these have ended a new
search is made, and the page tells what has become of them.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from starlette.responses import RedirectResponse, Response

from holdfast.flights.pages import figures, links
from holdfast.flights.pages.api import Away, Question, Refused, at
from holdfast.flights.pages.figures import moment_of
from holdfast.flights.pages.filters import chosen_of
from holdfast.flights.pages.itineraries import Itinerary, itineraries
from holdfast.flights.pages.price_news import News, news
from holdfast.flights.pages.problems import told
from holdfast.flights.pages.rendering import HEADERS
from holdfast.flights.pages.results_view import Shown, again, found_at, results_view
from holdfast.flights.pages.search import form_page, which_page, wish_in
from holdfast.flights.pages.search_form import search_form
from holdfast.flights.pages.site import Route, Site, Visit
from holdfast.flights.pages.suggesting import Meant, meant_by
from holdfast.flights.pages.wish import Wish, places_of, problems, same_trip, wrong_field
from holdfast.flights.wire.duffel_offers import OfferRequestShape

NOTHING_KEPT = timedelta(minutes=15)
"""A search that found nothing has no prices that end; it is made again after so long."""


async def show(site: Site, visit: Visit) -> Response:
    """`/results?from=FRA&to=LHR&out=...`: what was found."""
    wish = wish_in(visit)
    mistakes = problems(wish, visit.now.date())
    if mistakes:
        said = {field: visit.words(name) for field, name in mistakes.items()}
        return form_page(site, visit, wish, said, 422)
    meant = await meant_by(site, visit, places_of(wish))
    if not isinstance(meant, Meant):
        return told(site, visit, meant)
    if meant.choices:
        return _asked_back(site, visit, wish, meant)
    wish = wish.with_places(meant.codes)
    mistakes = problems(wish, visit.now.date())  # two names may mean one place
    if mistakes:
        said = {field: visit.words(name) for field, name in mistakes.items()}
        return form_page(site, visit, wish, said, 422)
    return await _found(site, visit, wish)


def _asked_back(site: Site, visit: Visit, wish: Wish, meant: Meant) -> Response:
    unknown = {
        field: visit.words("search.wrong.unknown", typed=typed)
        for field, typed in wish.pairs()
        if field.startswith(("from", "to")) and meant.choices.get(typed) == []
    }
    if unknown:
        return form_page(site, visit, wish, unknown, 422)
    return which_page(site, visit, wish, meant.choices)


async def _found(site: Site, visit: Visit, wish: Wish) -> Response:
    shown = shown_of(visit)
    chosen = chosen_of(visit.asks)
    if not shown.search:
        made = await _search(site, visit, wish)
        if isinstance(made, Refused):
            return _refused(site, visit, wish, made)
        if isinstance(made, Away):
            return told(site, visit, made)
        return _to(found_at(wish, made.id, shown, chosen))
    request = await _read(site, visit, shown.search)
    if isinstance(request, Refused) and request.status == 404:
        return _to(again(wish, Shown(order=shown.order), chosen))
    if isinstance(request, Refused | Away):
        return told(site, visit, request)
    if not same_trip(wish, _asked(request), len(request.passengers)):
        return _to(again(wish, Shown(order=shown.order), chosen))
    found = itineraries(request.offers or (), visit.now)
    if not found and _has_ended(request, visit.now):
        return _to(again(wish, shown, chosen))
    changed = await _news(site, visit, wish, shown, found) if shown.before else None
    view = results_view(wish, shown, chosen, found, changed)
    form = search_form(_named(wish, request), visit.now.date(), {})
    return site.render.page(
        visit,
        "results.html",
        view=view,
        form=form,
        names=_place_names(request),
        days=[figures.day(one.departure_date, visit.language) for one in request.slices],
        cabin_names=lambda cabins: ", ".join(_cabin(visit, one) for one in cabins),
    )


def shown_of(visit: Visit) -> Shown:
    """Which search, order and page an address wants."""
    page = visit.ask("page")
    return Shown(
        search=visit.ask("search", 64),
        before=visit.ask("before", 64),
        order=visit.ask("sort", 20),
        page=int(page) if page.isascii() and page.isdecimal() and len(page) <= 3 else 1,
    )


async def _search(site: Site, visit: Visit, wish: Wish) -> OfferRequestShape | Refused | Away:
    question = Question(
        "POST",
        "/air/offer_requests",
        query={"return_offers": "false"},
        body=wish.request(),
        viewer=visit.viewer,
        request_id=visit.request_id,
        repeatable=True,  # a second search is one that nobody looks at
    )
    return await site.api.ask(question, OfferRequestShape)


async def _read(site: Site, visit: Visit, search: str) -> OfferRequestShape | Refused | Away:
    question = Question("GET", at("/air/offer_requests/{}", search), request_id=visit.request_id)
    return await site.api.ask(question, OfferRequestShape)


async def _news(
    site: Site, visit: Visit, wish: Wish, shown: Shown, found: Sequence[Itinerary]
) -> News | None:
    """What became of the prices of the search before; None where that is not known any more."""
    before = await _read(site, visit, shown.before)
    if isinstance(before, Refused | Away):
        return None
    if not same_trip(wish, _asked(before), len(before.passengers)):
        return None
    made = moment_of(before.created_at) or visit.now
    return news(itineraries(before.offers or (), made), found)


def _refused(site: Site, visit: Visit, wish: Wish, refused: Refused) -> Response:
    """The API's own checks say where it is wrong; other refusals have pages."""
    if refused.status not in (400, 422):
        return told(site, visit, refused)
    field = wrong_field(refused.pointer, wish)
    why = visit.words("search.wrong.refused", why=refused.message)
    return form_page(site, visit, wish, {field: why}, 422)


def _cabin(visit: Visit, cabin: str) -> str:
    return visit.words.known(f"search.cabin.{cabin}", cabin)


def _asked(request: OfferRequestShape) -> list[tuple[str, str, date]]:
    return [
        (one.origin.iata_code, one.destination.iata_code, one.departure_date)
        for one in request.slices
    ]


def _place_names(request: OfferRequestShape) -> dict[str, str]:
    """The names of the places that were asked for, by code."""
    places = [place for one in request.slices for place in (one.origin, one.destination)]
    return {place.iata_code: place.city_name for place in places}


def _named(wish: Wish, request: OfferRequestShape) -> Wish:
    """With names and codes, as they stand in the form."""
    places = [place for one in request.slices for place in (one.origin, one.destination)]
    return wish.with_places({one.iata_code: f"{one.name} ({one.iata_code})" for one in places})


def _has_ended(request: OfferRequestShape, now: datetime) -> bool:
    if request.offers:
        return True  # it had some, and none of them lives
    made = moment_of(request.created_at)
    return made is None or now - made > NOTHING_KEPT


def _to(address: str) -> Response:
    return RedirectResponse(address, 303, HEADERS)


PAGES = (Route("GET", links.RESULTS, show),)
