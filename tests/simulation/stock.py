"""Seats: never sold twice, counters are the sums over live orders, losers leave nothing, holds end.

Who is told that a flight is sold out, or a seat taken, is told the truth: somebody has it now.
"""

from holdfast.flights.domain.fare import Cabin
from holdfast.flights.domain.flight import LegKey
from holdfast.flights.domain.inventory import LegCabin
from holdfast.flights.domain.order import LegNeed, NewOrder, Order, OrderState, SeatChoice
from holdfast.flights.domain.order_change import OrderChange, taken
from holdfast.flights.service.ports.bookings import SeatTaken, SoldOut
from tests.simulation.book import Book
from tests.simulation.log import Broken, Did, Log, Over, Stands

LIVE = (OrderState.HELD, OrderState.PAID)


class Stock:
    """The promises about seats. Listens before the book is written."""

    def __init__(self, log: Log, book: Book) -> None:
        self._book = book
        log.listen(Did, self._did)
        log.listen(Stands, self._stands)
        log.listen(Over, self._over)

    def _did(self, entry: Did, _: int) -> None:
        match entry.call, entry.asked, entry.outcome:
            case "place", (NewOrder() as asked, *_), outcome:
                self._judge(asked.needs(), asked.seats, outcome, entry.at)
            case "add_seats", (_, _, seats, _), outcome:
                self._judge((), seats, outcome, entry.at)
            case "confirm", (confirming, *_), SoldOut() as outcome:
                self._judge(taken(confirming.change.offer), (), outcome, entry.at)

    def _judge(
        self,
        needs: tuple[LegNeed, ...],
        seats: tuple[SeatChoice, ...],
        outcome: object,
        at: float,
    ) -> None:
        wanted = {(leg, one.designator) for one in seats for leg in one.legs}
        has = {place for order in self._book.live(at) for place in order.seats}
        match outcome:
            case Order() | OrderChange():
                if any(self._book.room(need, at) < need.seats for need in needs):
                    raise Broken(f"oversold: {needs}")
                if wanted & has:
                    raise Broken(f"seats: {wanted & has} sold twice")
            case SoldOut(leg, booking_class, left):
                (need, *_) = [
                    one for one in needs if (one.leg, one.booking_class) == (leg, booking_class)
                ]
                room = self._book.room(need, at)
                if room >= need.seats or left < 0:
                    raise Broken(f"holds: {leg} has room for {room}, and {left} are said")
            case SeatTaken(leg, designator) if (leg, designator) not in has:
                raise Broken(f"holds: {designator} of {leg} is free, and is refused")

    def _stands(self, entry: Stands, _: int) -> None:
        for place, counter in entry.counters.items():
            self._count(place, counter, entry)
        raw = {one.id: one for one in entry.orders}
        for place, row in entry.seats.items():
            owner = raw.get(row.order_id)
            if owner is None or owner.state not in LIVE:
                raise Broken(f"losers: {place} belongs to {row.order_id}, which is over")
            if (owner.state is OrderState.PAID) != (row.expires_at is None):
                raise Broken(f"seats: {place} of {owner.id}, {owner.state}, until {row.expires_at}")
        for bought in self._book.live(entry.at):
            for place in bought.seats:
                if place not in entry.seats or entry.seats[place].order_id != bought.id:
                    raise Broken(f"seats: {bought.id} bought {place} and has it not")

    def _count(self, place: tuple[LegKey, Cabin], counter: LegCabin, entry: Stands) -> None:
        sold = held = 0
        by_class: dict[str, int] = {}
        for order in entry.orders:
            if order.state not in LIVE:
                continue
            for need in self._book.orders[order.id].needs:
                if (need.leg, need.cabin) != place:
                    continue
                by_class[need.booking_class] = by_class.get(need.booking_class, 0) + need.seats
                if order.state is OrderState.PAID:
                    sold += need.seats
                else:
                    held += need.seats
        counted = {name: seats for name, seats in counter.taken.items() if seats}
        if (counter.sold, counter.held) != (sold, held) or counted != by_class:
            raise Broken(f"counters: {place} says {counter}, orders {sold}, {held}, {by_class}")
        flown = self._book.legs[place].seats
        if counter.capacity + counter.overbooking - counter.short != flown or counter.short < 0:
            raise Broken(f"counters: {place} has {flown} seats, and is {counter}")
        if counter.left < 0:
            raise Broken(f"oversold: {place} is {counter}")

    def _over(self, entry: Over, _: int) -> None:
        for place, counter in entry.counters.items():
            if counter.held:
                raise Broken(f"holds: {place} holds {counter.held} for nobody")
