"""The first page: where to, when, who. One form whose address can be shared."""

from starlette.responses import Response

from holdfast.flights.pages import links
from holdfast.flights.pages.site import Route, Site, Visit


async def show(site: Site, visit: Visit) -> Response:
    """`/`: the form."""
    return site.render.page(visit, "search.html")


PAGES = (Route("GET", links.SEARCH, show),)
