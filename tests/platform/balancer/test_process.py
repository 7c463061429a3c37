"""The balancer as a real process among real members: signals, kills, pauses, exhaustion."""

import contextlib
import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.balancing import CLIENT_S, ask, udp_client
from tests.support.echo_member import echo_member
from tests.support.processes import Child, until

pytestmark = pytest.mark.processes

SCRIPT = """
import os, resource, sys
from holdfast.errors import Mistake
from holdfast.platform.balancer.process import run
from holdfast.platform.balancer.settings import BalancerSettings
from holdfast.platform.runtime.app import Listener
from holdfast.platform.runtime.config import Effective
from holdfast.platform.runtime.settings import FleetSettings

listeners = [
    Listener("t", "tcp", int(sys.argv[1]), "tcp-service", refusal=b"nobody", busy=b"busy"),
    Listener("u", "udp", 0, "udp-service", refusal=b"nobody"),
]
if len(sys.argv) > 2:
    limit = int(sys.argv[2])
    from holdfast.platform.balancer import server
    server._fit_to_descriptors = lambda settings, _: settings
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
sections = {"fleet": FleetSettings, "balancer": BalancerSettings}
try:
    run(Effective.load(sections, environment=os.environ), listeners)
except Mistake as mistake:
    sys.exit(f"mistake: {mistake}")
"""


@dataclass
class Running:
    """A balancer process."""

    child: Child
    addresses: dict[str, tuple[str, int]]
    keys: Path

    def ask(self, text: bytes = b"hello") -> bytes:
        """One TCP client's question; everything that comes back."""
        with socket.create_connection(self.addresses["t"], timeout=CLIENT_S) as client:
            client.sendall(text)
            return client.recv(1000)


def ask_again(client: socket.socket, to: tuple[str, int], payload: bytes) -> bytes:
    """Ask over UDP until an answer comes: what a dying member had taken in is lost."""
    client.settimeout(0.2)
    for _ in range(50):
        with contextlib.suppress(TimeoutError):
            return ask(client, to, payload)
    raise AssertionError("no answer ever came")


def environment(folder: Path) -> dict[str, str]:
    return {
        "HOLDFAST_FLEET_DATA": str(folder),
        "HOLDFAST_BALANCER_HEARTBEAT_PORT": "0",
        "HOLDFAST_BALANCER_ADMIN_PORT": "0",
        "HOLDFAST_BALANCER_WAIT_FOR_MEMBER_S": "2",
    }


@contextmanager
def running(folder: Path, *arguments: str) -> Iterator[Running]:
    with Child(SCRIPT, "0", *arguments, environment=environment(folder)) as child:
        said = child.said()["ready"]
        assert isinstance(said, dict)
        addresses = {}
        for name, text in said.items():
            host, _, port = str(text).rpartition(":")
            addresses[name] = (host, int(port))
        yield Running(child, addresses, folder / "fleet.key")


@contextmanager
def fleet(folder: Path, names: str) -> Iterator[tuple[Running, dict[str, int]]]:
    """A balancer and members of these names, all of them known; their process ids."""
    with ExitStack() as stack:
        balancer = stack.enter_context(running(folder))
        pids = {}
        for name in names:
            member = echo_member(name, balancer.addresses["heartbeats"], balancer.keys)
            pids[name] = stack.enter_context(member).pid
        seen: set[bytes] = set()

        def all_are_known() -> bool:
            seen.add(balancer.ask())
            return len(seen - {b"nobody"}) == len(names)

        until(all_are_known, "all members serve")
        yield balancer, pids


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it_in_good_order(tmp_path: Path, number: signal.Signals) -> None:
    with running(tmp_path) as balancer:
        balancer.child.signal(number)
        code, words = balancer.child.end()
    assert code == 0
    assert "stopping" in words
    assert "Traceback" not in words


def test_it_does_not_outlive_its_parent(tmp_path: Path) -> None:
    with running(tmp_path) as balancer:
        balancer.child.hang_up()
        code, _ = balancer.child.end()
    assert code == 0


def test_a_taken_port_is_told_to_the_parent_in_a_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with Child(SCRIPT, str(port), environment=environment(tmp_path)) as child:
            said = child.said()
            code, words = child.end()
    assert f"TCP port {port} on 127.0.0.1 (t) is taken" in str(said["mistake"])
    assert code == 1
    assert "Traceback" not in words


def test_killing_members_is_noticed_by_no_new_client(tmp_path: Path) -> None:
    """Faults of the prototype: no failover, every third connection closed empty, dies for good
    when a node is evicted."""
    with fleet(tmp_path, "abc") as (balancer, pids), udp_client() as udp:
        answers: list[bytes] = []
        failures: list[BaseException] = []
        over = threading.Event()

        def keep_asking() -> None:
            try:
                while not over.is_set():
                    answers.append(balancer.ask())
            except BaseException as error:
                failures.append(error)

        def more_answers(count: int) -> None:
            wanted = len(answers) + count
            until(lambda: len(answers) >= wanted or bool(failures), "clients are served")

        askers = [threading.Thread(target=keep_asking) for _ in range(3)]
        for asker in askers:
            asker.start()
        try:
            more_answers(20)
            for name in "ab":
                os.kill(pids[name], signal.SIGKILL)
                assert ask_again(udp, balancer.addresses["u"], b"x").endswith(b":x")
                more_answers(50)
        finally:
            over.set()
            for asker in askers:
                asker.join(CLIENT_S)
        assert not failures
        # Whoever was inside a member when it was killed is told so; nobody gets nothing.
        assert set(answers) <= {b"a:hello", b"b:hello", b"c:hello", b"nobody"}
        assert answers.count(b"nobody") <= 2 * len(askers)
        assert answers[-20:] == [b"c:hello"] * 20
        assert ask_again(udp, balancer.addresses["u"], b"y") == b"c:y"


def test_a_pause_of_the_balancer_evicts_nobody(tmp_path: Path) -> None:
    with fleet(tmp_path, "ab") as (balancer, _):
        balancer.child.signal(signal.SIGSTOP)
        paused = threading.Event()
        paused.wait(2.0)  # ten missed beats of each member
        balancer.child.signal(signal.SIGCONT)
        assert {balancer.ask() for _ in range(8)} == {b"a:hello", b"b:hello"}
        balancer.child.signal(signal.SIGTERM)
        _, words = balancer.child.end()
    assert "member_gone" not in words
    assert "member_suspected" not in words


def test_without_descriptors_clients_are_told_so_and_nothing_spins(tmp_path: Path) -> None:
    with ExitStack() as stack:
        balancer = stack.enter_context(running(tmp_path, "24"))
        member = echo_member("a", balancer.addresses["heartbeats"], balancer.keys)
        stack.enter_context(member)
        until(lambda: balancer.ask() == b"a:hello", "the member serves")
        clients = [
            stack.enter_context(socket.create_connection(balancer.addresses["t"], CLIENT_S))
            for _ in range(40)
        ]
        for client in clients:
            client.sendall(b"hello")
        answers = [client.recv(100) for client in clients]
        assert set(answers) == {b"a:hello", b"busy"}
        used_s = cpu_s(balancer.child.process.pid)
        threading.Event().wait(0.5)
        assert cpu_s(balancer.child.process.pid) - used_s < 0.25
        for client in clients:
            client.close()
        until(lambda: balancer.ask() == b"a:hello", "there is room again")


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_fleet_without_a_key_makes_one_that_members_can_use(tmp_path: Path) -> None:
    with fleet(tmp_path, "a") as (balancer, _):
        assert balancer.keys.stat().st_mode & 0o077 == 0
        assert balancer.ask() == b"a:hello"
