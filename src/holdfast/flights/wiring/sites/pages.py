"""The pages process: flights for people, out of what the app's own API answers.

Of the database it reaches people's accounts and sessions, and nothing of flights. Its token is made
on first use, in a file that only its owner reads; the first start tells the database of it. What it
tells the API of people who have logged in is sealed with a key of its own.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.types import ASGIApp

from holdfast.flights.entrypoints.http.access import TEST_PREFIX, hash_of
from holdfast.flights.pages.api import Api, api_client
from holdfast.flights.pages.entrance import Entrance
from holdfast.flights.pages.keeping import Keeping, shelves
from holdfast.flights.pages.routes import pages_app
from holdfast.flights.service.ports.access import token_id_of
from holdfast.flights.wire.person_token import Shop
from holdfast.flights.wiring.settings import (
    TRAVEL,
    FlightsSettings,
    api_urls,
    pages_token_file,
    people_key_file,
)
from holdfast.flights.wiring.sites.site import Site
from holdfast.platform.auth.opening import opened_sessions
from holdfast.platform.auth.passwords import Passwords
from holdfast.platform.auth.ports import People
from holdfast.platform.auth.settings import PeopleSettings
from holdfast.platform.auth.signing_in import SigningIn
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
    ways = Alternatives(*api_urls(settings, fleet))
    async with opened_sessions(effective) as people, api_client(ways) as client:
        entrance = entrance_of(effective, people, shop_of(token))
        app = pages_app(Api(client, token), SystemClock(), entrance=entrance)
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


def entrance_of(effective: Effective, people: People, shop: Shop) -> Entrance:
    """Where people log in, as `[people]` and `[flights]` set it."""
    fleet = effective.section(FleetSettings)
    settings = effective.section(FlightsSettings)
    signing_in = SigningIn(people, Passwords(), effective.section(PeopleSettings), SystemClock())
    key = ensure_key(people_key_file(settings, fleet))
    return Entrance(signing_in, key, shop, is_secure=settings.public_url.startswith("https://"))


def shop_of(token: str, owner: str = TRAVEL) -> Shop:
    """Where people buy, by the pages' own token."""
    return Shop(owner, token_id_of(hash_of(token)), live_mode=not token.startswith(TEST_PREFIX))
