"""A whole fleet of real processes for tests: `holdfast up` in its own folder, on its own ports.

Children are found through /proc and stopped only by their own process ids. Nothing waits longer
than its bound; conditions are polled, never guessed by sleeping.
"""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tests.support.processes import is_alive

ROOT = Path(__file__).resolve().parent.parent.parent
START_S = 100.0
"""A start takes 3 s; on a machine that is busy otherwise it may take long."""
STOP_S = 30.0
POLL_S = 0.02
NAME_VARIABLE = b"HOLDFAST_FLEET_PROCESS_NAME"
HTTP_PORTS = (8000, 8001, 8100, 8101, 8102, 8103, 8300)
TCP_PORTS = (8080, 4444, 4446, 4447, 4448, 4449, *HTTP_PORTS)
UDP_PORTS = (5252, 6006, 5005, 7007, 8008, 2002, 8081, 8085, 8086, 8087, 8091, 8092)
ADMIN_PORT, SUPERVISOR_PORT = 8082, 8083
OFFSETS = range(10_000, 24_000, 400)  # under the ephemeral range; 200 apart, 8100 meets 8300


def eventually(
    condition: Callable[[], Any], within_s: float = 10.0, what: str = "the condition"
) -> Any:
    """The first true value of `condition`; fails after `within_s`."""
    deadline = time.monotonic() + within_s
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"{what} did not come true within {within_s} s"
        time.sleep(POLL_S)


def free_offset() -> int:
    """A port offset with all of Holdfast's ports free; workers start at different places."""
    worker = int(re.sub(r"\D", "", os.environ.get("PYTEST_XDIST_WORKER", "0")) or 0)
    start = (os.getpid() * 7 + worker * 31) % len(OFFSETS)
    for step in range(len(OFFSETS)):
        offset = OFFSETS[(start + step) % len(OFFSETS)]
        streams = (*TCP_PORTS, ADMIN_PORT, SUPERVISOR_PORT)
        if all(_is_free(p + offset, socket.SOCK_STREAM) for p in streams) and all(
            _is_free(p + offset, socket.SOCK_DGRAM) for p in UDP_PORTS
        ):
            return offset
    raise AssertionError("no free block of ports")


def _is_free(port: int, kind: int) -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        if kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@dataclass
class Fleet:
    """A running `holdfast up`."""

    process: subprocess.Popen[str]
    data: Path
    offset: int
    lines: list[str] = field(default_factory=list)
    reader: threading.Thread | None = None

    def port(self, port: int) -> int:
        return port + self.offset

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port(8000)}"

    def get(self, path: str, timeout_s: float = 10.0) -> Any:
        """The JSON of a GET; HTTP errors are raised."""
        with urllib.request.urlopen(self.url + path, timeout=timeout_s) as answer:
            return json.loads(answer.read())

    def ask(
        self,
        path: str,
        *,
        token: str = "",
        body: bytes | None = None,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> tuple[int, Mapping[str, str], str]:
        """Status, headers and text of a GET (of a POST with a body); redirects are not followed."""
        bearer = {"authorization": f"Bearer {token}"} if token else {}
        line = http.client.HTTPConnection("127.0.0.1", self.port(8000), timeout=10.0)
        try:
            method = "GET" if body is None else "POST"
            line.request(method, path, body, {**bearer, **headers})
            answer = line.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read().decode()
        finally:
            line.close()

    def token(self, name: str) -> str:
        """A token of the data folder: `viewer`, `admin` or `service`."""
        return (self.data / f"{name}.token").read_text().strip()

    def incidents(self, uid: int | None = None) -> list[dict[str, Any]]:
        """What happened and was no attempt, newest first."""
        of_user = f"&uid={uid}" if uid is not None else ""
        return list(self.get(f"/api/grading/incidents?limit=200{of_user}"))

    def cells(self) -> dict[tuple[int, str], dict[str, Any]]:
        """The class grid by student and test; only what was attempted is there."""
        rows = self.get("/api/grading/standings")
        return {(row["uid"], cell["test"]): cell for row in rows for cell in row["cells"]}

    def said(self, *words: str) -> list[str]:
        """The log lines that hold all these words."""
        return [line for line in list(self.lines) if all(word in line for word in words)]

    def answers(self, path: str) -> bool:
        """Whether a GET succeeds now."""
        try:
            self.get(path, timeout_s=2.0)
        except (OSError, ValueError):
            return False
        return True

    def pids(self, name: str) -> list[int]:
        """Process ids of the running children named `name` (node, balancer, results-api)."""
        wanted = []
        for pid in _descendants(self.process.pid):
            words = _command_line(pid)
            if "run" in words and words[words.index("run") + 1 :][:1] == [name]:
                wanted.append(pid)
        return sorted(wanted)

    def postgres(self) -> int:
        """The process id of the database server, 0 while there is none."""
        for pid in _descendants(self.process.pid):
            if any(word.endswith("/postgres") for word in _command_line(pid)[:1]):
                return pid
        return 0

    def kill(self, name: str, index: int = 0) -> int:
        """kill -9 one of the children; returns its process id."""
        pid = self.pids(name)[index]
        os.kill(pid, signal.SIGKILL)
        return pid

    def nodes(self) -> dict[str, int]:
        """Process ids of the nodes by name."""
        found = {}
        for pid in self.pids("node"):
            with suppress(OSError):
                variables = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
                known = dict(each.partition(b"=")[::2] for each in variables)
                found[known[NAME_VARIABLE].decode()] = pid
        return found

    @staticmethod
    def kill_pid(pid: int) -> None:
        """kill -9 one of our processes, and wait until it is gone."""
        os.kill(pid, signal.SIGKILL)
        eventually(lambda: not is_alive(pid), STOP_S, "its end")

    def connect(self, port: int, timeout_s: float = 5.0) -> socket.socket:
        """A TCP connection to a public port (given without the offset)."""
        return socket.create_connection(("127.0.0.1", self.port(port)), timeout=timeout_s)

    def attempts(self, uid: int) -> list[dict[str, Any]]:
        """A student's attempts, newest first."""
        found = self.get(f"/api/grading/students/{uid}/attempts?limit=200")
        return list(found["attempts"])

    def holdfast(self, *words: str, timeout_s: float = 120.0) -> subprocess.CompletedProcess[str]:
        """Run a holdfast command against this fleet."""
        return subprocess.run(
            [sys.executable, "-m", "holdfast", *words, "--port-offset", str(self.offset)],
            capture_output=True,
            text=True,
            timeout=timeout_s,
            cwd=self.data.parent,
            env=environment(),
            check=False,
        )

    def stop(self) -> int:
        """Stop like Ctrl-C; returns the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
        code = self.process.wait(STOP_S)
        self._hush()
        return code

    def crash(self, *, everything: bool = False) -> None:
        """kill -9 the supervisor, or all processes at once; wait until none of them is left."""
        family = [self.process.pid, *_descendants(self.process.pid)]
        for pid in family if everything else family[:1]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(STOP_S)
        eventually(lambda: not any(map(is_alive, family)), STOP_S, "the end of all processes")
        self._hush()

    def _hush(self) -> None:
        """No process writes any more: read the rest, close the pipe."""
        if self.reader is not None:
            self.reader.join(STOP_S)
        if self.process.stdout is not None:
            self.process.stdout.close()


def environment() -> dict[str, str]:
    """The environment without any setting of the person who runs the tests."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("HOLDFAST_")}
    return {**kept, "PYTHONPATH": str(ROOT / "src"), "PYTHONUNBUFFERED": "1"}


@contextmanager
def fleet(
    data: Path, *words: str, scale: float = 0.01, nodes: int = 3, demo: bool = False
) -> Iterator[Fleet]:
    """Start `holdfast up`, wait until it says that it is up, stop it at the end.

    Flights' processes run too, but sell nothing unless `demo`.
    """
    offset = free_offset()
    arguments = ["--data", str(data), "--port-offset", str(offset), "--nodes", str(nodes)]
    arguments += ["--time-scale", str(scale), "--demo", "true" if demo else "false"]
    running = start([*arguments, *words], data, offset)
    try:
        yield running
    finally:
        running.stop()


@contextmanager
def lone_balancer(data: Path, *words: str) -> Iterator[Fleet]:
    """`holdfast run balancer` without anybody behind it; its process is the fleet's process."""
    offset = free_offset()
    arguments = ["run", "balancer", "--data", str(data), "--port-offset", str(offset), *words]
    data.mkdir(parents=True, exist_ok=True)
    alone = _launch(arguments, data, offset)
    try:
        eventually(
            lambda: alone.process.poll() is not None or _listens(alone.port(4444)),
            START_S,
            "the balancer's port",
        )
        assert alone.process.poll() is None, "\n".join(alone.lines)
        yield alone
    finally:
        alone.stop()


def holdfast(
    *words: str, folder: Path, timeout_s: float = 60.0, settings: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command in `folder`, with HOLDFAST_ variables in `settings`; returns what it said."""
    return subprocess.run(
        [sys.executable, "-m", "holdfast", *words],
        capture_output=True,
        text=True,
        timeout=timeout_s,
        cwd=folder,
        env={**environment(), **(settings or {})},
        check=False,
    )


def start(arguments: Sequence[str], data: Path, offset: int) -> Fleet:
    """Start `holdfast up` with these arguments and wait for its summary."""
    running = _launch(["up", *arguments], data, offset)
    process = running.process
    try:
        eventually(
            lambda: process.poll() is not None or any("is up" in line for line in running.lines),
            START_S,
            "the start-up summary",
        )
        assert process.poll() is None, "\n".join(running.lines)
    except AssertionError:
        running.stop()
        raise
    return running


def _launch(arguments: Sequence[str], data: Path, offset: int) -> Fleet:
    data.parent.mkdir(parents=True, exist_ok=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "holdfast", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=data.parent,
        env=environment(),
    )
    running = Fleet(process, data, offset)
    running.reader = threading.Thread(target=_collect, args=(running,), daemon=True)
    running.reader.start()
    return running


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _collect(running: Fleet) -> None:
    assert running.process.stdout is not None
    for line in running.process.stdout:
        running.lines.append(line.rstrip("\n"))


def _descendants(pid: int) -> list[int]:
    found: list[int] = []
    waiting = [pid]
    while waiting:
        parent = waiting.pop()
        try:
            text = Path(f"/proc/{parent}/task/{parent}/children").read_text()
        except OSError:
            continue
        children = [int(word) for word in text.split()]
        found += children
        waiting += children
    return found


def _command_line(pid: int) -> list[str]:
    try:
        raw = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return []
    return raw.decode(errors="replace").split("\0")
