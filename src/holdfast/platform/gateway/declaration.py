"""The law of the gateway's declaration: what the command line and the supervisor know of it.

Light on purpose, as the balancer's. Where there are gateways, a public listener that has a site
leads to them, and its own service gets an inner port, for processes of ours.
"""

from collections.abc import Sequence
from dataclasses import replace

from holdfast.platform.balancer.declaration import beat_ports
from holdfast.platform.gateway.settings import GatewaySettings
from holdfast.platform.runtime.app import App, Listener, Process
from holdfast.platform.runtime.config import Effective
from holdfast.platform.runtime.settings import FleetSettings
from holdfast.platform.runtime.site import Site

NAME = "gateway"
STAGE = 1
"""It stops with what it leads to, after the balancer that reaches it."""


def gateway_process(apps: Sequence[App]) -> Process:
    """The gateway with the sites of all apps."""

    def run(effective: Effective) -> None:
        from holdfast.platform.gateway import process  # noqa: PLC0415  only gateways import it

        ports = {one.name: one.port for app in apps for one in app.listeners(effective)}
        process.run(effective, sites_of(apps, effective), ports)

    return Process(
        NAME,
        "answer for all sites: limits, routes, retries, safety of answers",
        run,
        stage=STAGE,
        copies=lambda effective: effective.section(GatewaySettings).copies,
        of_copy=_of_copy,
        imports=("holdfast.platform.gateway.process",),
    )


def sites_of(apps: Sequence[App], effective: Effective) -> list[Site]:
    """The sites of all apps."""
    return [site for app in apps for site in app.sites(effective)]


def service_of(listener: str) -> str:
    """What a gateway is called by the members of the fleet, for one listener."""
    return f"gateway-{listener}"


def fronted(apps: Sequence[App]) -> list[App]:
    """The apps with their listeners as they are behind a gateway, where there is one."""
    return [_fronted(app) for app in apps]


def heartbeat_targets(effective: Effective) -> tuple[str, ...]:
    """Where the processes of a machine beat to: what is named, or its balancers and gateways."""
    fleet, settings = effective.section(FleetSettings), effective.section(GatewaySettings)
    if fleet.balancers:
        return fleet.balancers
    ports = [*beat_ports(effective), *(settings.beat_port + n for n in range(settings.copies))]
    return tuple(f"127.0.0.1:{fleet.port(port)}" for port in ports)


def _fronted(app: App) -> App:
    def listeners(effective: Effective) -> list[Listener]:
        declared = list(app.listeners(effective))
        if not effective.section(GatewaySettings).copies:
            return declared
        sites = {site.listener: site for site in app.sites(effective)}
        led = []
        for one in declared:
            site = sites.get(one.name)
            if site is None:
                led.append(one)
                continue
            led.append(replace(one, service=service_of(one.name)))
            if site.inner_port:
                led.append(replace(one, name=f"{one.name}-inner", port=site.inner_port))
        return led

    return replace(app, listeners=listeners)


def _of_copy(effective: Effective, number: int) -> dict[str, object]:
    port = effective.section(GatewaySettings).beat_port
    return {"gateway.beat_port": port + number - 1} if port else {}
