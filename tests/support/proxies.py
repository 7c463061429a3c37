"""HAProxy in front of a test's own server, as a real upstream."""

import contextlib
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from holdfast.platform.balancer.proxy_protocol import Address
from tests.support.processes import until

NO_HAPROXY = "haproxy is not installed"
CONFIG = """
global
    nbthread 1
defaults
    mode tcp
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen edge
    bind {host}:{port}
    server one {server[0]}:{server[1]} {how}
"""


@contextmanager
def haproxy(folder: Path, server: Address, how: str, host: str = "127.0.0.1") -> Iterator[Address]:
    """It listens on the address given and reaches `server` as `how` says (`send-proxy-v2`)."""
    with socket.create_server((host, 0)) as probe:
        address: Address = probe.getsockname()
    file = folder / "haproxy.cfg"
    text = CONFIG.format(host=host, port=address[1], server=server, how=how)
    file.write_text(text, encoding="utf-8")
    running = subprocess.Popen(["haproxy", "-db", "-q", "-f", str(file)])
    try:
        until(lambda: _answers(address), "haproxy listens")
        yield address
    finally:
        running.terminate()
        running.wait(10.0)


def _answers(address: Address) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(address, timeout=1.0):
        return True
    return False
