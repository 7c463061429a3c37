"""The page docs/reference/node-loss.md: members die, hang and are cut off under 500 clients.

A real balancer, members in network namespaces of their own, and a crowd that asks without pause.
"""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bench.proxies import holdfast_relay
from holdfast.platform.balancer.proxy_protocol import Address
from tests.support.crowd import Crowd, crowd
from tests.support.finishing import echo_server, finish
from tests.support.namespaces import inside, ip, namespace
from tests.support.process_facts import descriptors, memory_mb, threads
from tests.support.processes import SOURCE, until
from tests.support.restarting import SCRIPT

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]

CLIENTS = 500
FINISHED = 100_000
WARM_UP = 5_000
"""Connections after which the balancer has allocated what it keeps."""
SPARE_MB = 8.0
"""Memory that an allocator may still take by itself; a leak of 100 bytes a connection is more."""
PORT, HEARTBEATS = 4444, 8081
NETWORK = "10.77.85"
HOME = f"{NETWORK}.1"
NAMES = ("a", "b", "c")
MORE = 3 * CLIENTS
"""Answers after which every client was served again."""


@dataclass
class Fleet:
    """A balancer and its members, each at the end of a line of its own."""

    space: str
    folder: Path
    held: ExitStack = field(repr=False)
    members: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    spaces: dict[str, str] = field(default_factory=dict)

    @property
    def address(self) -> Address:
        return "127.0.0.1", PORT

    def start(self, name: str) -> None:
        """A member, by its name, in its namespace."""
        words = [name, HOME, str(HEARTBEATS), str(self.folder / "fleet.key"), own_address(name)]
        read_end, write_end = os.pipe()
        self.members[name] = subprocess.Popen(
            [*_in(self.spaces[name]), "-m", "tests.support.echo_member", *words],
            stdin=read_end,
            cwd=SOURCE.parent,
            env={**os.environ, "PYTHONPATH": f"{SOURCE}:{SOURCE.parent}"},
        )
        os.close(read_end)
        self.held.callback(os.close, write_end)
        self.held.callback(_end, self.members[name])

    def line(self, name: str, state: str) -> None:
        """A member's line to the balancer, up or down."""
        ip("-n", self.space, "link", "set", f"to-{name}", state)


def _in(space: str) -> list[str]:
    return ["ip", "netns", "exec", space, sys.executable]


def own_address(name: str) -> str:
    return f"{NETWORK}.{20 + NAMES.index(name)}"


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait(10.0)


@contextmanager
def _fleet(folder: Path) -> Iterator[Fleet]:
    with ExitStack() as held:
        space = held.enter_context(namespace())
        ip("-n", space, "link", "add", "bridge", "type", "bridge")
        ip("-n", space, "addr", "add", f"{HOME}/24", "dev", "bridge")
        ip("-n", space, "link", "set", "bridge", "up")
        fleet = Fleet(space, folder, held)
        for name in NAMES:
            own = fleet.spaces[name] = held.enter_context(namespace())
            ip("-n", space, "link", "add", f"to-{name}", "type", "veth",
               "peer", "name", "eth0", "netns", own)  # fmt: skip
            ip("-n", space, "link", "set", f"to-{name}", "master", "bridge", "up")
            ip("-n", own, "addr", "add", f"{own_address(name)}/24", "dev", "eth0")
            ip("-n", own, "link", "set", "eth0", "up")
        settings = {
            "HOLDFAST_FLEET_DATA": str(folder),
            "HOLDFAST_FLEET_HOST": "0.0.0.0",
            "TCP_PORT": str(PORT),
        }
        (folder / "holdfast.toml").write_text("")
        with (folder / "balancer.log").open("ab") as log:
            balancer = subprocess.Popen(
                [*_in(space), "-c", SCRIPT, str(folder / "holdfast.toml")],
                env={**os.environ, "PYTHONPATH": str(SOURCE), **settings},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        held.callback(_end, balancer)
        until(lambda: (folder / "fleet.key").exists() and _answers(space), "the balancer listens")
        for name in NAMES:
            fleet.start(name)
        yield fleet


def _answers(space: str) -> bool:
    with inside(space), socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", PORT)) == 0


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    with _fleet(tmp_path_factory.mktemp("loss")) as running:
        yield running


def _serves(seen: Crowd, name: str) -> None:
    before = seen.by_member[name]
    until(lambda: seen.by_member[name] > before or bool(seen.faults), f"{name} serves", 60.0)


def test_a_killed_member_costs_only_what_it_was_answering(fleet: Fleet) -> None:
    with crowd(fleet.address, CLIENTS, inside(fleet.space)) as seen:
        _serves(seen, "a")
        _end(fleet.members["a"])
        seen.goes_on(MORE)
        fleet.start("a")
        _serves(seen, "a")
    assert seen.ends["empty"] == 0, seen.ends
    # One connection in three was there; each ends once, and its client comes back.
    assert sum(seen.ends.values()) <= CLIENTS, seen.ends


def test_while_a_member_hangs_others_serve_and_then_it_answers(fleet: Fleet) -> None:
    with crowd(fleet.address, CLIENTS, inside(fleet.space)) as seen:
        _serves(seen, "b")
        fleet.members["b"].send_signal(signal.SIGSTOP)
        try:
            seen.goes_on(MORE)
        finally:
            fleet.members["b"].send_signal(signal.SIGCONT)
        _serves(seen, "b")
    assert not seen.ends, seen.ends


def test_while_a_member_is_cut_off_others_serve_and_then_it_answers(fleet: Fleet) -> None:
    with crowd(fleet.address, CLIENTS, inside(fleet.space)) as seen:
        _serves(seen, "c")
        fleet.line("c", "down")
        try:
            seen.goes_on(MORE)
        finally:
            fleet.line("c", "up")
        _serves(seen, "c")
    assert not seen.ends, seen.ends


@pytest.mark.long
def test_a_hundred_thousand_finished_connections_leave_nothing_behind() -> None:
    with echo_server() as server, holdfast_relay(server, False) as (address, pid):

        def facts() -> tuple[int, int]:
            return descriptors(pid), threads(pid)

        finish(address, WARM_UP)
        idle = facts()
        before_mb = memory_mb(pid)
        finish(address, FINISHED)
        until(lambda: facts() <= idle, "descriptors and threads are those of before")
        assert memory_mb(pid) - before_mb < SPARE_MB
