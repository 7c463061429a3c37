"""The balancer is a process like any other, with the listeners of whatever apps there are."""

import socket
from pathlib import Path

import pytest

from holdfast.errors import Mistake
from holdfast.platform.balancer import declaration
from holdfast.platform.balancer.declaration import admits, balancer_process, beat_ports
from holdfast.platform.balancer.settings import BalancerSettings
from holdfast.platform.runtime.app import App, Listener
from holdfast.platform.runtime.config import Effective
from holdfast.platform.runtime.settings import FleetSettings


def app(name: str, port: int) -> App:
    listener = Listener(name, "tcp", port, f"{name}-service")
    return App(name=name, listeners=lambda _: [listener], processes=(), commands=(), sections={})


def test_further_copies_serve_tcp_and_hear_at_ports_of_their_own() -> None:
    effective = Effective.load({"balancer": BalancerSettings}).with_values({"balancer.copies": 3})
    process = balancer_process([])
    assert process.copies(effective) == 3
    assert process.of_copy(effective, 1) == {}
    second, third = process.of_copy(effective, 2), process.of_copy(effective, 3)
    assert beat_ports(effective) == [8081, 8085, 8086]
    assert (second["balancer.copy"], second["balancer.heartbeat_port"]) == (2, 8085)
    assert third["balancer.heartbeat_port"] == 8086
    assert effective.with_values(third).section(BalancerSettings).name == "balancer-3"


def test_how_many_clients_are_admitted_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(declaration, "raised", lambda: 20_000)
    effective = Effective.load({"balancer": BalancerSettings})
    assert admits(effective) == "8192 at once (balancer.connections); more are refused"
    many = effective.with_values({"balancer.connections": 30_000, "balancer.copies": 2})
    assert "9456 at once in each of 2 balancers (a process may open 20000" in admits(many)
    monkeypatch.setattr(declaration, "raised", lambda: None)
    assert "30000 at once" in admits(many)


def test_it_opens_the_listeners_of_every_app(tmp_path: Path) -> None:
    sections = {"fleet": FleetSettings, "balancer": BalancerSettings}
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        effective = Effective.load(sections).with_values(
            {"fleet.data": tmp_path, "balancer.heartbeat_port": 0, "balancer.admin_port": 0}
        )
        process = balancer_process([app("first", 0), app("second", port)])
        with pytest.raises(Mistake, match=str(port)):
            process.run(effective)
