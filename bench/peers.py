"""The ends of what is measured: an echo server and a client, built from `peers.c` when needed.

They are in C because in Python they took more processor than what is between them. A client obeys
one order at a time, and its samples are half a second or so.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).with_suffix(".c")
Address = tuple[str, int]


class Client:
    """A client process of one address, in the network namespace of whoever made it."""

    def __init__(self, address: Address) -> None:
        self._process = subprocess.Popen(
            [program(), "ask", address[0], str(address[1])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.pid = self._process.pid

    def ask(self, order: str) -> list[float]:
        """Give an order of `peers.c`; its answer's numbers."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{order}\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, f"the client gave up on: {order}"
        return [float(word) for word in answer.split() if word != "ok"]

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()


@contextmanager
def client(address: Address) -> Iterator[Client]:
    """A client, ended at the end."""
    made = Client(address)
    try:
        yield made
    finally:
        made.end()


@contextmanager
def echo_server(kind: str = "tcp", host: str = "127.0.0.1") -> Iterator[tuple[Address, int]]:
    """A process that sends back what it gets, without PROXY headers; its address and process id."""
    running = subprocess.Popen(
        [program(), "serve", kind, host], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert running.stdout is not None
        yield (host, int(running.stdout.readline())), running.pid
    finally:
        running.kill()
        running.communicate()


_kept = ExitStack()


@cache
def program() -> str:
    """The path of the built program."""
    compiler = shutil.which("cc")
    assert compiler, "this bench builds bench/peers.c: it needs a C compiler (apt install gcc)"
    folder = _kept.enter_context(tempfile.TemporaryDirectory())
    os.chmod(folder, 0o755)  # noqa: PTH101
    built = str(Path(folder, "peers"))
    subprocess.run([compiler, "-O2", "-Wall", "-o", built, str(SOURCE)], check=True)
    return built
