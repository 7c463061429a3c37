"""A world: one airline, a store, some processes, some buyers, and dice that say what happens next.

A history is a number of turns. In a turn time moves, then one to three things happen at once, in an
order that the dice choose at every door; one of them may be killed on the way. All of it follows
from the seed, so a world that broke a promise breaks it again.
"""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from holdfast.flights.domain.disruption import AirlineChange, ChangeKind
from holdfast.flights.domain.fare import Cabin
from holdfast.flights.domain.flight import LegKey
from holdfast.flights.domain.money import Money
from holdfast.flights.service.approve_prices import ApprovePrices
from holdfast.flights.service.ports.bookings import Answering
from holdfast.flights.service.ports.catalogue import LegSold
from holdfast.flights.service.sweep_holds import sweep_holds
from holdfast.flights.store.memory_quotes import MemoryQuotes
from holdfast.platform.data.failures import Conflict
from tests.simulation.airline import Airline
from tests.simulation.book import Book
from tests.simulation.buyer import Buyer
from tests.simulation.clock import QUARTER_S, SKEW_S, SkewedClock, TrueTime
from tests.simulation.door import Door
from tests.simulation.front import Front, Stores
from tests.simulation.leases import ViewerLeases
from tests.simulation.log import Accepted, Did, FareDay, Flies, Ignored, Log, Looked, Over, Priced
from tests.simulation.network import CABIN, CARRIER, DAYS, counters, filings, network
from tests.simulation.offers import LockedOffers
from tests.simulation.office import Changes, Filing, Office
from tests.simulation.orders import OrdersAndMoney
from tests.simulation.prices import PublishedPrices
from tests.simulation.shelf import Shelf
from tests.simulation.stock import Stock
from tests.support.flights_world import NOW, WorldCatalogue

TURNS = 9
"""Of a small world."""
FRONTS = 3
OWNERS = ("acme", "zenith")
LONG_S = 4 * 3600.0
"""Longer than any hold."""
SHORT_STEPS_S = (0.0, QUARTER_S, 1.0, 60.0)
LONG_STEPS_S = (0.0, 1.0, 300.0, 1800.0, 3600.0, 3600.0 - QUARTER_S, 5400.0)
KILLED, SLOW = 0.12, 0.5
"""How often somebody is killed in a turn, and how often a call waits at a door."""
HAPPENS: Mapping[str, int] = {
    "deliver": 8,
    "deliver_older": 2,
    "approve": 1,
    "write_back": 1,
    "reschedule": 2,
    "sweep": 1,
    "tick": 2,
}


class Shop(WorldCatalogue):
    """The catalogue of a world: as the shelf has it; what is taken is asked of the office."""

    office: Office

    async def sold(self, legs: Sequence[LegKey]) -> Mapping[tuple[LegKey, Cabin], LegSold]:
        """See `Catalogue.sold`."""
        return self.office.sold(legs)


@dataclass(frozen=True)
class Plot:
    """What a world is like, besides its dice. `is_deaf`: processes never hear of changes."""

    turns: int = TURNS
    keep_log: bool = False
    is_deaf: bool = False


class World:
    """See the module; `live` runs its history and raises `Broken`."""

    def __init__(self, seed: int, plot: Plot = Plot()) -> None:
        self.seed, self.plot = seed, plot
        self.dice = Random(seed)
        self.time = TrueTime(NOW.timestamp())
        self.is_crowded = False
        self.hurry = self.dice.choice([0.5, 0.75, 0.9])
        self.restless = self.dice.choice([0.1, 0.2, 0.4])
        self.log = Log(keep=plot.keep_log)
        self.book = Book()
        self._promise()
        self.network = network(self.dice)
        self.airline = Airline(self.dice, self.network)
        self.shelf = Shelf()
        self.catalogue = Shop(list(self.network.legs))
        filed = filings(self.network.legs, self.network.overbooking)
        self.office = Office(counters(filed, self.network.limits), self.time.wall, filed)
        self.catalogue.office = self.office
        self.changes = Changes(self.office)
        self.quotes = MemoryQuotes()
        self._accepted: set[str] = set()
        self._fly(filed, ())
        self._take_delivery()
        self.fronts = [self._front(name) for name in range(FRONTS)]
        self.buyers = self._people()

    def _promise(self) -> None:
        self.book.listen(self.log)
        PublishedPrices(self.log)
        ViewerLeases(self.log)
        LockedOffers(self.log)
        Stock(self.log, self.book)
        OrdersAndMoney(self.log, self.book)

    async def live(self) -> None:
        """The whole history."""
        for owner in OWNERS:
            amount = Money(self.dice.choice([60_000, 1_000_000]), "EUR")
            is_new = await self.office.top_up(owner, amount, "start")
            self._heard("top_up", (owner, amount, "start"), {}, is_new)
        for _ in range(self.plot.turns):
            await self._turn()
        self._move(LONG_S)
        await sweep_holds(self.office)
        end = self.office.stands(self.time.now)
        self.log.add(end)
        self.log.add(Over(end.orders, end.counters))

    async def _turn(self) -> None:
        self._move(self._step())
        acts = [self._act() for _ in range(self.dice.choice([1, 1, 2, 3]))]
        is_deadly = self.dice.random() < KILLED
        self.is_crowded = is_deadly or len(acts) > 1
        tasks = [asyncio.create_task(act) for act in acts]
        if is_deadly:
            await self._kill(self.dice.choice(tasks))
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(outcome, Exception) and not isinstance(outcome, Conflict):
                raise outcome
        self.log.add(self.office.stands(self.time.now))

    async def _kill(self, task: "asyncio.Task[None]") -> None:
        """Somewhere on its way."""
        for _ in range(self.dice.randrange(16)):
            await asyncio.sleep(0)
        task.cancel()

    def _act(self) -> Coroutine[Any, Any, None]:
        if self.dice.random() < self.restless:
            (name,) = self.dice.choices(list(HAPPENS), list(HAPPENS.values()))
            act: Coroutine[Any, Any, None] = getattr(self, f"_{name}")()
            return act
        buyer = self.dice.choice(self.buyers)
        can = buyer.can_do(self.book.orders.values(), self.time.now)
        (name,) = self.dice.choices(list(can), list(can.values()))
        return self._serve(buyer, name)

    async def _serve(self, buyer: Buyer, name: str) -> None:
        place = self.dice.randrange(FRONTS)
        try:
            await getattr(buyer, name)(self.fronts[place])
        except asyncio.CancelledError:
            self.fronts[place] = self._front(place)

    # time

    def _step(self) -> float:
        if self.dice.random() < self.hurry:
            return self.dice.choice(SHORT_STEPS_S)
        if self.dice.random() < 0.6:
            return max(0.0, self._next_end() - self.time.now)
        return self.dice.choice(LONG_STEPS_S)

    def _next_end(self) -> float:
        """A moment when something ends or begins, or just before."""
        now, orders = self.time.now, self.book.orders.values()
        ends = [due for due in self.shelf.dues() if due > now]
        ends += [at for one in orders for at in (one.hold_until, one.price_until) if at]
        ends += [offer.expires_at.timestamp() for one in self.buyers for offer in one.offers]
        ahead = [at for at in ends if at > now]
        return self.dice.choice(sorted(ahead)) - self.dice.choice([0, QUARTER_S]) if ahead else now

    def _move(self, seconds: float) -> None:
        """Let time pass, and write down what everything costs whenever that changes."""
        if not seconds:
            return
        end = self.time.now + seconds
        while due := min((at for at in self.shelf.dues() if self.time.now < at <= end), default=0):
            self.time.now = due
            self._write_prices()
        self.time.now = end
        self._write_prices()

    async def _tick(self) -> None:
        """Time passes while others are on their way."""
        await self._pause()
        now = self.time.now
        soon = max(0.0, self._next_end() - now)
        self._move(soon if 0 < soon < 120 else self.dice.choice(SHORT_STEPS_S))

    async def _pause(self) -> None:
        """Let others come first, or not."""
        if self.is_crowded and self.dice.random() < SLOW:
            await asyncio.sleep(0)

    # airlines

    async def _deliver(self) -> None:
        await self._pause()
        self._take_delivery()

    def _take_delivery(self) -> None:
        made = self.airline.next()
        self.shelf.deliver(
            made.filed,
            made.tiers,
            withdrawn=made.withdrawn,
            full=made.full,
            sequence=made.sequence,
            now=self.time.now,
        )
        self._publish()

    async def _deliver_older(self) -> None:
        """T6."""
        await self._pause()
        made, before = self.airline.older(), self.shelf.rows()
        if made is None:
            return
        self.shelf.deliver(
            made.filed,
            made.tiers,
            withdrawn=made.withdrawn,
            full=made.full,
            sequence=made.sequence,
            now=self.time.now,
        )
        self.log.add(Ignored(before, self.shelf.rows()))

    async def _write_back(self) -> None:
        before = self.shelf.tags(DAYS, self.time.now)
        self.shelf.write_back(self.time.now)
        kept = {key: (tag.p, tag.s) for key, tag in before.items()}
        after = self.shelf.tags(DAYS, self.time.now)
        self.log.add(Ignored(kept, {key: (tag.p, tag.s) for key, tag in after.items()}))
        self._publish()

    async def _approve(self) -> None:
        desk = ApprovePrices(self.shelf, SkewedClock(self.time))
        waiting = await desk.waiting(CARRIER)
        if waiting:
            one = self.dice.choice(waiting)
            decide = desk.approve if self.dice.random() < 0.7 else desk.refuse
            await decide(one.id, "somebody")
            self._publish(approved=True)

    def _publish(self, *, approved: bool = False) -> None:
        self.catalogue.published = self.shelf.published()
        self.catalogue.seat_tiers = {CARRIER: self.shelf.published_tiers()}
        self.catalogue.touch(CARRIER, "fares")
        self._write_prices(approved=approved)

    def _write_prices(self, *, approved: bool = False) -> None:
        tags = self.shelf.tags(DAYS, self.time.now)
        self.log.add(Priced(self.time.now, tags, approved))

    async def _reschedule(self) -> None:
        await self._pause()
        legs = self.airline.reschedule()
        filed = filings(legs, self.network.overbooking)
        gone = {leg: Filing(None, 0) for leg in self.office.filings if leg not in filed}
        self.catalogue.legs = list(legs)
        self.catalogue.touch(CARRIER, "schedule")
        now_filed = {**filed, **gone}
        self._fly(now_filed, self.office.fly(now_filed))

    def _fly(self, filed: Mapping[LegKey, Filing], told: tuple[str, ...]) -> None:
        for leg, filing in filed.items():
            departs = filing.times and int(filing.times.departs_at.timestamp() // 60)
            seats = filing.capacity + filing.overbooking
            self.log.add(Flies(leg, CABIN, seats, departs, self.network.limits, told))
            told = ()

    async def _sweep(self) -> None:
        await sweep_holds(self.office)

    # people and processes

    def _people(self) -> list[Buyer]:
        kinds = [("ann", 0, False), ("bob", 0, True), ("cem", 1, False), ("eve", 1, True)]
        return [
            Buyer(
                name, OWNERS[owner], self.dice, self.log, self.network.trips, self._fare_of, cookie
            )
            for name, owner, cookie in kinds
        ]

    def _fare_of(self, fare_id: int, departs: datetime) -> FareDay:
        return FareDay(self.shelf.fares.key_of[fare_id].product(), departs.date())

    def _front(self, place: int) -> Front:
        stores = Stores(
            catalogue=Door(self.catalogue, self._pause),
            quotes=Door(self.quotes, self._pause, self._heard),
            bookings=Door(self.office, self._pause, self._heard),
            changes=Door(self.changes, self._pause, self._heard),
            disruptions=Door(self.office, self._pause, self._heard),
        )
        skew_s = self.dice.choice([0.0, 0.0, -SKEW_S, SKEW_S])
        return Front(
            f"front {place}", stores, self.time, skew_s, self.dice.randbytes, self.plot.is_deaf
        )

    def _heard(
        self, call: str, asked: tuple[Any, ...], options: dict[str, Any], outcome: object
    ) -> None:
        """The log of what the store was asked, and did."""
        if call == "see":
            at = options["now"].timestamp()
            self.log.add(Looked(asked[0], at, frozenset(asked[2])))
            return
        if call == "accept":
            self._hear_accepted(outcome)
            return
        if call == "add_seats":
            asked = (*asked, options["payment"])
        answering = options.get("answering")
        answering = next((one for one in asked if isinstance(one, Answering)), answering)
        once, answer = (answering.once, answering.answer) if answering else (None, None)
        self.log.add(Did(call, self.time.now, asked, outcome, once, answer))

    def _hear_accepted(self, outcome: object) -> None:
        match outcome:
            case AirlineChange(id_, order_id, kind) if id_ not in self._accepted:
                self._accepted.add(id_)
                if kind is not ChangeKind.EQUIPMENT:
                    self.log.add(Accepted(order_id))
