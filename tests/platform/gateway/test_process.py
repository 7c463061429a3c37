import asyncio
import json
import time
from pathlib import Path

import httpx
import pytest

from holdfast.apps import APPS
from holdfast.cli import SECTIONS
from holdfast.errors import Mistake
from holdfast.platform.gateway.members import hear
from holdfast.platform.gateway.process import name_of, serve_sites, tls_ports
from holdfast.platform.membership.beacon import Beacon, BeaconSettings, Identity
from holdfast.platform.membership.detector import Detector
from holdfast.platform.membership.keys import ensure_keyring
from holdfast.platform.membership.listener import BeatListener
from holdfast.platform.runtime.config import Effective, Flag
from holdfast.platform.runtime.lifecycle import Stop
from holdfast.platform.runtime.settings import FleetSettings
from holdfast.platform.runtime.site import Route, Site
from tests.support.gateway_site import Echo, serving


def effective(data: Path, beats_to: int, hears_at: int) -> Effective:
    given = {
        "fleet.data": str(data),
        "fleet.balancers": f"127.0.0.1:{beats_to}",
        "gateway.beat_port": str(hears_at),
        "gateway.access_log": str(data / "access.log"),
        "gateway.hosts": "127.0.0.1",
        "fleet.log_format": "json",
    }
    sections = {**SECTIONS, **{name: s for app in APPS for name, s in app.sections.items()}}
    return Effective.load(sections, flags=[Flag(k, v, "test") for k, v in given.items()])


async def test_a_gateway_beats_serves_its_sites_notes_and_drains(tmp_path: Path) -> None:
    with hear("127.0.0.1", 0) as ear, hear("127.0.0.1", 0) as free:
        hears_at = free.getsockname()[1]
        free.close()
        settings = effective(tmp_path, ear.getsockname()[1], hears_at)
        balancer = BeatListener(ear, ensure_keyring(tmp_path / "fleet.key"), Detector())
        stop = Stop()
        sites = [Site(name, (Route("/", "things-http"),), lambda _: b"{}") for name in ("a", "b")]
        running = asyncio.create_task(serve_sites(settings, sites, {"a": 8000, "b": 8100}, stop))
        async with asyncio.timeout(10), serving(Echo("one")) as port:
            while not balancer.detector.members:
                await asyncio.sleep(0.01)
                balancer.drain(time.monotonic(), time.time())
            (gateway,) = balancer.detector.members
            assert set(gateway.services) == {"gateway-a", "gateway-b"}
            beacon = Beacon(
                BeaconSettings((("127.0.0.1", hears_at),), ensure_keyring(tmp_path / "fleet.key")),
                Identity("m0", time.time_ns()),
                {"things-http": ("127.0.0.1", port)},
            )
            await beacon.start()
            async with httpx.AsyncClient(trust_env=False) as client:
                for host, its_port in gateway.services.values():
                    answer = await client.get(f"http://{host}:{its_port}/x?token=secret")
                    assert answer.text == "one 0 /x"
            await beacon.stop()
            stop.set()
            await running
    lines = [json.loads(line) for line in (tmp_path / "access.log").read_text().splitlines()]
    assert [(line["method"], line["path"], line["status"]) for line in lines] == [
        ("GET", "/x", 200),
        ("GET", "/x", 200),
    ]
    assert "secret" not in (tmp_path / "access.log").read_text()


async def test_a_port_for_beats_that_is_taken_is_a_mistake(tmp_path: Path) -> None:
    with hear("127.0.0.1", 0) as taken:
        settings = effective(tmp_path, 9, taken.getsockname()[1])
        with pytest.raises(Mistake, match="cannot hear on 127"):
            await serve_sites(settings, [], {}, Stop())


def test_ports_that_speak_tls_are_known() -> None:
    fleet = FleetSettings(port_offset=100)
    ports = {"results": 8000, "flights": 8100}
    assert tls_ports(["results@8443", "flights", "nobody"], ports, fleet) == {8543, 8200}


def test_a_gateway_is_named_after_its_host_or_as_it_is_told() -> None:
    assert name_of(FleetSettings(process_name="gateway-2")) == "gateway-2"
    assert name_of(FleetSettings()).startswith("gateway-")
