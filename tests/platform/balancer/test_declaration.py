"""The balancer is a process like any other, with the listeners of whatever apps there are."""

import socket
from pathlib import Path

import pytest

from holdfast.errors import Mistake
from holdfast.platform.balancer.declaration import balancer_process
from holdfast.platform.balancer.settings import BalancerSettings
from holdfast.platform.runtime.app import App, Listener
from holdfast.platform.runtime.config import Effective
from holdfast.platform.runtime.settings import FleetSettings


def app(name: str, port: int) -> App:
    listener = Listener(name, "tcp", port, f"{name}-service")
    return App(name=name, listeners=lambda _: [listener], processes=(), commands=(), sections={})


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
