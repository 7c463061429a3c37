"""The store of orders: the memory twin, with what PostgreSQL does besides it.

Flights that moved (`place` refuses what is not that flight any more; `fly` brings counters and
orders in line, as `store.disruptions.reconcile` does), what buyers change, and a way to look at the
rows as they are.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from holdfast.flights.domain.disruption import (
    AirlineChange,
    ChangeKind,
    LegChange,
    LegTimes,
    gravest,
)
from holdfast.flights.domain.fare import Cabin
from holdfast.flights.domain.flight import DatedLeg, LegKey
from holdfast.flights.domain.ids import derive
from holdfast.flights.domain.inventory import LegCabin
from holdfast.flights.domain.offer import Offer
from holdfast.flights.domain.order import LegNeed, NewOrder, OrderState
from holdfast.flights.domain.order_change import (
    ChangeOffer,
    ChangeRequest,
    OrderChange,
    changed,
    given_up,
    taken,
)
from holdfast.flights.service.ports.bookings import (
    Answering,
    OfferExpired,
    PlaceOutcome,
    SoldOut,
    WrongState,
)
from holdfast.flights.service.ports.catalogue import LegSold
from holdfast.flights.service.ports.disruptions import Case
from holdfast.flights.service.ports.order_changes import ChangeOutcome, Confirming
from holdfast.flights.store.memory_bookings import LIVE, MemoryBookings
from tests.simulation.log import SeatRow, Stands


@dataclass(frozen=True, slots=True)
class Filing:
    """A leg as its airline files it: when it is flown (None: not at all), how many may be sold."""

    times: LegTimes | None
    capacity: int
    overbooking: int = 0


class Office(MemoryBookings):
    """See `MemoryBookings`; also `Disruptions`. `filings`: all legs that are flown, one cabin."""

    def __init__(
        self,
        counters: Mapping[tuple[LegKey, Cabin], LegCabin],
        clock: Callable[[], datetime],
        filings: Mapping[LegKey, Filing],
    ) -> None:
        super().__init__(counters, clock)
        self.filings = dict(filings)
        self._changes: dict[str, AirlineChange] = {}

    async def place(self, order: NewOrder, answering: Answering | None = None) -> PlaceOutcome:
        """See `Bookings.place`."""
        before = self._answered(answering)
        if before is None and self.has_moved(order.offer):
            return OfferExpired()
        return await super().place(order, answering)

    def has_moved(self, offer: Offer) -> bool:
        """Whether a leg leaves at another time than the offer says."""
        return any(
            times is not None and times.departs_at.timestamp() != leg.departing_utc_min * 60
            for leg, times in self._legs(offer)
        )

    def _legs(self, offer: Offer) -> list[tuple[DatedLeg, LegTimes | None]]:
        return [
            (leg, self.filings[leg.key].times)
            for part in offer.slices
            for sold in part.segments
            for leg in sold.segment.legs
        ]

    def fly(self, filed: Mapping[LegKey, Filing]) -> tuple[str, ...]:
        """The airline flies these legs otherwise; the orders whose buyers are told."""
        moved: dict[LegKey, LegChange] = {}
        for leg, filing in filed.items():
            was, self.filings[leg] = self.filings[leg], filing
            for place, counter in self.counters.items():
                if place[0] == leg:
                    size = counter.resized(filing.capacity, filing.overbooking)
                    self.counters[place] = size
            if was.times is not None and LegChange(leg, was.times, filing.times).kind is not None:
                moved[leg] = LegChange(leg, was.times, filing.times)
        told = []
        for order in list(self._orders.values()):
            mine = tuple(moved[need.leg] for need in order.needs() if need.leg in moved)
            kind = gravest(mine)
            if order.state in LIVE and kind is not None:
                id_ = derive("aic", order.id, len(self._changes))
                self._changes[id_] = AirlineChange(id_, order.id, kind, mine, self._clock())
                if kind is not ChangeKind.EQUIPMENT:
                    told.append(order.id)
        return tuple(told)

    async def changes(
        self, owner: str, order_ids: Sequence[str]
    ) -> Mapping[str, tuple[AirlineChange, ...]]:
        """See `Disruptions.changes`."""
        return {
            id_: tuple(one for one in self._changes.values() if one.order_id == id_)
            for id_ in order_ids
            if id_ in self._orders and self._orders[id_].owner == owner
        }

    async def accept(
        self, change_id: str, owner: str, at: datetime
    ) -> AirlineChange | WrongState | None:
        """See `Disruptions.accept`."""
        found = self._changes.get(change_id)
        if found is None or found.accepted_at is not None:
            return found
        order = self._orders[found.order_id]
        if found.kind is ChangeKind.CANCELLATION or order.state not in LIVE:
            return WrongState("cancelled")
        self._changes[change_id] = replace(found, accepted_at=at)
        return self._changes[change_id]

    async def cases(self, carrier: str) -> Sequence[Case]:
        """See `Disruptions.cases`; nobody asks here."""
        return []

    def sold(self, legs: Sequence[LegKey]) -> dict[tuple[LegKey, Cabin], LegSold]:
        """See `Catalogue.sold`: seats sold and validly held."""
        live = [one for one in map(self._as_it_stands, self._orders.values()) if one.state in LIVE]
        found = {}
        for (leg, cabin), counter in self.counters.items():
            if leg not in legs:
                continue
            by_class: dict[str, int] = {}
            for need in (need for order in live for need in order.needs()):
                if (need.leg, need.cabin) == (leg, cabin):
                    by_class[need.booking_class] = by_class.get(need.booking_class, 0) + need.seats
            total = counter.capacity + counter.overbooking
            found[leg, cabin] = LegSold(total, sum(by_class.values()), by_class)
        return found

    def change(self, confirming: Confirming, change: OrderChange) -> ChangeOutcome:
        """Do what a buyer changes: as the function `change_order` does."""
        order = self._orders[confirming.order.id]
        offer = change.offer
        state = self._as_it_stands(order).state
        if state is not OrderState.PAID:
            return WrongState("unpaid" if state is OrderState.HELD else state.value)
        if (order.offer, order.passengers) != (confirming.order.offer, confirming.order.passengers):
            return WrongState("changed")
        if offer.expires_at <= self._clock():
            return WrongState("quote_expired")
        if self.has_moved(offer.found):
            return OfferExpired()
        for need in taken(offer):
            left = self._sellable(need.leg, need.cabin, need.booking_class, need.seats)
            if left < need.seats:
                return SoldOut(need.leg, need.booking_class, left)
        payment = confirming.payment
        if low := self._too_low(order.owner, payment.amount, payment.type):
            return low
        gone = {need.leg for need in given_up(offer)}
        for place in [place for place, seat in self._seats.items() if seat.order_id == order.id]:
            if place[0] in gone:
                del self._seats[place]
        self._move_seats(offer)
        if payment.amount.minor:
            self._receive(payment, order.owner)
        self._orders[order.id] = changed(order, offer, confirming.at)
        return replace(change, confirmed_at=confirming.at)

    def _move_seats(self, offer: ChangeOffer) -> None:
        for need in given_up(offer):
            place = (need.leg, need.cabin)
            self.counters[place] = self.counters[place].release(
                need.booking_class, need.seats, held=False
            )
        for need in taken(offer):
            self._take(need)

    def _take(self, need: LegNeed) -> None:
        place = (need.leg, need.cabin)
        counted = self.counters[place].take(need.booking_class, need.seats, held=False)
        assert counted is not None
        self.counters[place] = counted

    def answered(self, answering: Answering | None) -> ChangeOutcome:
        """What a key was answered before."""
        return self._answered(answering)

    def keep(self, answering: Answering | None) -> None:
        """Keep a key with its answer."""
        self._keep(answering)

    def stands(self, at: float) -> Stands:
        """The rows as they are."""
        return Stands(
            at,
            tuple(self._orders.values()),
            dict(self.counters),
            {
                place: SeatRow(seat.order_id, seat.passenger_id, seat.expires_at)
                for place, seat in self._seats.items()
            },
            dict(self._balances),
            tuple(payment for _, payment in self._payments),
        )


@dataclass
class Changes:
    """`OrderChanges` over an office."""

    office: Office
    _requests: dict[str, ChangeRequest] = field(default_factory=dict)
    _changes: dict[str, OrderChange] = field(default_factory=dict)

    async def keep_request(self, request: ChangeRequest) -> None:
        """See `OrderChanges.keep_request`."""
        self._requests[request.id] = request

    async def request(self, request_id: str, owner: str) -> ChangeRequest | None:
        """See `OrderChanges.request`."""
        found = self._requests.get(request_id)
        return found if found is not None and found.owner == owner else None

    async def offer(self, offer_id: str, owner: str) -> tuple[ChangeOffer, bool] | None:
        """See `OrderChanges.offer`."""
        for request in self._requests.values():
            for one in request.offers:
                if one.id == offer_id and request.owner == owner:
                    return one, request.live_mode
        return None

    async def keep_change(self, change: OrderChange) -> OrderChange:
        """See `OrderChanges.keep_change`."""
        return self._changes.setdefault(change.id, change)

    async def change(self, change_id: str, owner: str) -> OrderChange | None:
        """See `OrderChanges.change`."""
        found = self._changes.get(change_id)
        return found if found is not None and found.owner == owner else None

    async def confirm(
        self, confirming: Confirming, answering: Answering | None = None
    ) -> ChangeOutcome:
        """See `OrderChanges.confirm`."""
        stored = self._changes[confirming.change.id]
        before = self.office.answered(answering)
        if before is not None:
            return before
        if stored.confirmed_at is not None:
            return stored
        outcome = self.office.change(confirming, stored)
        if isinstance(outcome, OrderChange):
            self._changes[stored.id] = outcome
            self.office.keep(answering)
        return outcome

    async def sweep(self, older_than_s: float) -> int:
        """See `OrderChanges.sweep`."""
        return 0
