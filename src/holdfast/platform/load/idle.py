"""The law of the idle: several processes (`holder`) hold many connections, counted as one crowd.

A process may open few files and has one processor; each of these holds `PER_HOLDER` connections.
They are opened before the crowd comes, rest while it is there, and are all asked again before it
goes.
"""

import asyncio
import sys
from contextlib import suppress
from dataclasses import dataclass, field

from holdfast.errors import DefiniteError
from holdfast.platform.load.holder import AGAIN, order_line, round_of
from holdfast.platform.load.holding import Order
from holdfast.platform.load.tally import Round

PER_HOLDER = 5_000
"""Descriptors of one process: a fourth of what it may have on a usual machine."""
START_S = 60.0
"""A process of ours may take so long to begin, on a busy machine."""
END_S = 10.0
MAX_LINE_BYTES = 1 << 20


@dataclass(slots=True)
class Idle:
    """Holds `wanted` connections from `open` to `close`, dealt out to `ports`."""

    host: str
    ports: tuple[int, ...]
    wanted: int
    pace: float = 500.0
    path: str = "/health/live"
    opened: Round = field(default_factory=Round)
    again: Round = field(default_factory=Round)
    cpu_s: float = 0.0
    """Processor seconds of the holders, as last told."""
    _holders: list[asyncio.subprocess.Process] = field(default_factory=list)

    @property
    def round_s(self) -> float:
        """How long asking all of them takes at this pace."""
        return self.wanted / self.pace

    async def open(self) -> None:
        """Open all, each with one request."""
        orders = self._orders()
        for _ in orders:
            self._holders.append(await _holder())
        lines = [order_line(order) for order in orders]
        self.opened = await self._round(lines)

    async def ask_again(self) -> None:
        """Ask on each that is still open."""
        self.again = await self._round([AGAIN] * len(self._holders))

    async def close(self) -> None:
        """End them, and those who hold them."""
        for holder in self._holders:
            assert holder.stdin is not None
            holder.stdin.close()
        for holder in self._holders:
            with suppress(TimeoutError):
                async with asyncio.timeout(END_S):
                    await holder.wait()
            if holder.returncode is None:
                holder.kill()
                await holder.wait()
        self._holders.clear()

    def _orders(self) -> list[Order]:
        firsts = range(0, self.wanted, PER_HOLDER)
        return [
            Order(
                self.host,
                self.ports,
                self.path,
                first,
                min(PER_HOLDER, self.wanted - first),
                self.pace / len(firsts),
            )
            for first in firsts
        ]

    async def _round(self, lines: list[str]) -> Round:
        """Give each holder its line; what they found, together."""
        told = await asyncio.gather(
            *(self._told(holder, line) for holder, line in zip(self._holders, lines, strict=True))
        )
        seen = Round()
        for found, _ in told:
            seen.add(found)
        self.cpu_s = sum(cpu_s for _, cpu_s in told)
        return seen

    async def _told(self, holder: asyncio.subprocess.Process, line: str) -> tuple[Round, float]:
        assert holder.stdin is not None
        assert holder.stdout is not None
        holder.stdin.write(line.encode() + b"\n")
        most_s = START_S + 10 * self.round_s
        try:
            async with asyncio.timeout(most_s):
                answer = await holder.stdout.readline()
        except TimeoutError:
            answer = b""
        if not answer:
            raise DefiniteError("A process that holds idle connections said nothing any more.")
        return round_of(answer)


async def _holder() -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "holdfast.platform.load.holder",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=MAX_LINE_BYTES,
    )
