"""The pages process: flights for people, out of what the app's own API answers.

It has no database. Its token is made on first use, in a file that only its owner reads; the first
start tells the database of it.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.types import ASGIApp

from holdfast.flights.pages.api import Api, api_client
from holdfast.flights.pages.keeping import Keeping, shelves
from holdfast.flights.pages.routes import pages_app
from holdfast.flights.wiring.settings import FlightsSettings, api_urls, pages_token_file
from holdfast.flights.wiring.sites.site import Site
from holdfast.platform.runtime.alternatives import Alternatives
from holdfast.platform.runtime.clock import Clock, SystemClock
from holdfast.platform.runtime.config import Effective
from holdfast.platform.runtime.secrets import ensure_key
from holdfast.platform.runtime.settings import FleetSettings
from holdfast.platform.web.rendered import RenderedApp, RenderedFigures
from holdfast.platform.web.route_names import starlette_route


@asynccontextmanager
async def pages_site(effective: Effective, _: str) -> AsyncIterator[Site]:
    """What the pages process serves."""
    fleet = effective.section(FleetSettings)
    settings = effective.section(FlightsSettings)
    token = ensure_key(pages_token_file(settings, fleet)).decode("ascii")
    async with api_client(Alternatives(*api_urls(settings, fleet))) as client:
        app = pages_app(Api(client, token), SystemClock())
        figures = RenderedFigures()
        yield Site(
            kept_for_strangers(app, settings, SystemClock(), figures),
            sources=(figures.write,),
            route_of=starlette_route(),
        )


def kept_for_strangers(
    app: ASGIApp, settings: FlightsSettings, clock: Clock, figures: RenderedFigures
) -> ASGIApp:
    """The pages, with what many strangers ask for made once for all of them."""
    if not settings.page_cache_s:
        return app
    return RenderedApp(
        app,
        Keeping(lambda: clock.wall().date()).place,
        shelves(settings.page_cache_s, settings.page_cache_mb << 20),
        now=clock.monotonic,
        changed=lambda _: None,
        figures=figures,
    )
