from holdfast.apps import APPS
from holdfast.cli import SECTIONS
from holdfast.platform.gateway.declaration import (
    fronted,
    gateway_process,
    heartbeat_targets,
    service_of,
    sites_of,
)
from holdfast.platform.runtime.app import Listener
from holdfast.platform.runtime.config import Effective, Flag


def effective(copies: int) -> Effective:
    sections = {**SECTIONS, **{name: s for app in APPS for name, s in app.sections.items()}}
    flags = [Flag("gateway.copies", str(copies), "test"), Flag("fleet.port_offset", "100", "test")]
    return Effective.load(sections, flags=flags)


def listeners(copies: int) -> dict[str, Listener]:
    settings = effective(copies)
    return {one.name: one for app in fronted(APPS) for one in app.listeners(settings)}


def test_public_listeners_with_a_site_lead_to_gateways() -> None:
    plain, led = listeners(0), listeners(1)
    sites = {site.listener for site in sites_of(APPS, effective(1))}
    assert sites == {"results", "flights", "travel"}
    for name, one in plain.items():
        wanted = service_of(name) if name in sites else one.service
        assert (led[name].service, led[name].port) == (wanted, one.port)


def test_a_sites_own_service_keeps_an_inner_port() -> None:
    plain, led = listeners(0), listeners(1)
    inner = led["results-inner"]
    assert (inner.service, inner.port) == (plain["results"].service, 8001)
    assert "results-inner" not in plain
    ports = [(one.transport, one.port) for one in led.values()]
    assert len(ports) == len(set(ports))


def test_every_route_leads_to_a_service_that_a_listener_has_without_a_gateway() -> None:
    services = {one.service for one in listeners(0).values()}
    for site in sites_of(APPS, effective(1)):
        assert {route.service for route in site.routes} <= services


def test_each_copy_hears_at_a_port_of_its_own_and_all_are_beaten_to() -> None:
    process, settings = gateway_process(APPS), effective(2)
    assert process.copies(settings) == 2
    assert process.of_copy(settings, 1) == {"gateway.beat_port": 8091}
    assert process.of_copy(settings, 2) == {"gateway.beat_port": 8092}
    assert heartbeat_targets(settings) == ("127.0.0.1:8181", "127.0.0.1:8191", "127.0.0.1:8192")
    assert heartbeat_targets(effective(0)) == ("127.0.0.1:8181",)
    several = effective(1).with_values({"balancer.copies": 2})
    assert heartbeat_targets(several) == ("127.0.0.1:8181", "127.0.0.1:8185", "127.0.0.1:8191")
    named = settings.with_values({"fleet.balancers": ("a:1", "b:2")}, origin="test")
    assert heartbeat_targets(named) == ("a:1", "b:2")
