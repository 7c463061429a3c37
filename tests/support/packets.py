"""A place for packet programs (bpffs) of a test's own, where this machine takes such at all, and
single packets for one to look at."""

import ctypes
import os
import socket
import struct
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from holdfast.platform.balancer.packets import calls
from holdfast.platform.balancer.packets.calls import Hook
from holdfast.platform.balancer.packets.code import Code
from holdfast.platform.balancer.packets.steering import Steering
from holdfast.platform.membership.wire import Endpoint

FIN, SYN, RST, ACK = 0x01, 0x02, 0x04, 0x10
_TEST_RUN = 10


@contextmanager
def packet_programs() -> Iterator[Path]:
    """A folder where programs get names; skips where the kernel or the user's rights are not
    enough."""
    if os.geteuid():
        pytest.skip("packet programs need root")
    code = Code()
    code.leave(-1)
    try:
        os.close(calls.load(code.assembled(), Hook.INGRESS, "probe"))
    except (OSError, calls.Refused) as error:
        pytest.skip(f"this kernel takes no packet programs: {error}")
    with tempfile.TemporaryDirectory() as place:
        subprocess.run(["mount", "-t", "bpf", "bpf", place], check=True)
        try:
            yield Path(place)
        finally:
            subprocess.run(["umount", place], check=True)


def packet(source: Endpoint, to: Endpoint, flags: int) -> bytes:
    """A TCP packet without bytes, from its Ethernet header on."""
    ends = socket.inet_aton(source[0]) + socket.inet_aton(to[0])
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 40, 1, 0x4000, 64, 6, 0) + ends
    tcp = struct.pack("!HHIIBBHHH", source[1], to[1], 1, 1, 0x50, flags, 1_000, 0, 0)
    return bytes(12) + b"\x08\x00" + ip + tcp


class Trial:
    """Shows packets to a program without sending them."""

    def __init__(self, steering: Steering) -> None:
        self._program = steering._fds[-2]
        self._seen = ctypes.create_string_buffer(256)

    def show(self, data: bytes) -> tuple[Endpoint, Endpoint]:
        """From and to whom the packet is afterwards."""
        given = ctypes.create_string_buffer(data, len(data))
        places = ctypes.addressof(given), ctypes.addressof(self._seen)
        wish = struct.pack("=IIIIQQI", self._program, 0, len(data), 256, *places, 1)
        calls._bpf(_TEST_RUN, wish)
        seen = self._seen.raw
        ports = int.from_bytes(seen[34:36]), int.from_bytes(seen[36:38])
        return (socket.inet_ntoa(seen[26:30]), ports[0]), (socket.inet_ntoa(seen[30:34]), ports[1])
