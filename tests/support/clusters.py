"""Real clusters of three for tests: guards without a supervisor, so that what dies stays dead.

A cluster runs on loopback, or (root only) each member in a network namespace of its own, joined by
a bridge in one more; then its lines can be cut. Nothing outside of these namespaces is sent to.
Everything is ended by process id, and by the guards' lifelines if the tests are killed.
"""

import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from holdfast.platform.data.cluster.member_guard import argv_of_member_guard
from holdfast.platform.data.cluster.plan import (
    ClusterPlan,
    MemberPlan,
    member_at,
    members_here,
)
from holdfast.platform.data.cluster.record import passwords_of, settle
from holdfast.platform.data.cluster.rest import ask, tell
from holdfast.platform.data.cluster.status import (
    ClusterStatus,
    freshest,
    read_status,
)
from holdfast.platform.data.cluster.store_guard import argv_of_store_guard
from holdfast.platform.data.cluster_folder import running_pid
from holdfast.platform.data.embedded import dsn_file
from holdfast.platform.runtime.announce import PARENT_VARIABLE, READY_VARIABLE
from tests.support.processes import SOURCE, is_alive, until

START_S = 150.0
"""A start takes some 10 s; on a machine that is busy otherwise it may take long."""
HEALTHY_S = 100.0
STOP_S = 60.0
BASES = range(17_000, 31_000, 40)
CLONE_NEWNET = 0x40000000
NETWORK = "10.77.83"
ROOT_ONLY = "network namespaces need root and the program ip"
NO_ETCD = "etcd is not installed"


class GuardProcess:
    """A guard under a gate and a lifeline."""

    def __init__(self, argv: list[str], log: Path, prefix: tuple[str, ...] = ()) -> None:
        self._gate, gate_end = os.pipe()
        lifeline_end, self._lifeline = os.pipe()
        self._log = log.open("ab")
        self.process = subprocess.Popen(
            [*prefix, *argv],
            env={
                **{name: text for name, text in os.environ.items() if name != "PG_BINDIR"},
                "PYTHONPATH": str(SOURCE),
                READY_VARIABLE: str(gate_end),
                PARENT_VARIABLE: str(lifeline_end),
            },
            pass_fds=(gate_end, lifeline_end),
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )
        os.close(gate_end)
        os.close(lifeline_end)

    def said(self) -> Any:
        """What it announced; waits for it."""
        with os.fdopen(self._gate, "rb") as file:
            line = file.readline()
        self._gate = -1
        return json.loads(line or b"{}")

    def hang_up(self) -> None:
        if self._lifeline >= 0:
            os.close(self._lifeline)
            self._lifeline = -1

    def end(self) -> int:
        """Hang up, wait, and kill what does not end; the exit code."""
        self.hang_up()
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
        code = self.process.wait(STOP_S)
        if self._gate >= 0:
            os.close(self._gate)
            self._gate = -1
        self._log.close()
        return code


class RealCluster:
    """A cluster by its plan; `prefix_of` puts a member's processes where they belong."""

    def __init__(
        self, plan: ClusterPlan, prefix_of: Callable[[MemberPlan], tuple[str, ...]]
    ) -> None:
        self.plan = plan
        self._prefix_of = prefix_of
        self.stores: dict[str, GuardProcess] = {}
        self.guards: dict[str, GuardProcess] = {}
        self.cut: Callable[[str], None] = lambda _: pytest.fail("this cluster has no lines")
        self.mend: Callable[[str], None] = lambda _: None

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(member.name for member in self.plan.members)

    @property
    def dsn(self) -> str:
        return dsn_file(self.plan.data).read_text().strip()

    def start(self) -> None:
        if self.plan.store == "etcd":
            for name in self.names:
                self.start_store(name)
        for name in self.names:
            self.start_member(name)
        for guard in (*self.stores.values(), *self.guards.values()):
            said = guard.said()
            assert "ready" in said, f"{said}; the logs are in {self.plan.folder}"
        self.wait_healthy()

    def start_store(self, name: str) -> None:
        member = self.plan.member(name)
        argv = argv_of_store_guard(self.plan, name)
        log = self.plan.data / f"guard-store-{name}.log"
        self.stores[name] = GuardProcess(argv, log, self._prefix_of(member))

    def start_member(self, name: str) -> None:
        member = self.plan.member(name)
        argv = argv_of_member_guard(self.plan, name)
        log = self.plan.data / f"guard-{name}.log"
        self.guards[name] = GuardProcess(argv, log, self._prefix_of(member))

    def stop(self) -> None:
        for guard in self.guards.values():
            guard.hang_up()
        for guard in (*self.guards.values(), *self.stores.values()):
            guard.end()

    def status(self) -> ClusterStatus | None:
        """The cluster as its members see it; None when none answers."""
        answers = (ask(member, "/cluster") for member in self.plan.members)
        seen = (read_status(answer.said) for answer in answers if answer is not None)
        return freshest([status for status in seen if status is not None])

    def is_healthy(self) -> bool:
        status = self.status()
        return status is not None and status.complaint(self.names) is None

    def wait_healthy(self, within_s: float = HEALTHY_S) -> None:
        until(self.is_healthy, f"a healthy cluster ({self.status()})", within_s)

    def leader(self) -> str:
        """The leader's name; waits for one."""
        found: list[str] = []

        def is_known() -> bool:
            status = self.status()
            if status is not None and status.leader is not None:
                found.append(status.leader.name)
            return bool(found)

        until(is_known, "a leader", HEALTHY_S)
        return found[0]

    def replicas(self) -> list[str]:
        """Names of the replicas that confirm commits."""
        status = self.status()
        assert status is not None
        return [one.name for one in status.members if one.is_running and one.is_synchronous]

    def config(self, changes: dict[str, object], name: str = "") -> None:
        """Change Patroni's shared configuration."""
        member = self.plan.member(name or self.leader())
        answer = self.tell(member.name, "/config", changes, method="PATCH")
        assert answer, answer

    def tell(self, name: str, path: str, said: dict[str, object], method: str = "POST") -> bool:
        password = passwords_of(self.plan.data).rest
        answer = tell(self.plan.member(name), path, said, password=password, method=method)
        return answer is not None and answer.is_ok

    def postgres(self, name: str) -> int:
        pid = running_pid(self.plan.postgres_of(name))
        assert pid is not None, f"{name} has no server"
        return pid

    def patroni(self, name: str) -> int:
        return int((self.plan.folder_of(name) / "patroni.pid").read_text())

    def processes(self, name: str) -> list[int]:
        """Every process of a member's database, the guard first."""
        server = running_pid(self.plan.postgres_of(name))
        found = [self.guards[name].process.pid, self.patroni(name)]
        if server is not None:
            found += [server, *_children(server)]
        return [pid for pid in found if is_alive(pid)]

    def signal_member(self, name: str, number: signal.Signals) -> None:
        """One signal for all processes of a member's database."""
        for pid in self.processes(name):
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def revive(self, name: str) -> None:
        """A new guard for a member that was killed, as a supervisor would start."""
        self.guards[name].end()
        self.start_member(name)

    def kill_store(self, name: str) -> None:
        """kill -9 a store and its guard."""
        guard = self.stores[name].process.pid
        for pid in (guard, *_children(guard)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def revive_store(self, name: str) -> None:
        self.stores[name].end()
        self.start_store(name)


@contextmanager
def cluster_here(
    data: Path, *, fast_failover: bool = True, durable: bool = False, **more: Any
) -> Iterator[RealCluster]:
    """A running cluster on loopback; skips where etcd is missing and wanted."""
    if more.get("store", "etcd") == "etcd" and shutil.which("etcd") is None:
        pytest.skip(NO_ETCD)
    members = members_here(free_base())
    wanted = ClusterPlan(data, members, fast_failover=fast_failover, durable=durable, **more)
    plan = settle(wanted)
    cluster = RealCluster(plan, lambda _: ())
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


@contextmanager
def cluster_in_namespaces(data: Path, *, fast_failover: bool = True) -> Iterator[RealCluster]:
    """A running cluster, each member in its own network namespace; the caller's thread is in the
    one that joins them meanwhile. Skips where that cannot be made."""
    if shutil.which("etcd") is None:
        pytest.skip(NO_ETCD)
    if os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip(ROOT_ONLY)
    with ExitStack() as held:
        spaces = held.enter_context(_namespaces(("m1", "m2", "m3")))
        held.enter_context(_inside(spaces.hub))
        members = tuple(
            member_at(name, f"{NETWORK}.{10 + n}", BASES[0])
            for n, name in enumerate(("m1", "m2", "m3"))
        )
        plan = settle(
            ClusterPlan(
                data,
                members,
                fast_failover=fast_failover,
                durable=False,
                networks=(f"{NETWORK}.0/24",),
            )
        )
        cluster = RealCluster(plan, lambda m: ("ip", "netns", "exec", spaces.names[m.name]))
        cluster.cut = lambda name: spaces.line(name, "down")
        cluster.mend = lambda name: spaces.line(name, "up")
        held.callback(cluster.stop)
        cluster.start()
        yield cluster


@dataclass(frozen=True)
class _Spaces:
    hub: str
    names: dict[str, str]
    prefix: str

    def line(self, name: str, state: str) -> None:
        """Cut or mend a member's line, at the bridge."""
        _ip("-n", self.hub, "link", "set", f"to-{name}", state)


@contextmanager
def _namespaces(names: tuple[str, ...]) -> Iterator[_Spaces]:
    prefix = f"hf{os.getpid()}"
    hub = f"{prefix}-hub"
    spaces = _Spaces(hub, {name: f"{prefix}-{name}" for name in names}, prefix)
    try:
        _ip("netns", "add", hub)
        _ip("-n", hub, "link", "set", "lo", "up")
        _ip("-n", hub, "link", "add", "bridge", "type", "bridge")
        _ip("-n", hub, "addr", "add", f"{NETWORK}.1/24", "dev", "bridge")
        _ip("-n", hub, "link", "set", "bridge", "up")
        for n, (name, space) in enumerate(spaces.names.items()):
            _ip("netns", "add", space)
            _ip("-n", space, "link", "set", "lo", "up")
            _ip("-n", hub, "link", "add", f"to-{name}", "type", "veth",
                "peer", "name", "eth0", "netns", space)  # fmt: skip
            _ip("-n", hub, "link", "set", f"to-{name}", "master", "bridge", "up")
            _ip("-n", space, "addr", "add", f"{NETWORK}.{10 + n}/24", "dev", "eth0")
            _ip("-n", space, "link", "set", "eth0", "up")
        yield spaces
    finally:
        for space in (*spaces.names.values(), hub):
            subprocess.run(["ip", "netns", "delete", space], check=False, capture_output=True)


@contextmanager
def _inside(space: str) -> Iterator[None]:
    """The calling thread, and the processes and threads it starts, live in the namespace."""
    setns = ctypes.CDLL(None, use_errno=True).setns
    here, other = Path("/proc/thread-self/ns/net"), Path(f"/run/netns/{space}")
    with here.open() as home, other.open() as there:
        assert setns(there.fileno(), CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())
        try:
            yield
        finally:
            assert setns(home.fileno(), CLONE_NEWNET) == 0


def _ip(*words: str) -> None:
    ran = subprocess.run(["ip", *words], check=False, capture_output=True, text=True)
    if ran.returncode:
        pytest.skip(f"{ROOT_ONLY} ({ran.stderr.strip()})")


def free_base() -> int:
    """The first of forty ports that nobody uses."""
    start = (os.getpid() * 7) % len(BASES)
    for step in range(len(BASES)):
        base = BASES[(start + step) % len(BASES)]
        if all(_is_free(base + kind + n) for kind in (0, 10, 20, 30) for n in range(3)):
            return base
    raise AssertionError("no free block of ports")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return probe.connect_ex(("127.0.0.1", port)) != 0


def _children(pid: int) -> list[int]:
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    return [int(word) for word in text.split()]


def open_folder() -> Path:
    """A new folder that every user can walk to; pytest's own may be closed."""
    folder = Path(tempfile.mkdtemp(prefix="holdfast-cluster-"))
    folder.chmod(0o755)
    return folder


@contextmanager
def folder_for_cluster() -> Iterator[Path]:
    """Such a folder, removed at the end."""
    folder = open_folder()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Load:
    """Writers and readers in a process of their own; `end` tells what they were answered."""

    def __init__(self, cluster: RealCluster, *, writers: int = 8) -> None:
        self._journal = cluster.plan.data / f"journal-{time.monotonic_ns()}.json"
        with (cluster.plan.data / "load.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.cluster.load", str(self._journal), str(writers)],
                env={**os.environ, "PYTHONPATH": f"{SOURCE}:{SOURCE.parent}"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._process.stdin is not None
        self._process.stdin.write(cluster.dsn + "\n")
        self._process.stdin.flush()
        assert self._process.stdout is not None
        said = self._process.stdout.readline().strip()
        assert said == "writing", f"{said!r}; see {cluster.plan.data / 'load.log'}"

    def count(self) -> int:
        """Acknowledged writes so far; also wakes a test that waits for them."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("count\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def wait_writes(self, more: int, within_s: float) -> None:
        """Return when so many more writes were acknowledged."""
        wanted = self.count() + more
        until(lambda: self.count() >= wanted, f"{more} more writes", within_s)

    def end(self) -> "Journal":
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)
        if self._process.stdout is not None:
            self._process.stdout.close()
        assert self._process.returncode == 0
        said = json.loads(self._journal.read_text())
        return Journal([Acknowledged(*entry) for entry in said["writes"]], said["reads"])


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A write: when it was first sent and acknowledged (monotonic s), its key, who took it."""

    sent: float
    answered: float
    key: str
    server: str
    timeline: int


@dataclass(frozen=True)
class Journal:
    """What a load was answered: every acknowledged write, and the times of answered reads."""

    writes: list[Acknowledged]
    reads: list[float]

    def without_writes_s(self, since: float) -> float:
        """The longest time between two acknowledged writes from `since` on."""
        return _longest_gap([w.answered for w in self.writes], since)

    def without_reads_s(self, since: float) -> float:
        return _longest_gap(self.reads, since)

    def two_leaders(self) -> list[tuple[Acknowledged, Acknowledged]]:
        """Writes that an old leader took although a newer one had acknowledged before."""
        found = []
        first: dict[int, Acknowledged] = {}
        for write in sorted(self.writes, key=lambda w: w.answered):
            first.setdefault(write.timeline, write)
        for write in self.writes:
            for timeline, newer in first.items():
                if timeline > write.timeline and newer.answered < write.sent:
                    found.append((newer, write))
        return found


def _longest_gap(times: list[float], since: float) -> float:
    later = sorted(t for t in times if t > since - 0.5)
    assert len(later) > 1, "nothing was answered any more"
    return max(b - a for a, b in pairwise(later))
