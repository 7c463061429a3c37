"""The law of holding: connections that asked once, are kept alive, and say nothing more.

They are bare sockets, which cost this side next to nothing while they rest. On loopback they come
from several of its addresses, for one address has few ports and one client few places. Opening and
asking again are paced: a crowd that comes and goes, not a flood.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TypeVar

import httptools

from holdfast.platform.load.connection import ANSWER_S, Broken, whole_answer
from holdfast.platform.load.tally import Round

PER_ADDRESS = 4_000
"""Below `balancer.connections_per_client` and the ports of one address."""
AT_ONCE = 50
"""Opened or asked at the same time, by one process."""


@dataclass(frozen=True, slots=True)
class Order:
    """What one process holds: `count` connections, the first being number `first` of all, dealt out
    to `ports` in turn; `pace` of them a second, with a GET of `path`."""

    host: str
    ports: tuple[int, ...]
    path: str
    first: int
    count: int
    pace: float


@dataclass(slots=True)
class Holder:
    """Holds what it is ordered to from `open` to `close`."""

    order: Order
    held: list[tuple[int, socket.socket]] = field(default_factory=list)
    """With the port of each."""

    async def open(self) -> Round:
        """Open all, each with one request."""
        seen = Round(asked=self.order.count)
        families = _families(self.order)

        async def one(number: int) -> None:
            port = self.order.ports[number % len(self.order.ports)]
            sock = socket.socket(families[port][0], socket.SOCK_STREAM)
            sock.setblocking(False)
            try:
                source = source_of(self.order.host, number)
                if source:
                    sock.bind((source, 0))
                await self._timed(seen, port, sock, families[port][1])
                self.held.append((port, sock))
            except Broken:
                sock.close()

        first = self.order.first
        await paced(range(first, first + self.order.count), self.order.pace, one)
        seen.open_ones = len(self.held)
        return seen

    async def ask_again(self) -> Round:
        """Ask on each that was never closed; on nothing else, so an answer is its own."""
        seen = Round()

        async def one(item: tuple[int, socket.socket]) -> None:
            port, sock = item
            if not is_open(sock):
                seen.failed["closed-before"] += 1
                return
            seen.open_ones += 1
            seen.asked += 1
            try:
                await self._timed(seen, port, sock, None)
            except Broken:
                sock.close()

        await paced(self.held, self.order.pace, one)
        return seen

    def close(self) -> None:
        """End them."""
        for _, sock in self.held:
            sock.close()
        self.held.clear()

    async def _timed(
        self, seen: Round, port: int, sock: socket.socket, to: tuple[str, int] | None
    ) -> None:
        """Connect, if `to` is given, ask once, and note it; `Broken` when it was in vain."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            await self._asked(port, sock, to)
        except Broken as broken:
            seen.failed[str(broken)] += 1
            raise
        seen.answered += 1
        seen.times.note(loop.time() - began)

    async def _asked(self, port: int, sock: socket.socket, to: tuple[str, int] | None) -> None:
        loop = asyncio.get_running_loop()
        head = f"GET {self.order.path} HTTP/1.1\r\nhost: {self.order.host}:{port}\r\n\r\n"
        try:
            async with asyncio.timeout(ANSWER_S):
                if to is not None:
                    await loop.sock_connect(sock, to)
                await loop.sock_sendall(sock, head.encode())
                answer = await whole_answer(lambda most: loop.sock_recv(sock, most))
        except TimeoutError:
            raise Broken("timeout") from None
        except ConnectionRefusedError:
            raise Broken("refused") from None
        except (OSError, httptools.HttpParserError):
            raise Broken("reset") from None
        if answer.status != 200:
            raise Broken(str(answer.status))


def is_open(sock: socket.socket) -> bool:
    """Whether the other side has not closed it and has said nothing unasked."""
    try:
        sock.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def source_of(host: str, number: int) -> str:
    """From which address of loopback a connection comes, by its number; nothing elsewhere."""
    try:
        is_loopback = ip_address(host).is_loopback and "." in host
    except ValueError:
        is_loopback = False
    return f"127.0.0.{2 + number // PER_ADDRESS}" if is_loopback else ""


T = TypeVar("T")


async def paced(items: Sequence[T], pace: float, act: Callable[[T], Awaitable[None]]) -> None:
    """Act on all, `pace` of them a second at most, and never on more than `AT_ONCE` at once."""
    loop = asyncio.get_running_loop()
    began, places = loop.time(), asyncio.Semaphore(AT_ONCE)

    async def one(item: T) -> None:
        try:
            await act(item)
        finally:
            places.release()

    async with asyncio.TaskGroup() as group:
        for place, item in enumerate(items):
            await asyncio.sleep(max(0.0, began + place / pace - loop.time()))
            await places.acquire()
            group.create_task(one(item))


def _families(order: Order) -> dict[int, tuple[socket.AddressFamily, tuple[str, int]]]:
    found: dict[int, tuple[socket.AddressFamily, tuple[str, int]]] = {}
    for port in order.ports:
        family, *_, address = socket.getaddrinfo(order.host, port, type=socket.SOCK_STREAM)[0]
        found[port] = (family, (str(address[0]), int(address[1])))
    return found
