"""A memory store, a clock that is moved by hand and dice that count, for use cases of booking."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from holdfast.flights.domain.disruption import AirlineChange, ChangeKind
from holdfast.flights.domain.money import Money
from holdfast.flights.domain.offer import Offer
from holdfast.flights.domain.order import Order, SeatChoice
from holdfast.flights.service.answering import Draw
from holdfast.flights.service.hold_and_book import Wanted
from holdfast.flights.service.ports.bookings import WrongState
from holdfast.flights.service.ports.disruptions import Case
from holdfast.flights.store.memory_bookings import MemoryBookings
from tests.flights.booking_samples import (
    OWNER,
    SIMPLE,
    Wish,
    counters,
    new_order,
    offer,
    passengers,
    unique,
)

START = datetime(2027, 3, 1, 12, tzinfo=UTC)
FUNDS = 1_000_000


@dataclass
class Desk:
    """What a use case is given."""

    moment: datetime = START
    store: MemoryBookings = field(init=False)

    def __post_init__(self) -> None:
        self.store = MemoryBookings(counters(), lambda: self.moment)

    @property
    def draw(self) -> Draw:
        return Draw(lambda: self.moment, lambda count: unique()[-count:])

    async def fund(self) -> None:
        await self.store.top_up(OWNER, Money(FUNDS, "EUR"), "start")

    async def money(self) -> int:
        return (await self.store.balance(OWNER, "EUR")).minor

    async def buy(self, wish: Wish = SIMPLE, *, hold: timedelta | None = None) -> Order:
        made = await self.store.place(new_order(self.offer(wish), hold=hold))
        assert isinstance(made, Order)
        return made

    def offer(self, wish: Wish = SIMPLE) -> Offer:
        return offer(self.moment, wish)


def wanted(of: Offer, *seats: SeatChoice, hold: bool = False) -> Wanted:
    """What books this offer right."""
    total = of.total.minor + sum(seat.price.minor for seat in seats)
    return Wanted(
        owner=OWNER,
        live_mode=False,
        offer=of,
        passengers=passengers(of),
        payment=None if hold else Money(total, "EUR"),
        seats=seats,
    )


@dataclass
class FakeDisruptions:
    """Changes by hand."""

    found: list[AirlineChange] = field(default_factory=list)

    def add(self, order: Order, kind: ChangeKind) -> AirlineChange:
        change = AirlineChange(f"aic_{len(self.found)}", order.id, kind, (), START)
        self.found.append(change)
        return change

    async def changes(
        self, owner: str, order_ids: Sequence[str]
    ) -> Mapping[str, tuple[AirlineChange, ...]]:
        return {
            order_id: mine
            for order_id in order_ids
            if (mine := tuple(one for one in self.found if one.order_id == order_id))
        }

    async def accept(
        self, change_id: str, owner: str, at: datetime
    ) -> AirlineChange | WrongState | None:
        for place, one in enumerate(self.found):
            if one.id == change_id:
                self.found[place] = replace(one, accepted_at=at)
                return self.found[place]
        return None

    async def cases(self, carrier: str) -> Sequence[Case]:
        return []
