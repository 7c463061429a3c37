"""Network namespaces of a test: made as root, entered by one thread, gone at the end.

Whoever lacks the rights or the programs skips with the reason; in CI that is a failure.
"""

import ctypes
import itertools
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

CLONE_NEWNET = 0x40000000
_numbers = itertools.count()


@contextmanager
def namespace(*programs: str) -> Iterator[str]:
    """A namespace with a loopback interface; its name. Skips where `programs` are not installed."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    missing = [name for name in ("ip", *programs) if shutil.which(name, path=path) is None]
    if missing or os.geteuid():
        pytest.skip(f"network namespaces need root and {', '.join(('ip', *programs))}")
    name = f"hft{os.getpid()}-{next(_numbers)}"
    try:
        ip("netns", "add", name)
        ip("-n", name, "link", "set", "lo", "up")
        yield name
    finally:
        subprocess.run(["ip", "netns", "delete", name], check=False, capture_output=True)


def join(one: str, other: str, addresses: tuple[str, str]) -> None:
    """A cable between two namespaces, with an address and prefix length at either end."""
    ends = [f"v{next(_numbers)}" for _ in range(2)]
    ip("-n", one, "link", "add", ends[0], "type", "veth", "peer", "name", ends[1], "netns", other)
    for space, end, address in zip((one, other), ends, addresses, strict=True):
        extra = ("nodad",) if ":" in address else ()
        ip("-n", space, "addr", "add", address, "dev", end, *extra)
        ip("-n", space, "link", "set", end, "up")


@contextmanager
def inside(space: str) -> Iterator[None]:
    """The calling thread, its new sockets, and the threads and processes it starts, live there."""
    setns = ctypes.CDLL(None, use_errno=True).setns
    here, other = Path("/proc/thread-self/ns/net"), Path(f"/run/netns/{space}")
    with here.open() as home, other.open() as there:
        assert setns(there.fileno(), CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())
        try:
            yield
        finally:
            assert setns(home.fileno(), CLONE_NEWNET) == 0


def ip(*words: str) -> None:
    """Run ip; its complaint is the failure."""
    ran = subprocess.run(["ip", *words], check=False, capture_output=True, text=True)
    assert ran.returncode == 0, f"ip {' '.join(words)}: {ran.stderr}"
