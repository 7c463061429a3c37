"""The first page: where to, when, who. One form whose address can be shared."""

from collections.abc import Mapping

from starlette.responses import Response

from holdfast.flights.pages import links
from holdfast.flights.pages.places import Choice
from holdfast.flights.pages.search_form import search_form, usual_wish
from holdfast.flights.pages.site import Route, Site, Visit
from holdfast.flights.pages.wish import MAX_PLACE_CHARS, Wish, wish_of


def wish_in(visit: Visit) -> Wish:
    """What the address asks for."""
    return wish_of(lambda name: visit.ask(name, MAX_PLACE_CHARS))


async def show(site: Site, visit: Visit) -> Response:
    """`/`: the form, empty or with what the address says; `swap` turns it round."""
    wish = usual_wish(wish_in(visit), visit.now.date())
    return form_page(site, visit, wish.swapped() if visit.ask("swap") else wish, {})


def form_page(
    site: Site, visit: Visit, wish: Wish, mistakes: Mapping[str, str], status: int = 200
) -> Response:
    """The form with what is wrong in it: `mistakes` are sentences by field."""
    form = search_form(wish, visit.now.date(), mistakes)
    return site.render.page(visit, "search.html", status, form=form)


def which_page(
    site: Site, visit: Visit, wish: Wish, choices: Mapping[str, list[Choice]]
) -> Response:
    """The question which places are meant. `choices` by what was typed."""
    asked = [(name, typed, choices[typed]) for name, typed in wish.pairs() if choices.get(typed)]
    names = {name for name, _, _ in asked}
    kept = [(name, value) for name, value in wish.pairs() if name not in names]
    back = links.with_query(links.SEARCH, wish.pairs())
    return site.render.page(visit, "which.html", asked=asked, kept=kept, back=back)


PAGES = (Route("GET", links.SEARCH, show),)
