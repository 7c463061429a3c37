"""The law of fetching: every source is looked at on its own, hourly or so, never two at a time.

Looks are spread by chance, so that sources do not meet; after a failure the next look comes sooner,
then later and later up to the usual time. What one source does holds up no other.
"""

import asyncio
import random
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx

from holdfast.errors import HoldfastError
from holdfast.flights.entrypoints.ingest.settings import IngestSettings, Source
from holdfast.flights.entrypoints.ingest.shapes import SourceShape
from holdfast.flights.entrypoints.ingest.sources import (
    CONNECT_S,
    MAX_REDIRECTS,
    READ_S,
    Found,
    Memory,
    SourceFault,
    looked_at,
    stays_at_its_host,
)
from holdfast.flights.entrypoints.ingest.spool import BadPacking, Spool, SpoolFull
from holdfast.flights.service.ingest_feed import Ingest
from holdfast.platform.runtime.clock import Clock
from holdfast.platform.runtime.logs import Log

JITTER = 0.1
"""The time to the next look varies by this share, up and down."""
FIRST_RETRY_S = 30.0
"""After one failure; doubled with each further one."""
SWEEP_EVERY_S = 3600.0
"""How often abandoned uploads are looked for."""
_log = Log("fetching")


@dataclass(slots=True)
class _State:
    """How fetching one source stands."""

    source: Source
    memory: Memory
    next_at: datetime | None = None
    looked_at: datetime | None = None
    failures: int = 0
    fault: str = ""


class Fetching:
    """Looks at sources until it is cancelled. `chance` gives numbers from 0 to 1."""

    def __init__(
        self,
        ingest: Ingest,
        spool: Spool,
        settings: IngestSettings,
        clock: Clock,
        *,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._ingest = ingest
        self._spool = spool
        self._settings = settings
        self._clock = clock
        self._chance = chance
        self._states = [_State(source, Memory()) for source in settings.named_sources()]

    async def run(self) -> None:
        """Fetch until cancelled."""
        async with self._client() as client, asyncio.TaskGroup() as tasks:
            tasks.create_task(self._sweep())
            for state in self._states:
                tasks.create_task(self._follow(state, client))

    async def look_at_all(self) -> None:
        """One look at every source, in order; faults are logged and kept in `sources`."""
        async with self._client() as client:
            for state in self._states:
                await self._look(state, client)

    def sources(self) -> Sequence[SourceShape]:
        """How fetching stands."""
        return [
            SourceShape(
                airline=state.source.airline,
                next_at=state.next_at,
                looked_at=state.looked_at,
                failures=state.failures,
                fault=state.fault,
            )
            for state in self._states
        ]

    async def _follow(self, state: _State, client: httpx.AsyncClient) -> None:
        while True:
            await self._look(state, client)
            wait_s = wait_before(state.failures, self._settings.every_s, self._chance())
            state.next_at = self._clock.wall() + timedelta(seconds=wait_s)
            await asyncio.sleep(wait_s)

    async def _look(self, state: _State, client: httpx.AsyncClient) -> None:
        """One look; whatever goes wrong is this source's own trouble."""
        state.next_at = None
        try:
            async with asyncio.timeout(self._settings.fetch_s):
                await self._take(state, client)
        except TimeoutError:  # also an OSError, so it comes first
            self._failed(state, f"a look took longer than {self._settings.fetch_s:g} s")
        except (SourceFault, BadPacking, SpoolFull, HoldfastError, OSError) as error:
            self._failed(state, str(error))
        except Exception:
            _log.exception("look_failed", airline=state.source.airline)
            self._failed(state, "the look failed: see the log")
        else:
            state.failures, state.fault = 0, ""
        state.looked_at = self._clock.wall()

    async def _take(self, state: _State, client: httpx.AsyncClient) -> None:
        files = looked_at(state.source, state.memory, self._spool, client)
        async with aclosing(files):
            async for found in files:
                await self._ingest_one(found)

    async def _ingest_one(self, found: Found) -> None:
        try:
            await self._ingest.ingest(found.delivery, found.file)
        finally:
            await asyncio.shield(asyncio.to_thread(found.file.drop))

    def _failed(self, state: _State, fault: str) -> None:
        state.failures += 1
        state.fault = fault[:500]
        _log.warning(
            "source_failed", airline=state.source.airline, failures=state.failures, why=fault
        )

    async def _sweep(self) -> None:
        while True:
            dropped = await asyncio.to_thread(self._spool.sweep)
            if dropped:
                _log.info("uploads_dropped", files=dropped)
            await asyncio.sleep(SWEEP_EVERY_S)

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            timeout=httpx.Timeout(READ_S, connect=CONNECT_S),
            follow_redirects=True,
            max_redirects=MAX_REDIRECTS,
            trust_env=False,
            event_hooks={"response": [stays_at_its_host]},
        )


def wait_before(failures: int, every_s: float, chance: float) -> float:
    """Seconds to the next look: the usual time, or less after failures; spread by `chance`."""
    usual = every_s
    if failures:
        usual = min(every_s, FIRST_RETRY_S * 2 ** min(failures - 1, 20))
    return usual * (1 - JITTER + 2 * JITTER * chance)
