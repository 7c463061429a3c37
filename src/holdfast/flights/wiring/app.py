"""The law of `APP`: what flights tells the platform about itself."""

from collections.abc import Callable, Sequence

from holdfast.flights.entrypoints.http.settings import HttpSettings
from holdfast.flights.entrypoints.ingest.settings import IngestSettings
from holdfast.flights.wiring.commands import COMMANDS
from holdfast.flights.wiring.front import sites
from holdfast.flights.wiring.journeys import JOURNEYS
from holdfast.flights.wiring.kinds import BOOKING, INGEST, PAGES, SEARCH, SEATS
from holdfast.flights.wiring.listeners import listeners
from holdfast.flights.wiring.roles import FLIGHTS
from holdfast.flights.wiring.settings import (
    DEMO_TOKEN,
    FlightsSettings,
    api_url,
    in_data,
    travel_url,
)
from holdfast.platform.runtime.app import App, Process, Shortcut
from holdfast.platform.runtime.config import Effective
from holdfast.platform.runtime.settings import FleetSettings

_BEHIND, _BEFORE = 1, 3
"""Stages: what the front door reaches through the balancer outlives the balancer, which outlives
the front door and the pages: their idle connections would keep the balancer from stopping."""


def _run(name: str) -> Callable[[Effective], None]:
    """A process, loaded when it runs."""

    def run(effective: Effective) -> None:
        from holdfast.flights.wiring import processes

        processes.RUNS[name](effective)

    return run


def _prepare(effective: Effective) -> None:
    from holdfast.flights.wiring.prepare import prepare

    prepare(effective)


def _process(
    name: str, summary: str, copies: Callable[[FlightsSettings], int], stage: int = _BEHIND
) -> Process:
    return Process(
        name,
        summary,
        _run(name),
        stage=stage,
        copies=lambda effective: copies(effective.section(FlightsSettings)),
        logs_people_in=name == PAGES,
        records_acts=name == INGEST,
        imports=(
            "holdfast.flights.wiring.processes",
            f"holdfast.flights.wiring.sites.{name.removeprefix('flights-')}",
            "holdfast.platform.gateway.behind",
            "holdfast.platform.web.observed_app",
            "holdfast.platform.web.serving",
            *("airportsdata", "httpcore", "uvicorn.lifespan.off"),
        ),
    )


_PROCESSES = (
    _process(SEARCH, "find flights, be the API's front door", lambda s: s.search, _BEFORE),
    _process(BOOKING, "sell: orders, payments, cancellations, webhooks", lambda s: s.booking),
    _process(SEATS, "show seats and what they cost", lambda s: s.seats),
    _process(INGEST, "take in what airlines deliver", lambda s: s.ingest),
    _process(PAGES, "show it to people in a browser", lambda s: s.pages, _BEFORE),
)


def _summary(effective: Effective) -> Sequence[str]:
    fleet = effective.section(FleetSettings)
    settings = effective.section(FlightsSettings)
    url = api_url(settings, fleet)
    own = in_data(settings.token_file, fleet, "flights.token")
    token = DEMO_TOKEN if settings.demo else f"of {own}"
    ports = f" --port-offset {fleet.port_offset}" if fleet.port_offset else ""
    return (
        f"travel     {travel_url(fleet)} (open it in a browser)",
        f"flights    {url}/ (API; token {token})",
        f"fly        holdfast flights search FRA LHR 2026-12-01{ports}",
    )


APP = App(
    name="flights",
    listeners=listeners,
    processes=_PROCESSES,
    commands=COMMANDS,
    sections={"flights": FlightsSettings, "http": HttpSettings, "ingest": IngestSettings},
    shortcuts=(
        Shortcut("--demo", "flights.demo", "false: sell nothing but what airlines deliver"),
    ),
    prepare=_prepare,
    summary=_summary,
    schema=FLIGHTS,
    journeys=JOURNEYS,
    secrets=("flights.key", "flights-people.key", "flights.token", "flights-pages.token"),
    sites=sites,
)
