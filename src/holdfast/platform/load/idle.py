"""The law of the idle: connections that asked once, are kept alive, and say nothing more.

On loopback they come from several of its addresses, for one address has few ports and one client
few places. At the end each is looked at, and some are asked again.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from ipaddress import ip_address

from holdfast.platform.load.connection import Broken, Connection
from holdfast.platform.runtime.journey import Ask

PER_ADDRESS = 4_000
"""Below `balancer.connections_per_client` and the ports of one address."""
AT_ONCE = 50
"""Opened at the same time: a crowd that arrives, not a flood."""
ASKED_AGAIN = 200


@dataclass(slots=True)
class Idle:
    """Holds connections from `open` to `close`. `refused`: by why they were not had."""

    host: str
    port: int
    target: str = "/health/live"
    held: list[Connection] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)

    async def open(self, wanted: int) -> None:
        """Open so many, each with one request."""
        places = asyncio.Semaphore(AT_ONCE)

        async def one(number: int) -> None:
            async with places:
                await self._open_one(number)

        await asyncio.gather(*(one(number) for number in range(wanted)))

    async def alive(self) -> tuple[int, int, int]:
        """How many were never closed; of some that were asked again, how many and how many
        answered on the same connection."""
        open_ones = [one for one in self.held if one.is_open]
        step = max(1, len(open_ones) // ASKED_AGAIN)
        asked = open_ones[::step]
        answered = 0
        for one in asked:
            try:
                answer = await one.ask(Ask("idle", self.target), {})
            except Broken:
                continue
            answered += answer.status == 200
        return len(open_ones), len(asked), answered

    def close(self) -> None:
        """End them."""
        for one in self.held:
            one.close()

    async def _open_one(self, number: int) -> None:
        connection = Connection(self.host, self.port, source=self._source(number))
        try:
            answer = await connection.ask(Ask("idle", self.target), {})
        except Broken as broken:
            self.refused[str(broken)] += 1
            return
        if answer.status == 200:
            self.held.append(connection)
        else:
            self.refused[str(answer.status)] += 1
            connection.close()

    def _source(self, number: int) -> str:
        try:
            is_loopback = ip_address(self.host).is_loopback and "." in self.host
        except ValueError:
            is_loopback = False
        return f"127.0.0.{2 + number // PER_ADDRESS}" if is_loopback else ""
