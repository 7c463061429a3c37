"""A person approves or refuses what waits, at the clock's moment."""

from collections.abc import Sequence
from datetime import UTC, datetime

from holdfast.flights.domain.fare import Price
from holdfast.flights.domain.price_rule import RULE, PriceRule
from holdfast.flights.service.approve_prices import MAX_LISTED, ApprovePrices
from holdfast.flights.service.ports.parked_prices import WaitingPrice

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
WAITING = WaitingPrice(
    7, "ZZ", "ZZ117 LHR-JFK Y", "EUR", Price(100), Price(900), 4, NOON.timestamp(), True
)


class NoonClock:
    def wall(self) -> datetime:
        return NOON

    def monotonic(self) -> float:
        return 0.0


class OneParkedPrice:
    """`ParkedPrices` with one that waits."""

    def __init__(self) -> None:
        self.waits = [WAITING]
        self.decided: list[tuple[object, ...]] = []

    async def waiting(self, airline: str, after: int, limit: int) -> Sequence[WaitingPrice]:
        return [one for one in self.waits if airline in ("", one.airline) and one.id > after][
            :limit
        ]

    async def approve(self, id: int, now: float, rule: PriceRule) -> bool:  # noqa: A002
        return self._decide(id, "approved", now, rule)

    async def refuse(self, id: int, now: float, by: str) -> bool:  # noqa: A002
        return self._decide(id, "refused", now, by)

    def _decide(self, asked: int, *how: object) -> bool:
        found = [one for one in self.waits if one.id == asked]
        self.waits = [one for one in self.waits if one.id != asked]
        self.decided += [(one.id, *how) for one in found]
        return bool(found)


async def test_what_waits_is_listed_by_airline_or_all_of_it() -> None:
    desk = ApprovePrices(OneParkedPrice(), NoonClock())
    assert await desk.waiting() == [WAITING]
    assert await desk.waiting("YY") == []
    assert await desk.waiting("ZZ", after=7) == []
    assert MAX_LISTED > 1


async def test_a_price_is_approved_once_at_the_clocks_moment() -> None:
    store = OneParkedPrice()
    desk = ApprovePrices(store, NoonClock())
    assert await desk.approve(7, "somebody")
    assert not await desk.approve(7, "somebody")
    assert store.decided == [(7, "approved", NOON.timestamp(), RULE)]


async def test_a_price_is_refused_once_in_somebodys_name() -> None:
    store = OneParkedPrice()
    desk = ApprovePrices(store, NoonClock())
    assert await desk.refuse(7, "somebody")
    assert not await desk.refuse(7, "somebody")
    assert store.decided == [(7, "refused", NOON.timestamp(), "somebody")]
