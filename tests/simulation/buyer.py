"""Who looks and buys: searches and looks again, books, holds, pays late, cancels, twice, retries.

A buyer calls the use cases as the endpoints do. Every call that changes something has a key; when
the answer is lost he calls again, with the same key, wherever he gets through.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from random import Random
from typing import Any

from holdfast.flights.domain.booking_rules import Misfit
from holdfast.flights.domain.fare import PassengerType
from holdfast.flights.domain.money import Money
from holdfast.flights.domain.offer import Offer, OfferRequest, Query, SliceAsk
from holdfast.flights.domain.order import (
    Cancellation,
    Order,
    OrderState,
    PaymentType,
    SeatChoice,
    total_of,
)
from holdfast.flights.domain.order_change import AddedSlice, ChangeRequest, OrderChange
from holdfast.flights.domain.seat_map import SeatMap
from holdfast.flights.service.answering import Telling
from holdfast.flights.service.choose_seat import Seating, choose_seats
from holdfast.flights.service.hold_and_book import Wanted, book
from holdfast.flights.service.pay_order import Paying, pay
from holdfast.flights.service.ports.access import Once, StoredAnswer
from holdfast.flights.service.ports.bookings import AmountDiffers
from holdfast.flights.service.ports.order_lists import OrderFilter, Page
from holdfast.flights.service.ports.quotes import FoundOffer
from holdfast.flights.service.reaccommodate import accept_change
from holdfast.flights.service.read_offers import OfferGone
from holdfast.flights.service.search_offers import Asker, First
from tests.flights.booking_samples import passengers
from tests.simulation.book import Bought
from tests.simulation.front import Front
from tests.simulation.log import FareDay, Log, Looked, Refused, Repriced, Reread, SeatsShown, Shown
from tests.simulation.network import DAYS
from tests.simulation.sights import sights_of
from tests.support.flights_world import query

ADULT, CHILD, INFANT = PassengerType.ADULT, PassengerType.CHILD, PassengerType.INFANT
PARTIES = ((ADULT,), (ADULT,), (ADULT, ADULT), (ADULT, CHILD), (ADULT, INFANT))
POPULAR = (DAYS[0], DAYS[0], *DAYS)
MOST_KNOWN = 6
"""Offers, calls and quotes that a buyer remembers, the newest."""
Run = Callable[[Front, Telling[Any]], Awaitable[object]]


@dataclass(frozen=True)
class Call:
    """A call with a key: what it asks, and how it is made."""

    name: str
    key: str
    asked: str
    run: Run


@dataclass
class Buyer:
    """One person, or one session of a browser (`has_cookie`) behind the owner's token."""

    name: str
    owner: str
    dice: Random
    log: Log
    trips: Sequence[tuple[str, str]]
    fare_of: Callable[[int, datetime], FareDay]
    has_cookie: bool = False
    first: First | None = None
    offers: list[Offer] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    quotes: list[str] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    wishes: dict[str, list[str]] = field(default_factory=dict)
    made: int = 0
    is_looking: bool = False

    def can_do(self, orders: Iterable[Bought], now: float) -> dict[str, int]:
        """What there is to do for him now, and how likely he is to do it."""
        fresh = [one for one in self.offers if now < one.expires_at.timestamp()]
        mine = [one for one in orders if one.owner == self.owner]
        states = {one.state for one in mine}
        can = {
            "search": 2 if fresh else 8,
            "look_again": bool(self.offers) * 2,
            "look_at_seats": bool(fresh) * 3,
            "book": bool(fresh) * 6,
            "hold": any(one.hold_until for one in fresh) * 8,
            "pay": ("held" in states) * 8,
            "reprice": any(_has_lapsed(one, now) for one in mine) * 8,
            "quote": bool(states & {"held", "paid"}) * 4,
            "give_back": bool(self.quotes) * 8,
            "sit": bool(states & {"held", "paid"}) * 3,
            "ask_for_change": ("paid" in states) * 3,
            "change": bool(self.changes) * 8,
            "accept": any(one.open_changes for one in mine) * 3,
            "call_again": bool(self.calls) * 3,
        }
        return {name: weight for name, weight in can.items() if weight}

    # looking

    def _asker(self) -> Asker:
        if not self.has_cookie:
            return Asker(self.owner, self.name)
        if self.first is None:
            return Asker(self.owner, self.owner)
        return Asker(self.owner, self.name, first=self.first)

    def _query(self) -> Query:
        origin, destination = self.dice.choice(self.trips)
        day = self.dice.choice(POPULAR)
        slices = [SliceAsk(origin, destination, day)]
        return query(*slices, party=self.dice.choice(PARTIES))

    async def search(self, front: Front) -> None:
        """Look for offers; what is seen goes into the log."""
        await front.ready()
        if self.has_cookie and self.first is None and self.is_looking:
            return  # the session begins with its first answer
        self.is_looking = True
        try:
            began, asked_at, clock_at = self.log.length, front.time.now, front.clock_at
            found = await front.search.search(self._query(), self._asker())
        finally:
            self.is_looking = False
        if isinstance(found, OfferRequest):
            self._saw(front, found, began, asked_at, clock_at)

    def _saw(
        self, front: Front, found: OfferRequest, began: int, asked_at: float, clock_at: float
    ) -> None:
        sights = sights_of(found.offers, self.fare_of)
        if self.has_cookie and self.first is None:
            issued = datetime.fromtimestamp(-int(-front.clock_at // 1), found.created_at.tzinfo)
            self.first = First(found.id, issued)
            self.log.add(Looked(self.name, clock_at, frozenset(one.lease for one in sights)))
        shown = Shown(self.name, began, asked_at, clock_at, front.time.now, found, sights)
        self.log.add(shown)
        self.offers = [*self.offers, *self.dice.sample(found.offers, min(3, len(found.offers)))]
        self.offers = self.offers[-MOST_KNOWN:]

    async def look_again(self, front: Front) -> None:
        """Read an offer that was shown, one way or the other."""
        if not self.offers:
            return
        offer, at = self.dice.choice(self.offers), front.clock_at
        way = self.dice.randrange(3)
        found: Offer | str | None
        if way == 0:
            answer = await front.read.offer(offer.id, self.owner)
            found = answer.offer if isinstance(answer, FoundOffer) else None
            found = "gone" if isinstance(answer, OfferGone) else found
        elif way == 1:
            page = await front.read.offers(offer.request_id, self.owner)
            listed = page.offers if page is not None else ()
            found = next((one for one in listed if one.id == offer.id), "gone")
        else:
            names = (self.dice.choice(["Ada", "Grace"]), "Berg")
            await front.read.name_traveller(offer.id, self.owner, offer.travellers[0].id, names)
            request = await front.read.request(offer.request_id, self.owner)
            listed = request.offers if request is not None else ()
            found = next((one for one in listed if one.id == offer.id), None)
            if front.clock_at >= offer.expires_at.timestamp():
                return
        self.log.add(Reread(offer.id, at, front.clock_at, found))

    async def look_at_seats(self, front: Front) -> None:
        """The seat map of an offer."""
        if self.offers:
            offer = self.dice.choice(self.offers)
            self.wishes[offer.id] = self._chosen(await self._seat_maps(front, offer))

    async def _seat_maps(self, front: Front, offer: Offer) -> list[SeatMap]:
        maps = await front.seat_maps.of_offer(offer)
        prices = {
            service.id: service.price.minor
            for shown in maps
            for seat in shown.seats.values()
            for service in seat.services
        }
        self.log.add(SeatsShown(offer.id, front.time.now, prices))
        return maps

    # buying

    async def book(self, front: Front, *, hold: bool = False) -> None:
        """Take an offer: paid at once, or held where that is possible."""
        if not self.offers:
            return
        known = self.dice.choice(self.offers)
        found = await front.read.offer(known.id, self.owner)
        if not isinstance(found, FoundOffer) or (hold and found.offer.hold_until is None):
            return
        offer, seats = found.offer, await self._seats(front, found.offer)
        due = total_of(offer, seats)
        is_wrong = self.dice.random() < 0.05
        paid = Money(due.minor + 1, due.currency) if is_wrong else due
        wanted = Wanted(
            owner=self.owner,
            live_mode=False,
            offer=offer,
            passengers=passengers(offer),
            payment=None if hold else paid,
            seats=seats,
            payment_type=self._payment_type(),
        )

        async def run(front: Front, telling: Telling[Any]) -> object:
            outcome = await book(front.bookings, wanted, front.draw, telling)
            if isinstance(outcome, AmountDiffers | Misfit):
                well_meant = hold or not is_wrong
                self.log.add(Refused("book", outcome, is_well_meant=well_meant))
            return outcome

        await self._call(front, "book", offer.id, run)

    async def hold(self, front: Front) -> None:
        """Hold an offer."""
        await self.book(front, hold=True)

    def _payment_type(self) -> PaymentType:
        return self.dice.choice([PaymentType.BALANCE] * 4 + [PaymentType.ARC_BSP_CASH])

    async def _seats(self, front: Front, offer: Offer) -> tuple[SeatChoice, ...]:
        ids = self.wishes.get(offer.id, [])
        if not ids and self.dice.random() < 0.4:
            return ()
        ids = ids or self._chosen(await self._seat_maps(front, offer))
        chosen = await front.seat_maps.chosen_with_offer(offer, ids)
        return tuple(chosen[id_] for id_ in ids if id_ in chosen)

    def _chosen(self, maps: Sequence[SeatMap]) -> list[str]:
        """A seat on each map for somebody; everybody likes the first one."""
        ids = []
        for shown in maps:
            free = [one.services[0].id for one in shown.seats.values() if one.services]
            if free:
                ids.append(free[0] if self.dice.random() < 0.7 else self.dice.choice(free))
        return ids

    async def _orders(self, front: Front, *states: OrderState) -> list[Order]:
        listed = await front.bookings.orders(self.owner, OrderFilter(), Page(limit=50))
        return [one for one in listed.items if not states or one.state in states]

    async def pay(self, front: Front) -> None:
        """Pay a hold: in time or not, for what it costs or not."""
        orders = await self._orders(front, OrderState.HELD, OrderState.EXPIRED)
        if not orders:
            return
        order = self.dice.choice(orders)
        amount = Money(order.total.minor + (self.dice.random() < 0.05), order.total.currency)
        paying = Paying(self.owner, order.id, amount, self._payment_type())

        async def run(front: Front, telling: Telling[Any]) -> object:
            return await pay(front.bookings, paying, front.draw, telling)

        await self._call(front, "pay", f"{order.id} {amount}", run)

    async def reprice(self, front: Front) -> None:
        """Ask what a hold costs now, and pay that, or ask once more."""
        orders = await self._orders(front, OrderState.HELD)
        if not orders:
            return
        order, asker = self.dice.choice(orders), self._asker()
        began, asked_at, clock_at = self.log.length, front.time.now, front.clock_at

        async def run(front: Front, telling: Telling[Any]) -> object:
            return await front.reprice.reprice(order.id, asker, telling)

        found = await self._call(front, "reprice", order.id, run)
        if isinstance(found, Order):
            sights = sights_of([found.offer], self.fare_of)
            self.log.add(Repriced(asker.viewer, began, asked_at, clock_at, front.time.now, sights))
            if self.dice.random() < 0.7:
                await self.pay(front)
            else:
                await self._call(front, "reprice", order.id, run)

    async def quote(self, front: Front) -> None:
        """Ask what giving an order back returns."""
        orders = await self._orders(front)
        if not orders:
            return
        order = self.dice.choice(orders)

        async def run(front: Front, telling: Telling[Any]) -> object:
            return await front.cancel.quote(order.id, self.owner, telling)

        found = await self._call(front, "quote", order.id, run)
        if isinstance(found, Cancellation):
            self.quotes = [*self.quotes, found.id][-MOST_KNOWN:]
            for _ in range(self.dice.choice([0, 1, 1, 2])):
                await self.give_back(front)

    async def give_back(self, front: Front) -> None:
        """Confirm a cancellation, perhaps once more, perhaps late."""
        if not self.quotes:
            return
        quote_id = self.dice.choice([*self.quotes, *self.quotes[-1:] * 2])

        async def run(front: Front, telling: Telling[Any]) -> object:
            return await front.cancel.confirm(quote_id, self.owner, telling)

        await self._call(front, "give back", quote_id, run)

    async def sit(self, front: Front) -> None:
        """Choose seats for an order that stands."""
        orders = await self._orders(front, OrderState.HELD, OrderState.PAID)
        if not orders:
            return
        order = self.dice.choice(orders)
        ids = self._chosen(await front.seat_maps.of_order(order))[:1]
        chosen = await front.seat_maps.chosen_with_order(order, ids)
        seats = tuple(chosen.values())
        if not seats:
            return
        price = Money(sum(one.price.minor for one in seats), order.total.currency)
        due = price if order.state is OrderState.PAID and price.minor else None
        kind = order.payment_type or PaymentType.BALANCE
        wanted = Seating(self.owner, order.id, seats, due, kind)

        async def run(front: Front, telling: Telling[Any]) -> object:
            return await choose_seats(front.bookings, wanted, front.draw, telling)

        await self._call(front, "sit", f"{order.id} {ids}", run)

    async def ask_for_change(self, front: Front) -> None:
        """Look for another day of a trip, and choose one."""
        orders = await self._orders(front, OrderState.PAID)
        if not orders:
            return
        await front.ready()
        order = self.dice.choice(orders)
        part = order.offer.slices[0]
        added = AddedSlice(part.origin, part.destination, self.dice.choice(DAYS))
        asker = Asker(self.owner, f"changes of {self.name}")
        found = await front.ask_for_change.request(order.id, asker, [part.id], [added])
        if not isinstance(found, ChangeRequest):
            return
        for offer in self.dice.sample(found.offers, min(2, len(found.offers))):
            chosen = await front.change.choose(offer.id, self.owner)
            if isinstance(chosen, OrderChange):
                self.changes = [*self.changes, chosen.id][-MOST_KNOWN:]
        for _ in range(self.dice.choice([0, 1, 1, 2])):
            await self.change(front)

    async def change(self, front: Front) -> None:
        """Do a change that was chosen, perhaps once more."""
        if not self.changes:
            return
        change_id = self.dice.choice(self.changes[-3:])
        found = await front.change.changes.change(change_id, self.owner)
        if found is None:
            return
        order = await front.bookings.order(found.offer.order_id, self.owner)
        kind = (order.payment_type if order else None) or PaymentType.BALANCE
        payment = (found.offer.more, kind) if found.offer.more.minor else None

        async def run(front: Front, telling: Telling[Any]) -> object:
            return await front.change.confirm(change_id, self.owner, payment, telling)

        await self._call(front, "change", change_id, run)

    async def accept(self, front: Front) -> None:
        """Accept what the airline changed."""
        orders = await self._orders(front, OrderState.HELD, OrderState.PAID)
        changes = await front.disruptions.changes(self.owner, [one.id for one in orders])
        waiting = [one for mine in changes.values() for one in mine if one.accepted_at is None]
        if waiting:
            one = self.dice.choice(waiting)
            await accept_change(front.disruptions, self.owner, one.id, front.draw)

    async def call_again(self, front: Front) -> None:
        """The answer was lost, or seems so: call again; or use the key for something else."""
        if not self.calls:
            return
        call = self.dice.choice(self.calls)
        asked = call.asked + (" else" if self.dice.random() < 0.15 else "")
        await call.run(front, self._telling(call.key, asked, front))

    async def _call(self, front: Front, name: str, asked: str, run: Run) -> Any:
        self.made += 1
        call = Call(name, f"{self.name} {self.made}", f"{name} {asked}", run)
        self.calls = [*self.calls, call][-MOST_KNOWN:]
        return await call.run(front, self._telling(call.key, call.asked, front))

    def _telling(self, key: str, asked: str, front: Front) -> Telling[Any]:
        once = Once(self.owner, key, sha256(asked.encode()).digest())

        def tell(done: Any) -> StoredAnswer:
            return StoredAnswer(201, f"{done.id} told by {front.name}, {front.clock_at}".encode())

        return Telling(once, tell)


def _has_lapsed(bought: Bought, now: float) -> bool:
    """Whether it is a hold whose price guarantee is over and whose seats are kept."""
    until = bought.price_until
    return bought.state == "held" and bought.is_live(now) and until is not None and until <= now
