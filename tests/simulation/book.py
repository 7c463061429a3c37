"""What was bought, by what the store said it did: the observer's own book, in plain sums.

The promises of `orders` and `stock` compare the store with it. A refusal and a replay change
nothing here; so whatever they leave behind in the store shows.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from holdfast.flights.domain.fare import Cabin
from holdfast.flights.domain.flight import LegKey
from holdfast.flights.domain.offer import Offer
from holdfast.flights.domain.order import (
    Cancellation,
    LegNeed,
    NewOrder,
    Order,
    Payment,
    PaymentType,
    SeatChoice,
)
from holdfast.flights.domain.order_change import OrderChange, given_up, taken
from holdfast.flights.service.ports.order_changes import Confirming
from holdfast.flights.service.ports.repricing import Repricing
from tests.simulation.log import Accepted, Did, Flies, Log, Stands

Place = tuple[LegKey, str]


@dataclass
class Bought:
    """One order. `needs` and `seats` are what it has on legs; `open_changes` of its airline, and
    whether there were some at any moment of this turn: who asks meanwhile may not know yet."""

    id: str
    owner: str
    offer: Offer
    state: str
    total: int
    currency: str
    needs: tuple[LegNeed, ...]
    seats: dict[Place, str]
    hold_until: float | None
    price_until: float | None
    paid: int = 0
    refunded: int = 0
    by: PaymentType | None = None
    open_changes: int = 0
    was_changed: set[bool] = field(default_factory=lambda: {False})

    def count_changes(self, more: int) -> None:
        """The airline changed the trip, or the buyer accepted that."""
        self.open_changes += more
        self.was_changed.add(self.open_changes > 0)

    def is_live(self, at: float) -> bool:
        """Whether it has a right to its seats."""
        held = self.state == "held" and self.hold_until is not None and at < self.hold_until
        return held or self.state == "paid"

    def choose(self, seats: tuple[SeatChoice, ...]) -> None:
        """Add seats."""
        self.seats.update(
            {(leg, one.designator): one.passenger_id for one in seats for leg in one.legs}
        )


@dataclass
class Flown:
    """A cabin of a leg as the airline flies it."""

    seats: int
    limits: tuple[tuple[str, int], ...]


@dataclass
class Book:
    """All orders, quotes, balances and legs. Listens first, so that promises see it as it is after
    the entry; what they ask about the time before, they keep themselves."""

    orders: dict[str, Bought] = field(default_factory=dict)
    refunds: dict[str, Cancellation] = field(default_factory=dict)
    confirmed: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)
    balances: dict[tuple[str, str], int] = field(default_factory=dict)
    topped_up: dict[tuple[str, str], int] = field(default_factory=dict)
    payments: int = 0
    legs: dict[tuple[LegKey, Cabin], Flown] = field(default_factory=dict)

    def listen(self, log: Log) -> None:
        """Keep the book."""
        log.listen(Flies, self._flies)
        log.listen(Accepted, self._accepted)
        log.listen(Stands, self._stands)

    def live(self, at: float) -> Iterator[Bought]:
        """Orders with a right to their seats."""
        return (one for one in self.orders.values() if one.is_live(at))

    def taken(self, leg: LegKey, cabin: Cabin, at: float) -> dict[str, int]:
        """Seats that live orders have on a leg, by class."""
        found: dict[str, int] = {}
        for order in self.live(at):
            for need in order.needs:
                if (need.leg, need.cabin) == (leg, cabin):
                    found[need.booking_class] = found.get(need.booking_class, 0) + need.seats
        return found

    def room(self, need: LegNeed, at: float) -> int:
        """Seats that a class of a leg may sell: nested limits, and the room of the cabin."""
        flown = self.legs.get((need.leg, need.cabin))
        if flown is None:
            return 0
        taken = self.taken(need.leg, need.cabin, at)
        left = max(0, flown.seats - sum(taken.values()))
        if not flown.limits:
            return left
        names = [name for name, _ in flown.limits]
        if need.booking_class not in names:
            return 0
        place = names.index(need.booking_class)
        below = sum(taken.get(name, 0) for name in names[place:])
        return max(0, min(left, flown.limits[place][1] - below))

    def write(self, entry: Did) -> None:
        """What an effect did."""
        match entry.call, entry.asked, entry.outcome:
            case "place", (NewOrder() as asked, *_), Order() as order:
                self._place(asked, order)
            case "pay", (Payment() as payment, *_), Payment():
                self._pay(payment)
            case "reprice", (Repricing() as asked, *_), Order():
                self._reprice(asked.order)
            case "quote_cancellation", _, Cancellation() as quote:
                self.refunds[quote.id] = quote
            case "confirm_cancellation", (str(id_), *_), Cancellation():
                self._cancel(id_)
            case "add_seats", (str(order_id), _, seats, Payment() | None as due), Order():
                self._add_seats(order_id, seats, due)
            case "confirm", (Confirming() as done, *_), OrderChange():
                self._change(done)
            case "top_up", (owner, amount, *_), True:
                self._move(owner, amount.currency, amount.minor)
                place = (owner, amount.currency)
                self.topped_up[place] = self.topped_up.get(place, 0) + amount.minor

    def _place(self, asked: NewOrder, order: Order) -> None:
        is_paid = asked.payment is not None
        bought = Bought(
            id=order.id,
            owner=asked.owner,
            offer=asked.offer,
            state="paid" if is_paid else "held",
            total=asked.offer.total.minor + sum(one.price.minor for one in asked.seats),
            currency=asked.offer.total.currency,
            needs=asked.needs(),
            seats={},
            hold_until=asked.hold_until.timestamp() if asked.hold_until else None,
            price_until=asked.price_until.timestamp() if asked.price_until else None,
        )
        bought.choose(asked.seats)
        self.orders[order.id] = bought
        if is_paid:
            self._receive(bought, bought.total, asked.payment_type)

    def _pay(self, payment: Payment) -> None:
        bought = self.orders[payment.order_id]
        bought.state = "paid"
        self._receive(bought, payment.amount.minor, payment.type)

    def _reprice(self, order: Order) -> None:
        assert order.price_until is not None
        bought = self.orders[order.id]
        bought.offer, bought.price_until = order.offer, order.price_until.timestamp()
        bought.total = order.offer.total.minor + sum(one.price.minor for one in order.seats)

    def _cancel(self, cancellation_id: str) -> None:
        quote = self.refunds[cancellation_id]
        bought = self.orders[quote.order_id]
        self.confirmed.add(cancellation_id)
        bought.state, bought.refunded = "cancelled", quote.refund.minor
        bought.seats = {}
        if bought.by is PaymentType.BALANCE:
            self._move(bought.owner, bought.currency, quote.refund.minor)

    def _add_seats(self, order_id: str, seats: tuple[SeatChoice, ...], due: Payment | None) -> None:
        bought = self.orders[order_id]
        bought.choose(seats)
        bought.total += sum(one.price.minor for one in seats)
        if due is not None:
            self._receive(bought, due.amount.minor, due.type)

    def _change(self, done: Confirming) -> None:
        offer, bought = done.change.offer, self.orders[done.order.id]
        self.changed.add(done.change.id)
        bought.offer = offer.offer
        bought.total += offer.more.minor
        if offer.more.minor:
            self._receive(bought, offer.more.minor, done.payment.type)
        counts: dict[tuple[LegKey, Cabin, str], int] = {}
        gone = [(one, -1) for one in given_up(offer)]
        come = [(one, 1) for one in taken(offer)]
        for need, sign in [*[(one, 1) for one in bought.needs], *gone, *come]:
            key = (need.leg, need.cabin, need.booking_class)
            counts[key] = counts.get(key, 0) + sign * need.seats
        bought.needs = tuple(LegNeed(*key, seats) for key, seats in counts.items() if seats)
        left = {one.leg for one in given_up(offer)}
        bought.seats = {place: who for place, who in bought.seats.items() if place[0] not in left}

    def _receive(self, bought: Bought, minor: int, by: PaymentType) -> None:
        self.payments += 1
        bought.paid += minor
        bought.by = bought.by or by
        if by is PaymentType.BALANCE:
            self._move(bought.owner, bought.currency, -minor)

    def _move(self, owner: str, currency: str, minor: int) -> None:
        self.balances[owner, currency] = self.balances.get((owner, currency), 0) + minor

    def _flies(self, entry: Flies, _: int) -> None:
        self.legs[entry.leg, entry.cabin] = Flown(entry.seats, entry.limits)
        for order_id in entry.told:
            self.orders[order_id].count_changes(1)

    def _accepted(self, entry: Accepted, _: int) -> None:
        self.orders[entry.order_id].count_changes(-1)

    def _stands(self, _: Stands, __: int) -> None:
        for bought in self.orders.values():
            bought.was_changed = {bought.open_changes > 0}
