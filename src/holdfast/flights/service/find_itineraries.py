"""The itineraries of a query in the current snapshot, remembered for as long as that is current.

Many ask for the same days between the same places; what can be flown changes only with the
schedule and with what is for sale. Only flights with any filed fare are looked at.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from holdfast.flights.domain.atlas import Atlas
from holdfast.flights.domain.connections import ConnectionRules
from holdfast.flights.domain.fare import PassengerType
from holdfast.flights.domain.flight import Itinerary
from holdfast.flights.domain.itineraries import SearchLimits, Wanted, search
from holdfast.flights.domain.offer import Query, SliceAsk
from holdfast.flights.domain.offering import earliest_departure_min
from holdfast.flights.domain.timetable import SegmentPattern
from holdfast.flights.service.snapshot import Snapshot

MAX_REMEMBERED = 2000
"""Slices whose itineraries are kept: some 50 MB at most, for 40 itineraries each."""
_FAR_DAYS = 3
"""From so many days ahead on, when sales of a flight end is the same for all who ask."""


@dataclass
class FindItineraries:
    """`of` answers; `limits` and `rules` stay the same for the life of the process."""

    atlas: Atlas
    limits: SearchLimits = field(default_factory=SearchLimits)
    rules: ConnectionRules | None = None
    max_remembered: int = MAX_REMEMBERED
    _of_snapshot: Snapshot | None = None
    _known: OrderedDict[tuple[SliceAsk, int], tuple[Itinerary, ...]] = field(
        default_factory=OrderedDict
    )

    def __post_init__(self) -> None:
        if self.rules is None:
            countries = {code: one.country for code, one in self.atlas.airports.items()}
            self.rules = ConnectionRules(countries)

    def of(
        self, snapshot: Snapshot, query: Query, now: datetime
    ) -> tuple[tuple[Itinerary, ...], ...]:
        """For each slice its itineraries, best first, none that departs too soon to be sold."""
        if self._of_snapshot is not snapshot:
            self._of_snapshot = snapshot
            self._known.clear()
        return tuple(self._slice(snapshot, ask, query.max_connections, now) for ask in query.slices)

    def _slice(
        self, snapshot: Snapshot, ask: SliceAsk, max_connections: int, now: datetime
    ) -> tuple[Itinerary, ...]:
        is_far = ask.departure_date >= now.date() + timedelta(days=_FAR_DAYS)
        key = (ask, max_connections)
        found = self._known.get(key) if is_far else None
        if found is not None:
            self._known.move_to_end(key)
            return found
        found = self._search(snapshot, ask, max_connections, earliest_departure_min(now))
        if is_far:
            self._known[key] = found
            if len(self._known) > self.max_remembered:
                self._known.popitem(last=False)
        return found

    def _search(
        self, snapshot: Snapshot, ask: SliceAsk, max_connections: int, not_before_utc_min: int
    ) -> tuple[Itinerary, ...]:
        sales = snapshot.sales

        def sells(pattern: SegmentPattern) -> bool:
            carrier = pattern.marketing.carrier
            return sales.has_market(carrier, pattern.legs[0].board, pattern.legs[-1].off)

        def prefers(itinerary: Itinerary) -> int:
            """How many of its segments somebody sells under this number on this day."""
            adult = (PassengerType.ADULT,)
            return sum(bool(sales.price(one, adult, 0.0)) for one in itinerary.segments)

        assert self.rules is not None
        wanted = Wanted(
            ask=ask,
            origins=frozenset(self.atlas.airports_of(ask.origin)),
            destinations=frozenset(self.atlas.airports_of(ask.destination)),
            max_connections=max_connections,
            not_before_utc_min=not_before_utc_min,
            sells=sells,
            prefers=prefers,
        )
        return search(snapshot.timetable, wanted, self.rules, self.limits)
