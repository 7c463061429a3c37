"""A person decides about prices that look like mistakes: list them, approve or refuse them.

An approved price is a change like every other: a fall counts at once, a rise after its rest.
"""

from collections.abc import Sequence

from holdfast.flights.domain.price_rule import RULE, PriceRule
from holdfast.flights.service.ports.parked_prices import ParkedPrices, WaitingPrice
from holdfast.platform.runtime.clock import Clock
from holdfast.platform.runtime.logs import Log

MAX_LISTED = 200
"""Waiting prices of one page."""
_log = Log("prices")


class ApprovePrices:
    """The use case on a store of parked prices."""

    def __init__(self, store: ParkedPrices, clock: Clock, rule: PriceRule = RULE) -> None:
        self._store = store
        self._clock = clock
        self._rule = rule

    async def waiting(self, airline: str = "", after: int = 0) -> Sequence[WaitingPrice]:
        """A page of what waits, of one airline or of all."""
        return await self._store.waiting(airline, after, MAX_LISTED)

    async def approve(self, id: int, by: str) -> bool:  # noqa: A002
        """False: it does not wait (any more)."""
        done = await self._store.approve(id, self._now(), self._rule)
        _log.info("price approved" if done else "price not waiting", id=id, by=by)
        return done

    async def refuse(self, id: int, by: str) -> bool:  # noqa: A002
        """False: it does not wait (any more)."""
        done = await self._store.refuse(id, self._now(), by)
        _log.info("price refused" if done else "price not waiting", id=id, by=by)
        return done

    def _now(self) -> float:
        return self._clock.wall().timestamp()
