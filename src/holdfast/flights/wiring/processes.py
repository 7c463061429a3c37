"""The law of flights' processes: one shape for all, what each serves is in `sites`.

A process opens the database (the pages only people's part of it), listens, tells the balancer that
it is there, and serves until it is told to stop. What runs beside its server ends with it, and the
other way round.
"""

from collections.abc import Callable, Mapping, Sized
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from functools import partial
from typing import TYPE_CHECKING

from holdfast.errors import Mistake
from holdfast.flights.wiring.kinds import BOOKING, INGEST, PAGES, SEARCH, SEATS, SERVICES
from holdfast.flights.wiring.settings import FlightsSettings, process_name
from holdfast.platform.data.settings import DatabaseSettings
from holdfast.platform.gateway.declaration import heartbeat_targets
from holdfast.platform.membership.beacon import Beacon, BeaconSettings, Identity
from holdfast.platform.membership.keys import ensure_keyring
from holdfast.platform.membership.wire import Load
from holdfast.platform.runtime import logs
from holdfast.platform.runtime.announce import announce_ready
from holdfast.platform.runtime.collector import settle
from holdfast.platform.runtime.config import Effective
from holdfast.platform.runtime.lifecycle import Stop
from holdfast.platform.runtime.lifecycle import run as run_life
from holdfast.platform.runtime.settings import FleetSettings
from holdfast.platform.telemetry.port import Who, observed
from holdfast.platform.telemetry.readiness import Readiness
from holdfast.platform.telemetry.requests import RequestFigures

if TYPE_CHECKING:
    from holdfast.flights.wiring.sites.ground import Build
    from holdfast.flights.wiring.sites.site import Opened, Site

Endpoint = tuple[str, int]
PATIENCE = {"statement_s": 120.0, "idle_in_transaction_s": 120.0, "lock_s": 30.0}
"""Of ingest in `[database]`: a large airline's file is planned within its transaction, and the next
file of the airline waits for it."""
DRAIN_SHARE = 0.5
"""Of the drain time, requests under way get this share; the rest is for what ends after them."""


def run_search(effective: Effective) -> None:
    """Run the front door: search, look-ups, and sending on the rest."""
    from holdfast.flights.wiring.sites.search import search_site

    _run(effective, SEARCH, search_site)


def run_booking(effective: Effective) -> None:
    """Run what sells: orders, payments, cancellations, webhooks."""
    from holdfast.flights.wiring.sites.booking import booking_site

    _run(effective, BOOKING, booking_site)


def run_seats(effective: Effective) -> None:
    """Run the seat maps."""
    from holdfast.flights.wiring.sites.seats import seats_site

    _run(effective, SEATS, seats_site)


def run_ingest(effective: Effective) -> None:
    """Run what takes airlines' feeds in."""
    from holdfast.flights.wiring.sites.ingest import ingest_site

    _run(patient(effective), INGEST, ingest_site)


def run_pages(effective: Effective) -> None:
    """Run the pages for people."""
    from holdfast.flights.wiring.sites.pages import pages_site

    _run_opened(effective, PAGES, pages_site)


def patient(effective: Effective) -> Effective:
    """With the limits of a database that takes whole seasons in: at least `PATIENCE`."""
    database = effective.section(DatabaseSettings)
    longer = {
        f"database.{name}": seconds
        for name, seconds in PATIENCE.items()
        if getattr(database, name) < seconds
    }
    return effective.with_values(longer, origin=INGEST)


def _run(effective: Effective, kind: str, build: "Build") -> None:
    def opened(effective: Effective, name: str) -> "AbstractAsyncContextManager[Site]":
        from holdfast.flights.wiring.sites.ground import opened_site

        return opened_site(effective, name, build, records_acts=kind == INGEST)

    _run_opened(effective, kind, opened)


def _run_opened(effective: Effective, kind: str, opened: "Opened") -> None:
    fleet = effective.section(FleetSettings)
    logs.configure(process_name(fleet, kind), fleet.log_format, fleet.log_level)
    run_life(partial(_serve, effective, kind, opened), drain_s=fleet.drain_s)


async def _serve(effective: Effective, kind: str, opened: "Opened", stop: Stop) -> None:
    from holdfast.flights.entrypoints.http.settings import HttpSettings
    from holdfast.platform.gateway.behind import behind_gateway
    from holdfast.platform.web.observed_app import ObservedApp
    from holdfast.platform.web.serving import Serving, UnderWay, listen, serve

    fleet = effective.section(FleetSettings)
    host = effective.section(FlightsSettings).host
    name = process_name(fleet, kind)
    with listen(host, 0, name) as listener:
        async with AsyncExitStack() as stack:
            site = await stack.enter_async_context(opened(effective, name))
            address = (host, listener.getsockname()[1])
            under_way, connections = UnderWay(), effective.section(HttpSettings).connections
            load = partial(_load, under_way, connections)
            beacon = await _beat(effective, name, {SERVICES[kind]: address}, load)
            stack.push_async_callback(beacon.stop)
            readiness, requests = Readiness(site.ping), RequestFigures()

            def started() -> None:
                readiness.opened()
                settle()
                announce_ready({"http": f"{address[0]}:{address[1]}"})

            def closing() -> None:
                readiness.closing()
                beacon.draining = True

            app = ObservedApp(site.app, readiness, requests, fleet.request_log, site.route_of)
            sources = (requests.write, *site.sources)
            how = Serving(
                what=name,
                connections=connections,
                drain_s=fleet.drain_s * DRAIN_SHARE,
                beside=site.beside,
                started=started,
                closing=closing,
                under_way=under_way,
                keep_alive_s=fleet.keep_alive_s,
            )
            await stack.enter_async_context(observed(Who.of(fleet, name, kind), readiness, sources))
            await serve(behind_gateway(app, effective), listener, stop, how)


def _load(under_way: Sized, connections: int) -> Load:
    return Load(running=len(under_way), capacity=connections)


async def _beat(
    effective: Effective, name: str, services: Mapping[str, Endpoint], load: Callable[[], Load]
) -> Beacon:
    fleet = effective.section(FleetSettings)
    settings = BeaconSettings(
        balancers=tuple(endpoint(target) for target in heartbeat_targets(effective)),
        keyring=ensure_keyring(fleet.key_path),
    )
    told = {service: (fleet.advertise or host, port) for service, (host, port) in services.items()}
    beacon = Beacon(settings, Identity.fresh(name, fleet.data), told, load)
    await beacon.start()
    return beacon


def endpoint(target: str) -> Endpoint:
    """Host and port of `host:port`; `Mistake` when it is not that."""
    host, colon, port = target.rpartition(":")
    if not (colon and host and port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise Mistake(f"fleet.balancers: {target!r} must have the form host:port.")
    return host.strip("[]"), int(port)


RUNS: Mapping[str, Callable[[Effective], None]] = {
    SEARCH: run_search,
    BOOKING: run_booking,
    SEATS: run_seats,
    INGEST: run_ingest,
    PAGES: run_pages,
}
