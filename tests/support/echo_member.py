"""A member as a process of its own, to be killed: TCP and UDP echo, and a beacon.

    python -m tests.support.echo_member NAME BALANCER_HOST BALANCER_PORT KEY_FILE [OWN_HOST
        [BALANCER_HOST BALANCER_PORT]...]

Each TCP client and each datagram is answered with the member's name, a colon, and what it said;
a datagram without a header with the port that it came from instead.
Ends with its standard input, so that it never outlives the test that started it.
"""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from holdfast.platform.balancer.proxy_protocol import Address, Header, Local, NeedMore, parse
from holdfast.platform.membership.beacon import Beacon, BeaconSettings, Identity
from holdfast.platform.membership.keys import load_keyring
from tests.support.processes import SOURCE

BEAT_EVERY_S = 0.2


@contextmanager
def echo_member(name: str, balancer: Address, keys: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Start one; ended (if it still lives) at the end of the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.echo_member", name, *map(str, balancer), str(keys)],
        stdin=subprocess.PIPE,
        cwd=SOURCE.parent,
        env={"PYTHONPATH": f"{SOURCE}:{SOURCE.parent}"},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=10.0)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, name: bytes) -> None:
        self._name = name

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        header = parse(data)
        if isinstance(header, Header):
            head, payload = data[: header.length], data[header.length :]
            self._transport.sendto(head + self._name + b":" + payload, addr)
        else:
            self._transport.sendto(b"%s:%d" % (self._name, addr[1]), addr)


async def _serve(name: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    start = b""
    while isinstance(found := parse(start), NeedMore):
        piece = await reader.read(found.total - len(start))
        if not piece:
            break
        start += piece
    while not isinstance(found, Local) and (data := await reader.read(65536)):
        writer.write(name + b":" + data)
        await writer.drain()
    writer.close()


async def _main(
    name: str, host: str, port: str, keys: str, own_host: str = "127.0.0.1", *more: str
) -> None:
    own = name.encode()
    server = await asyncio.start_server(lambda r, w: _serve(own, r, w), own_host, 0)
    loop = asyncio.get_running_loop()
    udp, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(own), local_addr=(own_host, 0))
    services = {
        "tcp-service": server.sockets[0].getsockname(),
        "udp-service": udp.get_extra_info("sockname"),
    }
    balancers = [(host, int(port))]
    balancers += [(other, int(at)) for other, at in zip(more[::2], more[1::2], strict=True)]
    settings = BeaconSettings(tuple(balancers), load_keyring(Path(keys)), BEAT_EVERY_S)
    await Beacon(settings, Identity.fresh(name), services).start()
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
