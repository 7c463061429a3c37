"""A process at the front: its clock, what it knows of prices, and the use cases behind its address.

It knows what it last read of the store, at most a second ago; it may be killed at any door, and
starts again knowing nothing.
"""

from dataclasses import dataclass, field
from typing import Any, cast

from holdfast.flights.domain.itineraries import SearchLimits
from holdfast.flights.service.answering import Draw
from holdfast.flights.service.cancel_order import CancelOrder
from holdfast.flights.service.change_order import AskForChange, ChangeOrder
from holdfast.flights.service.find_itineraries import FindItineraries
from holdfast.flights.service.read_offers import ReadOffers
from holdfast.flights.service.reprice_order import RepriceOrder
from holdfast.flights.service.search_offers import SearchOffers
from holdfast.flights.service.search_rules import SearchRules
from holdfast.flights.service.show_seat_map import ShowSeatMaps
from holdfast.flights.service.snapshot import Snapshots
from tests.simulation.clock import STALE_S, SkewedClock, TrueTime
from tests.simulation.door import Door
from tests.support.flights_world import atlas

ATLAS = atlas()
ITINERARIES = FindItineraries(ATLAS, SearchLimits())


@dataclass
class Stores:
    """The doors to the store, as one process has them. Typed as what they stand for where they are
    handed over."""

    catalogue: Door
    quotes: Door
    bookings: Door
    changes: Door
    disruptions: Door


@dataclass
class Front:
    """One process. `draw` gives random bytes. `refreshes`: a deaf one never looks again."""

    name: str
    stores: Stores
    time: TrueTime
    skew_s: float
    random: Any
    is_deaf: bool = False
    clock: SkewedClock = field(init=False)

    def __post_init__(self) -> None:
        stores = self.stores
        self.clock = SkewedClock(self.time, self.skew_s)
        self.draw = Draw(self.clock.wall, self.random)
        catalogue, quotes = cast(Any, stores.catalogue), cast(Any, stores.quotes)
        bookings, disruptions = cast(Any, stores.bookings), cast(Any, stores.disruptions)
        self.bookings = bookings
        self.disruptions = disruptions
        self.snapshots = Snapshots(catalogue, self.clock)
        self.search = SearchOffers(
            self.snapshots, catalogue, quotes, ATLAS, self.clock, self._bits, ITINERARIES
        )
        self.read = ReadOffers(quotes, self.clock)
        self.seat_maps = ShowSeatMaps(catalogue.tiers, bookings.taken_seats, self.clock)
        self.cancel = CancelOrder(bookings, disruptions, self.draw)
        self.reprice = RepriceOrder(
            bookings, bookings, catalogue, quotes, self.seat_maps, self.draw, SearchRules()
        )
        changes = cast(Any, stores.changes)
        self.ask_for_change = AskForChange(bookings, changes, self.search, self.draw)
        self.change = ChangeOrder(bookings, changes, self.draw)

    @property
    def clock_at(self) -> float:
        """What it thinks the time is."""
        return self.time.now + self.skew_s

    async def ready(self) -> None:
        """Look at the store unless that was a moment ago."""
        while (age_s := self.snapshots.age_s) is None or age_s > STALE_S:
            if age_s is not None and self.is_deaf:
                return
            await self.snapshots.refresh()

    def _bits(self) -> bytes:
        bits: bytes = self.random(16)
        return bits
