"""The law of the ground: a database, its doors, the clock and the names, opened once a process."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from ipaddress import ip_address

from holdfast.errors import HoldfastError
from holdfast.flights.entrypoints.http.acts import Recording
from holdfast.flights.entrypoints.http.app import Doors, HttpApp, http_app
from holdfast.flights.entrypoints.http.clients import Clients
from holdfast.flights.entrypoints.http.health import Figures, no_figures
from holdfast.flights.entrypoints.http.operation import Operation
from holdfast.flights.entrypoints.http.settings import HttpSettings
from holdfast.flights.entrypoints.http.signed_tokens import Signer
from holdfast.flights.service.show_seat_map import ShowSeatMaps
from holdfast.flights.store.access import PostgresRemembered, PostgresTokens
from holdfast.flights.store.bookings import PostgresBookings
from holdfast.flights.store.catalogue import PostgresCatalogue
from holdfast.flights.store.reference import atlas
from holdfast.flights.wire.duffel_places import Names
from holdfast.flights.wiring.rules import price_rule
from holdfast.flights.wiring.settings import FlightsSettings, in_data, people_key_file
from holdfast.flights.wiring.sites.site import Site, Work
from holdfast.flights.wiring.store import opened_database
from holdfast.platform.auth.opening import opened_acts
from holdfast.platform.auth.ports import Acts
from holdfast.platform.data.database import Database
from holdfast.platform.data.figures import pool_source
from holdfast.platform.runtime.clock import Clock, SystemClock
from holdfast.platform.runtime.config import Effective
from holdfast.platform.runtime.logs import Log
from holdfast.platform.runtime.secrets import ensure_key
from holdfast.platform.runtime.settings import FleetSettings

_log = Log("flights")


@dataclass(frozen=True, slots=True)
class Ground:
    """What a site is built on. `stack` closes what a site opens."""

    effective: Effective
    database: Database
    doors: Doors
    clock: Clock
    names: Names
    stack: AsyncExitStack
    acts: Acts | None = None
    """Where this process writes down what people do."""

    @property
    def recording(self) -> Recording:
        """Writes down what callers do."""
        return Recording(self.acts, Clients(self.doors.signer))

    @property
    def fleet(self) -> FleetSettings:
        return self.effective.section(FleetSettings)

    @property
    def flights(self) -> FlightsSettings:
        return self.effective.section(FlightsSettings)

    def app(
        self,
        operations: Sequence[Operation],
        documented: Sequence[Operation] | None = None,
        figures: Figures = no_figures,
    ) -> HttpApp:
        """The ASGI application of these operations; `documented`: what its document tells of;
        `figures`: what it tells of itself."""
        return http_app(
            operations,
            self.doors,
            settings=self.effective.section(HttpSettings),
            clock=self.clock,
            documented=documented,
            figures=figures,
        )

    def seat_maps(self) -> ShowSeatMaps:
        """Seats and their prices, and which of them are taken now."""
        catalogue = PostgresCatalogue(self.database)
        bookings = PostgresBookings(self.database)
        return ShowSeatMaps(
            catalogue.tiers, bookings.taken_seats, self.clock, price_rule(self.flights)
        )

    def may_call_private(self) -> bool:
        """Whether webhooks may go to private addresses: by the setting, or because only this
        machine can reach us."""
        wanted = self.flights.webhooks_to
        if wanted != "auto":
            return wanted == "anywhere"
        try:
            return ip_address(self.fleet.host).is_loopback
        except ValueError:
            return self.fleet.host == "localhost"


Build = Callable[[Ground], Site]


@asynccontextmanager
async def opened_site(
    effective: Effective, name: str, build: Build, *, records_acts: bool = False
) -> AsyncIterator[Site]:
    """A site on its database; all of it is closed when the block is left."""
    fleet = effective.section(FleetSettings)
    settings = effective.section(FlightsSettings)
    key = ensure_key(in_data(settings.signing_key_file, fleet, "flights.key"))
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(opened_database(effective, name))
        tokens = PostgresTokens(database)

        async def ping() -> None:
            await tokens.find(b"")

        people_key = ensure_key(people_key_file(settings, fleet))
        doors = Doors(tokens, PostgresRemembered(database), Signer(key), ping, people_key)
        acts = await stack.enter_async_context(opened_acts(effective)) if records_acts else None
        ground = Ground(effective, database, doors, SystemClock(), Names(atlas()), stack, acts)
        site = build(ground)
        yield replace(site, sources=(pool_source(database), *site.sources), ping=ping)


def every(seconds: float, work: Callable[[], Awaitable[object]]) -> Work:
    """Do something again and again; when the store fails, the next turn comes."""

    async def run() -> None:
        while True:
            await asyncio.sleep(seconds)
            try:
                await work()
            except HoldfastError as error:
                _log.warning("upkeep_failed", why=str(error))

    return run
