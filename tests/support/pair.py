"""A pair of balancers with a virtual address, a node and a client, each in its own namespace.

The machines are joined by a bridge in one more namespace. keepalived runs with the configuration
that is shipped (`deploy/keepalived`); only its `machine.conf` is written here. Everything is ended
by process id, and the namespaces go with the block.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from holdfast.platform.runtime.settings import ADMIN_PORT
from tests.support.namespaces import inside, ip, namespace
from tests.support.processes import SOURCE, until
from tests.support.restarting import SCRIPT

NETWORK = "10.77.84"
VIRTUAL = f"{NETWORK}.100"
OWN = {"b1": f"{NETWORK}.11", "b2": f"{NETWORK}.12", "node": f"{NETWORK}.20", "c": f"{NETWORK}.30"}
BALANCERS = ("b1", "b2")
PORT, HEARTBEATS = 4444, 8081
SHIPPED = SOURCE.parent / "deploy" / "keepalived"
PATIENCE_S = 0.25
"""A client tries again after so long without an answer."""
STEADY_S = 30.0


@dataclass
class Machine:
    """A balancer's machine: its namespace, its line to the others, its processes."""

    name: str
    space: str
    line: str
    folder: Path
    balancer: subprocess.Popen[bytes] | None = None
    keepalived: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        """What its keepalived said of its states."""
        path = self.folder / "states.log"
        return path.read_text() if path.exists() else ""

    @property
    def is_well(self) -> bool:
        """Whether its balancer answers, and its keepalived has noticed."""
        said = (self.folder / "keepalived.log").read_text()
        return _reaches(self.space, PORT) and said.rfind(" to 90") <= said.rfind(" to 150")

    @property
    def holds_address(self) -> bool:
        """Whether the virtual address is here now."""
        words = ["ip", "-n", self.space, "-o", "addr", "show", "dev", "eth0"]
        told = subprocess.run(words, check=True, capture_output=True, text=True).stdout
        return f"{VIRTUAL}/" in told


@dataclass
class Pair:
    """Both machines, and the client's view."""

    hub: str
    client: str
    folder: Path
    machines: dict[str, Machine]
    held: ExitStack = field(repr=False)

    def start_balancer(self, machine: Machine) -> None:
        """A balancer on a machine, as a service manager would start it again."""
        settings = {
            "HOLDFAST_FLEET_DATA": str(machine.folder),
            "HOLDFAST_FLEET_KEY_FILE": str(self.folder / "fleet.key"),
            "HOLDFAST_FLEET_HOST": "0.0.0.0",
            "TCP_PORT": str(PORT),
        }
        (machine.folder / "holdfast.toml").write_text("")
        argv = [sys.executable, "-c", SCRIPT, str(machine.folder / "holdfast.toml")]
        machine.balancer = self._run(machine, argv, "balancer", **settings)

    def start_keepalived(self, machine: Machine) -> None:
        """keepalived on a machine."""
        for name in PID_FILES.values():  # of one that was killed, and whose number may be in use
            (machine.folder / name).unlink(missing_ok=True)
        for file in SHIPPED.iterdir():
            shutil.copy2(file, machine.folder)
        [peer] = [OWN[name] for name in BALANCERS if name != machine.name]
        values = {
            "INTERFACE": "eth0",
            "OWN": OWN[machine.name],
            "PEER": peer,
            "VIRTUAL": f"{VIRTUAL}/24",
            "CHECK": f'"{machine.folder}/check-balancer 127.0.0.1 {ADMIN_PORT} /health/live"',
            "NOTE": f'"{machine.folder}/note-state {machine.folder}/states.log"',
        }
        file = machine.folder / "machine.conf"
        text = file.read_text()
        for name, value in values.items():
            text, count = re.subn(rf'^\${name}=("[^"]*"|\S+)', f"${name}={value}", text, flags=re.M)
            assert count == 1, name
        file.write_text(text)
        pids = [f"--{kind}={machine.folder / name}" for kind, name in PID_FILES.items()]
        argv = ["keepalived", "--dont-fork", "--log-console", "--log-detail", "--vrrp"]
        argv += [f"--use-file={machine.folder / 'keepalived.conf'}", *pids]
        machine.keepalived = self._run(machine, argv, "keepalived")

    def _run(
        self, machine: Machine, argv: list[str], log: str, **settings: str
    ) -> subprocess.Popen[bytes]:
        with (machine.folder / f"{log}.log").open("ab") as words:
            process = subprocess.Popen(
                ["ip", "netns", "exec", machine.space, *argv],
                env={**os.environ, "PYTHONPATH": str(SOURCE), **settings},
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=words,
                start_new_session=True,
            )
        self.held.callback(end, process)
        return process

    def answer(self) -> bool:
        """Whether a new connection to the virtual address is served now. In the client's place."""
        try:
            with socket.create_connection((VIRTUAL, PORT), timeout=PATIENCE_S) as client:
                client.sendall(b"hello")
                return client.recv(100).endswith(b":hello")
        except OSError:
            return False

    def active(self) -> Machine:
        """The machine that has the address; waits until that is just one."""
        found: list[Machine] = []

        def is_settled() -> bool:
            found[:] = [one for one in self.machines.values() if one.holds_address]
            return len(found) == 1

        until(is_settled, "one machine has the address", STEADY_S)
        return found[0]

    def settle(self) -> Machine:
        """Wait until both are healthy and clients are served; the active machine."""
        for machine in self.machines.values():
            if machine.balancer is None or machine.balancer.poll() is not None:
                self.start_balancer(machine)
            if machine.keepalived is None or machine.keepalived.poll() is not None:
                self.start_keepalived(machine)
        with inside(self.client):
            until(self.answer, "clients are served", STEADY_S)
        active = self.active()
        until(lambda: all(one.is_well for one in self.machines.values()), "both are well", STEADY_S)
        return active

    def other(self, machine: Machine) -> Machine:
        """The other machine."""
        [found] = [one for one in self.machines.values() if one is not machine]
        return found

    def outage_s(self) -> float:
        """Seconds until a new connection is served again, from now."""
        began = time.monotonic()
        with inside(self.client):
            until(self.answer, "a new connection is served", STEADY_S)
        return time.monotonic() - began

    def cut(self, machine: Machine) -> None:
        """Its line is dead, as if the machine were."""
        ip("-n", self.hub, "link", "set", machine.line, "down")

    def mend(self, machine: Machine) -> None:
        """Its line is back, and so is a balancer that hung."""
        ip("-n", self.hub, "link", "set", machine.line, "up")
        if machine.balancer is not None and machine.balancer.poll() is None:
            machine.balancer.send_signal(signal.SIGCONT)


PID_FILES = {"pid": "keepalived.pid", "vrrp_pid": "vrrp.pid"}


def kill_balancer(machine: Machine) -> None:
    """kill -9."""
    assert machine.balancer is not None
    machine.balancer.kill()
    machine.balancer.wait(10.0)


def hang_balancer(machine: Machine) -> None:
    """SIGSTOP: its kernel still accepts connections for it. `Pair.mend` has it go on."""
    assert machine.balancer is not None
    machine.balancer.send_signal(signal.SIGSTOP)


def kill_everything(machine: Machine) -> None:
    """kill -9 of the balancer and of keepalived; its kernel lives on, with the address."""
    assert machine.keepalived is not None
    os.killpg(machine.keepalived.pid, signal.SIGKILL)
    machine.keepalived.wait(10.0)
    kill_balancer(machine)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process of ours and what it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(5.0)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(5.0)


def _reaches(space: str, port: int) -> bool:
    with inside(space), socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def pair(folder: Path) -> Iterator[Pair]:
    """A running pair, one node behind it, everything known to everybody. Skips where namespaces or
    keepalived cannot be had."""
    with ExitStack() as held:
        hub = held.enter_context(namespace("keepalived"))
        ip("-n", hub, "link", "add", "bridge", "type", "bridge")
        ip("-n", hub, "link", "set", "bridge", "up")
        spaces = {name: held.enter_context(namespace()) for name in OWN}
        for name, space in spaces.items():
            ip("-n", hub, "link", "add", f"to-{name}", "type", "veth",
               "peer", "name", "eth0", "netns", space)  # fmt: skip
            ip("-n", hub, "link", "set", f"to-{name}", "master", "bridge", "up")
            ip("-n", space, "addr", "add", f"{OWN[name]}/24", "dev", "eth0")
            ip("-n", space, "link", "set", "eth0", "up")
        machines = {}
        for name in BALANCERS:
            (folder / name).mkdir(mode=0o755)
            machines[name] = Machine(name, spaces[name], f"to-{name}", folder / name)
        made = Pair(hub, spaces["c"], folder, machines, held)
        for machine in machines.values():
            made.start_balancer(machine)
        until(lambda: all(_reaches(m.space, PORT) for m in machines.values()), "both listen")
        held.callback(end, _node(held, folder, spaces["node"]))
        made.settle()
        yield made


@contextmanager
def _open_end() -> Iterator[int]:
    """Standard input that is at its end when we are gone."""
    read_end, write_end = os.pipe()
    try:
        yield read_end
    finally:
        os.close(read_end)
        os.close(write_end)


def _node(held: ExitStack, folder: Path, space: str) -> subprocess.Popen[bytes]:
    others = [OWN["b2"], str(HEARTBEATS)]
    words = ["a", OWN["b1"], str(HEARTBEATS), str(folder / "fleet.key"), OWN["node"], *others]
    return subprocess.Popen(
        ["ip", "netns", "exec", space, sys.executable, "-m", "tests.support.echo_member", *words],
        stdin=held.enter_context(_open_end()),
        cwd=SOURCE.parent,
        env={**os.environ, "PYTHONPATH": f"{SOURCE}:{SOURCE.parent}"},
        start_new_session=True,
    )
