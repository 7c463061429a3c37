"""`OrderChanges` in memory, on top of `MemoryBookings`: enough of it to try endpoints out."""

from dataclasses import dataclass, field, replace

from holdfast.flights.domain.order_change import (
    ChangeOffer,
    ChangeRequest,
    OrderChange,
    changed,
    given_up,
    taken,
)
from holdfast.flights.service.ports.bookings import Answering, SoldOut, WrongState
from holdfast.flights.service.ports.order_changes import ChangeOutcome, Confirming
from holdfast.flights.store.memory_bookings import MemoryBookings


@dataclass
class ListedChanges:
    """See `OrderChanges`; it keeps no answers and moves no money."""

    bookings: MemoryBookings
    requests: dict[str, ChangeRequest] = field(default_factory=dict)
    chosen: dict[str, OrderChange] = field(default_factory=dict)

    async def keep_request(self, request: ChangeRequest) -> None:
        self.requests[request.id] = request

    async def request(self, request_id: str, owner: str) -> ChangeRequest | None:
        found = self.requests.get(request_id)
        return found if found is not None and found.owner == owner else None

    async def offer(self, offer_id: str, owner: str) -> tuple[ChangeOffer, bool] | None:
        for request in self.requests.values():
            for one in request.offers:
                if (one.id, request.owner) == (offer_id, owner):
                    return one, request.live_mode
        return None

    async def keep_change(self, change: OrderChange) -> OrderChange:
        return self.chosen.setdefault(change.id, change)

    async def change(self, change_id: str, owner: str) -> OrderChange | None:
        found = self.chosen.get(change_id)
        return found if found is not None and found.owner == owner else None

    async def confirm(
        self, confirming: Confirming, answering: Answering | None = None
    ) -> ChangeOutcome:
        assert answering is None or answering.answer.body
        change, order = confirming.change, confirming.order
        if self.chosen[change.id].confirmed_at is not None:
            return self.chosen[change.id]
        if order.state.value != "paid":
            return WrongState(order.state.value)
        counters = self.bookings.counters
        for need in taken(change.offer):
            counter = counters[need.leg, need.cabin].take(
                need.booking_class, need.seats, held=False
            )
            if counter is None:
                left = counters[need.leg, need.cabin].left
                return SoldOut(need.leg, need.booking_class, left)
            counters[need.leg, need.cabin] = counter
        for need in given_up(change.offer):
            counters[need.leg, need.cabin] = counters[need.leg, need.cabin].release(
                need.booking_class, need.seats, held=False
            )
        self.bookings._orders[order.id] = changed(order, change.offer, confirming.at)
        self.chosen[change.id] = replace(change, confirmed_at=confirming.at)
        return self.chosen[change.id]

    async def sweep(self, older_than_s: float) -> int:
        assert older_than_s >= 0
        return 0
