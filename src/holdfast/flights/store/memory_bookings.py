"""Orders, their lists and balances in memory, for tests and for trying use cases out: `Bookings`,
`Repricings`, `OrderLists` and `Balances`.

Every method runs without a pause, so each is a transaction. It passes the suite that the PostgreSQL
store passes; it keeps no ledger and tells nobody of what happened but by `outbox`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from holdfast.flights.domain.fare import Cabin
from holdfast.flights.domain.flight import LegKey
from holdfast.flights.domain.inventory import LegCabin
from holdfast.flights.domain.money import Money
from holdfast.flights.domain.order import (
    Cancellation,
    NewOrder,
    Order,
    OrderState,
    Payment,
    PaymentType,
    SeatChoice,
)
from holdfast.flights.domain.owners import payer_of
from holdfast.flights.service.ports.access import StoredAnswer
from holdfast.flights.service.ports.bookings import (
    MAX_SWEPT,
    AlreadyBooked,
    AmountDiffers,
    Answering,
    BalanceTooLow,
    KeyReused,
    OfferExpired,
    PayOutcome,
    PlaceOutcome,
    QuoteOutcome,
    Replayed,
    SeatOutcome,
    SeatTaken,
    SoldOut,
    TooManyHolds,
    WrongState,
)
from holdfast.flights.service.ports.order_lists import Listed, Mark, OrderFilter, Page
from holdfast.flights.service.ports.repricing import RepriceOutcome, Repricing
from holdfast.flights.store.order_rows import END_OF_TIME, folded, names_of

T = TypeVar("T")
LIVE = (OrderState.HELD, OrderState.PAID)


@dataclass(frozen=True, slots=True)
class _Seat:
    order_id: str
    passenger_id: str
    expires_at: datetime | None


class MemoryBookings:
    """`counters`: the legs that are flown, by cabin. `clock` gives what `now` tells."""

    def __init__(
        self, counters: Mapping[tuple[LegKey, Cabin], LegCabin], clock: Callable[[], datetime]
    ) -> None:
        self.counters = dict(counters)
        self.outbox: list[tuple[str, str, str]] = []
        self._clock = clock
        self._orders: dict[str, Order] = {}
        self._seats: dict[tuple[LegKey, str], _Seat] = {}
        self._answers: dict[tuple[str, str], StoredAnswer] = {}
        self._cancellations: dict[str, tuple[str, Cancellation]] = {}
        self._payments: list[tuple[str, Payment]] = []
        self._balances: dict[tuple[str, str], int] = {}
        self._credit: dict[tuple[str, str], int] = {}
        self._top_ups: set[tuple[str, str]] = set()
        self._holders: dict[str, tuple[str, ...]] = {}

    # booking

    async def place(self, order: NewOrder, answering: Answering | None = None) -> PlaceOutcome:
        """See `Bookings.place`."""
        if before := self._answered(answering):
            return before
        refused = self._why_not(order)
        if refused is not None:
            return refused
        held = order.payment is None
        for need in order.needs():
            place = (need.leg, need.cabin)
            taken = self.counters[place].take(need.booking_class, need.seats, held=held)
            assert taken is not None
            self.counters[place] = taken
        self._take_seats(order.id, order.seats, order.hold_until if held else None)
        self._orders[order.id] = order.placed()
        self._holders[order.id] = tuple(one.buyer for one in order.hold_limits)
        self.outbox.append(("order.created", order.id, order.id))
        if not held:
            payment = Payment(
                order.payment_id, order.id, order.total, order.created_at, order.payment_type
            )
            self._receive(payment, order.owner)
        self._keep(answering)
        return order.placed()

    async def pay(
        self, payment: Payment, owner: str, answering: Answering | None = None
    ) -> PayOutcome:
        """See `Bookings.pay`."""
        if before := self._answered(answering):
            return before
        found = await self.order(payment.order_id, owner)
        if found is None:
            return None
        if found.state is not OrderState.HELD:
            return WrongState(found.state.value)
        until = found.price_until or found.hold_until
        if until is not None and until <= self._clock():
            return WrongState("held_past_price")
        if payment.amount != found.total:
            return AmountDiffers(found.total)
        if low := self._too_low(owner, payment.amount, payment.type):
            return low
        self._receive(payment, owner)
        for need in found.needs():
            place = (need.leg, need.cabin)
            self.counters[place] = self.counters[place].settle(need.seats)
        for key, seat in self._seats.items():
            if seat.order_id == found.id:
                self._seats[key] = replace(seat, expires_at=None)
        self._orders[found.id] = replace(
            found,
            state=OrderState.PAID,
            paid=found.total.minor,
            paid_at=payment.created_at,
            payment_type=payment.type,
            synced_at=payment.created_at,
        )
        self._keep(answering)
        return payment

    async def reprice(
        self, repricing: Repricing, answering: Answering | None = None
    ) -> RepriceOutcome:
        """See `Repricings.reprice`."""
        if before := self._answered(answering):
            return before
        found, new = await self.order(repricing.read.id, repricing.read.owner), repricing.order
        if found is None:
            return None
        if found.state is not OrderState.HELD:
            return WrongState(found.state.value)
        if (found.price_until or found.hold_until or END_OF_TIME) > self._clock():
            return WrongState("price_holds")
        if (found.seats, found.price_until) != (repricing.read.seats, repricing.read.price_until):
            return WrongState("changed")
        self._orders[found.id] = replace(
            found,
            offer=new.offer,
            seats=new.seats,
            total=new.total,
            price_until=new.price_until,
            synced_at=new.synced_at,
        )
        self._keep(answering)
        return self._orders[found.id]

    async def quote_cancellation(
        self, quote: Cancellation, owner: str, answering: Answering | None = None
    ) -> QuoteOutcome:
        """See `Bookings.quote_cancellation`."""
        if before := self._answered(answering):
            return before
        found = await self.order(quote.order_id, owner)
        if found is None:
            return None
        if found.state not in LIVE:
            return WrongState(found.state.value)
        if found.paid != quote.paid:
            return WrongState("changed")
        self._cancellations[quote.id] = (owner, quote)
        self._keep(answering)
        return quote

    async def confirm_cancellation(
        self, cancellation_id: str, owner: str, at: datetime, answering: Answering | None = None
    ) -> QuoteOutcome:
        """See `Bookings.confirm_cancellation`."""
        if before := self._answered(answering):
            return before
        quote = await self.cancellation(cancellation_id, owner)
        if quote is None or quote.confirmed_at is not None:
            return quote
        found = await self.order(quote.order_id, owner)
        assert found is not None
        if found.state not in LIVE:
            return WrongState(found.state.value)
        if found.paid != quote.paid:
            return WrongState("changed")
        if quote.expires_at <= self._clock():
            return WrongState("quote_expired")
        self._give_back(found)
        self._orders[found.id] = replace(
            found,
            state=OrderState.CANCELLED,
            cancelled_at=at,
            synced_at=at,
            refunded=quote.refund.minor,
        )
        if quote.refund_to is PaymentType.BALANCE:
            self._move(owner, quote.refund.currency, quote.refund.minor)
        confirmed = replace(quote, confirmed_at=at)
        self._cancellations[cancellation_id] = (owner, confirmed)
        self._keep(answering)
        return confirmed

    async def add_seats(
        self,
        order_id: str,
        owner: str,
        seats: Sequence[SeatChoice],
        *,
        payment: Payment | None,
        answering: Answering | None = None,
    ) -> SeatOutcome:
        """See `Bookings.add_seats`."""
        if before := self._answered(answering):
            return before
        found = await self.order(order_id, owner)
        if found is None:
            return None
        if found.state not in LIVE:
            return WrongState(found.state.value)
        mine = {
            (key[0], s.passenger_id) for key, s in self._seats.items() if s.order_id == order_id
        }
        if any((leg, one.passenger_id) in mine for one in seats for leg in one.legs):
            return WrongState("seated")
        if (taken := self._seat_in_the_way(seats)) is not None:
            return taken
        price = sum(seat.price.minor for seat in seats)
        is_paid = found.state is OrderState.PAID
        due = Money(price if is_paid else 0, found.total.currency)
        if (payment.amount if payment else Money(0, seats[0].price.currency)) != due:
            return AmountDiffers(due)
        if payment is not None:
            if low := self._too_low(owner, due, payment.type):
                return low
            self._receive(payment, owner)
        self._take_seats(order_id, seats, None if is_paid else found.hold_until)
        self._orders[order_id] = replace(
            found,
            seats=(*found.seats, *seats),
            total=Money(found.total.minor + price, found.total.currency),
            paid=found.paid + due.minor,
            synced_at=payment.created_at if payment else self._clock(),
        )
        self._keep(answering)
        return self._orders[order_id]

    async def update_metadata(
        self, order_id: str, owner: str, metadata: Mapping[str, str]
    ) -> Order | None:
        """See `Bookings.update_metadata`."""
        found = await self.order(order_id, owner)
        if found is not None:
            self._orders[order_id] = replace(self._orders[order_id], metadata=dict(metadata))
        return await self.order(order_id, owner)

    async def order(self, order_id: str, owner: str) -> Order | None:
        """See `Bookings.order`."""
        found = self._orders.get(order_id)
        return None if found is None or found.owner != owner else self._as_it_stands(found)

    async def cancellation(self, cancellation_id: str, owner: str) -> Cancellation | None:
        """See `Bookings.cancellation`."""
        whose, found = self._cancellations.get(cancellation_id, ("", None))
        return found if whose == owner else None

    async def taken_seats(self, legs: Sequence[LegKey]) -> dict[LegKey, frozenset[str]]:
        """See `Bookings.taken_seats`."""
        taken = [key for key in self._seats if self._is_taken(key)]
        return {leg: frozenset(name for where, name in taken if where == leg) for leg in legs}

    async def expire(self, limit: int = MAX_SWEPT) -> int:
        """See `Bookings.expire`."""
        overdue = [
            one
            for one in self._orders.values()
            if one.state is OrderState.HELD and self._as_it_stands(one).state is OrderState.EXPIRED
        ][:limit]
        for one in overdue:
            self._give_back(one)
            self._orders[one.id] = replace(one, state=OrderState.EXPIRED, synced_at=self._clock())
        return len(overdue)

    async def now(self) -> datetime:
        """See `Bookings.now`."""
        return self._clock()

    # lists

    async def orders(self, owner: str, wanted: OrderFilter, page: Page) -> Listed[Order]:
        """See `OrderLists.orders`."""
        names = set(map(folded, wanted.passenger_names))
        found = [
            order
            for order in map(self._as_it_stands, self._orders.values())
            if order.owner == owner
            and wanted.awaiting_payment in (None, order.is_awaiting_payment)
            and wanted.booking_reference in (None, order.reference)
            and names <= set(names_of(order.passengers))
        ]

        def mark_of(order: Order) -> Mark:
            by_hold = wanted.sort == "pay_by"
            return Mark(
                (order.hold_until or END_OF_TIME) if by_hold else order.created_at, order.id
            )

        return _paged(found, page, mark_of, descending=wanted.descending)

    async def cancellations(
        self, owner: str, order_id: str | None, page: Page
    ) -> Listed[Cancellation]:
        """See `OrderLists.cancellations`."""
        found = [
            one
            for whose, one in self._cancellations.values()
            if whose == owner and order_id in (None, one.order_id)
        ]
        return _paged(found, page, lambda one: Mark(one.created_at, one.id), descending=True)

    async def payments(self, owner: str, order_id: str) -> Sequence[Payment]:
        """See `OrderLists.payments`."""
        return [one for whose, one in self._payments if (whose, one.order_id) == (owner, order_id)]

    # balances

    async def balance(self, owner: str, currency: str) -> Money:
        """See `Balances.balance`."""
        return Money(self._balances.get((owner, currency), 0), currency)

    async def top_up(self, owner: str, amount: Money, reference: str) -> bool:
        """See `Balances.top_up`."""
        if (owner, reference) in self._top_ups:
            return False
        self._top_ups.add((owner, reference))
        self._move(owner, amount.currency, amount.minor)
        return True

    async def set_credit(self, owner: str, limit: Money) -> None:
        """See `Balances.set_credit`."""
        self._credit[owner, limit.currency] = limit.minor

    # parts

    def _why_not(
        self, order: NewOrder
    ) -> AlreadyBooked | OfferExpired | SoldOut | SeatTaken | BalanceTooLow | TooManyHolds | None:
        now = self._clock()
        reached = [one.most for one in order.hold_limits if self._held_by(one.buyer) >= one.most]
        if reached and order.payment is None:
            return TooManyHolds(min(reached))
        for other in self._orders.values():
            if other.offer.id == order.offer.id and other.state in LIVE:
                return AlreadyBooked(other.id)
        if min(order.offer.expires_at, order.hold_until or order.offer.expires_at) <= now:
            return OfferExpired()
        for need in order.needs():
            left = self._sellable(need.leg, need.cabin, need.booking_class, need.seats)
            if left < need.seats:
                return SoldOut(need.leg, need.booking_class, left)
        if (taken := self._seat_in_the_way(order.seats)) is not None:
            return taken
        if order.payment is None:
            return None
        return self._too_low(order.owner, order.total, order.payment_type)

    def _held_by(self, buyer: str) -> int:
        return sum(
            self._as_it_stands(one).state is OrderState.HELD and buyer in self._holders[one.id]
            for one in self._orders.values()
        )

    def _sellable(self, leg: LegKey, cabin: Cabin, booking_class: str, wanted: int) -> int:
        counter = self.counters.get((leg, cabin))
        if counter is None:
            return 0
        if counter.sellable(booking_class) < wanted:
            self._sweep(leg)
        return self.counters[leg, cabin].sellable(booking_class)

    def _sweep(self, leg: LegKey) -> None:
        for one in list(self._orders.values()):
            overdue = self._as_it_stands(one).state is OrderState.EXPIRED
            if one.state is OrderState.HELD and overdue and leg in {n.leg for n in one.needs()}:
                self._give_back(one)
                self._orders[one.id] = replace(one, state=OrderState.EXPIRED)

    def _give_back(self, order: Order) -> None:
        for need in order.needs():
            place = (need.leg, need.cabin)
            self.counters[place] = self.counters[place].release(
                need.booking_class, need.seats, held=order.state is OrderState.HELD
            )
        for key in [key for key, seat in self._seats.items() if seat.order_id == order.id]:
            del self._seats[key]

    def _take_seats(
        self, order_id: str, seats: Sequence[SeatChoice], until: datetime | None
    ) -> None:
        for one in seats:
            for leg in one.legs:
                self._seats[leg, one.designator] = _Seat(order_id, one.passenger_id, until)

    def _is_taken(self, key: tuple[LegKey, str]) -> bool:
        seat = self._seats.get(key)
        return seat is not None and (seat.expires_at is None or seat.expires_at > self._clock())

    def _seat_in_the_way(self, seats: Sequence[SeatChoice]) -> SeatTaken | None:
        wanted = [(leg, one.designator) for one in seats for leg in one.legs]
        return next((SeatTaken(*key) for key in wanted if self._is_taken(key)), None)

    def _too_low(self, owner: str, amount: Money, by: PaymentType) -> BalanceTooLow | None:
        place = (payer_of(owner), amount.currency)
        has = self._balances.get(place, 0)
        if by is not PaymentType.BALANCE or amount.minor <= has + self._credit.get(place, 0):
            return None
        return BalanceTooLow(Money(has, amount.currency))

    def _receive(self, payment: Payment, owner: str) -> None:
        if payment.type is PaymentType.BALANCE:
            self._move(owner, payment.amount.currency, -payment.amount.minor)
        self._payments.append((owner, payment))
        self.outbox.append(("payment.created", payment.order_id, payment.id))

    def _move(self, owner: str, currency: str, minor: int) -> None:
        place = (payer_of(owner), currency)
        self._balances[place] = self._balances.get(place, 0) + minor

    def _as_it_stands(self, order: Order) -> Order:
        assert order.state is not OrderState.HELD or order.hold_until is not None
        if order.state is OrderState.HELD and (order.hold_until or END_OF_TIME) <= self._clock():
            return replace(order, state=OrderState.EXPIRED)
        return order

    def _answered(self, answering: Answering | None) -> Replayed | KeyReused | None:
        if answering is None:
            return None
        once = answering.once
        answer = self._answers.get((once.owner, once.key))
        if answer is None:
            return None
        if answer.request_hash != once.request_hash:
            return KeyReused()
        return Replayed(StoredAnswer(answer.status, answer.body))

    def _keep(self, answering: Answering | None) -> None:
        if answering is not None:
            once, answer = answering.once, answering.answer
            kept = StoredAnswer(answer.status, answer.body, once.request_hash)
            self._answers[once.owner, once.key] = kept


def _paged(
    found: Sequence[T], page: Page, mark_of: Callable[[T], Mark], *, descending: bool
) -> Listed[T]:
    def key(one: T) -> tuple[datetime, str]:
        mark = mark_of(one)
        return mark.at, mark.id

    ordered = sorted(found, key=key, reverse=descending)
    keys = [key(one) for one in ordered]
    start = 0
    stop = page.limit
    if page.after is not None:
        mark = (page.after.at, page.after.id)
        start = sum((k >= mark) if descending else (k <= mark) for k in keys)
        stop = start + page.limit
    if page.before is not None:
        mark = (page.before.at, page.before.id)
        stop = sum((k > mark) if descending else (k < mark) for k in keys)
        start = max(0, stop - page.limit)
    items = tuple(ordered[start:stop])
    if not items:
        return Listed(())
    is_first = start == 0 and page.after is None
    is_last = stop >= len(ordered) and page.before is None
    return Listed(
        items,
        before=None if is_first else mark_of(items[0]),
        after=None if is_last else mark_of(items[-1]),
    )
