"""Small worlds of flights for tests: timetables and fares in a line each, and a catalogue of them.

`leg("BA117", "LHR", "JFK", "08:20", 475)` departs at that local time and takes so many minutes;
`fare("BA", "LHR", "JFK", 40000)` is for every flight between the points. Offsets from UTC are those
of winter for a few airports, else 0.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from holdfast.flights.domain.atlas import Atlas
from holdfast.flights.domain.fare import (
    Cabin,
    ClassLimits,
    FareKey,
    FareTerms,
    PassengerType,
    Price,
    PriceState,
    PublishedFare,
)
from holdfast.flights.domain.flight import LegKey
from holdfast.flights.domain.itineraries import SearchLimits
from holdfast.flights.domain.offer import Query, SliceAsk, Traveller
from holdfast.flights.domain.place import Airline, Airport, City
from holdfast.flights.domain.pricing import Flown
from holdfast.flights.domain.schedule import Designator, LegPattern, Period
from holdfast.flights.service.find_itineraries import FindItineraries
from holdfast.flights.service.ports.catalogue import LegSold, PublishedTier, Subject
from holdfast.flights.service.ports.quotes import Quotes
from holdfast.flights.service.search_offers import SearchOffers
from holdfast.flights.service.search_rules import SearchRules
from holdfast.flights.service.snapshot import Snapshots
from holdfast.flights.store.memory_quotes import MemoryQuotes

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
DAY = date(2026, 12, 1)
WINTER = Period(date(2026, 10, 25), date(2027, 3, 27))
ECONOMY = Cabin.ECONOMY
ADULT, CHILD, INFANT = PassengerType.ADULT, PassengerType.CHILD, PassengerType.INFANT
OFFSETS_MIN = {"FRA": 60, "MUC": 60, "CDG": 60, "JFK": -300, "EWR": -300, "SIN": 480, "AUH": 240}
_AIRPORTS = (
    ("LHR", "EGLL", "London Heathrow Airport", "London", "GB", 51.4706, -0.4619, "LON"),
    ("LGW", "EGKK", "London Gatwick Airport", "London", "GB", 51.1481, -0.1903, "LON"),
    ("MAN", "EGCC", "Manchester Airport", "Manchester", "GB", 53.3537, -2.2750, None),
    ("FRA", "EDDF", "Frankfurt am Main Airport", "Frankfurt", "DE", 50.0264, 8.5431, None),
    ("MUC", "EDDM", "Munich Airport", "Munich", "DE", 48.3538, 11.7861, None),
    ("CDG", "LFPG", "Charles de Gaulle Airport", "Paris", "FR", 49.0128, 2.55, None),
    ("JFK", "KJFK", "John F Kennedy International Airport", "New York", "US", 40.64, -73.78, "NYC"),
    ("EWR", "KEWR", "Newark Liberty International Airport", "Newark", "US", 40.69, -74.17, "NYC"),
    ("SIN", "WSSS", "Singapore Changi Airport", "Singapore", "SG", 1.3502, 103.994, None),
    ("AUH", "OMAA", "Zayed International Airport", "Abu Dhabi", "AE", 24.433, 54.651, None),
)


def atlas() -> Atlas:
    """Ten airports, two metropolitan areas, two airlines."""
    return Atlas.build(
        airports=[
            Airport(iata, icao, name, town, country, north, east, "Etc/UTC", city)
            for iata, icao, name, town, country, north, east, city in _AIRPORTS
        ],
        cities=[
            City("LON", "London", "GB", ("LGW", "LHR")),
            City("NYC", "New York", "US", ("EWR", "JFK")),
        ],
        airlines=[Airline("BA", "British Airways", "BAW"), Airline("LH", "Lufthansa", "DLH")],
        aircraft=[],
        countries={"GB": "United Kingdom", "DE": "Germany"},
    )


def designator(text: str) -> Designator:
    """`BA117` or `LH400A`."""
    suffix = text[-1] if text[-1].isalpha() else ""
    return Designator(text[:2], int(text[2 : len(text) - len(suffix)]), suffix)


def minutes(clock: str) -> int:
    """`08:20` as minutes after midnight."""
    return int(clock[:2]) * 60 + int(clock[3:])


def leg(
    flight: str,
    board: str,
    off: str,
    departs: str = "08:00",
    takes_min: int = 100,
    *,
    period: Period = WINTER,
    sequence: int = 1,
    variation: int = 1,
    day: int = 0,
    aircraft: str = "320",
    configuration: str = "C012Y150",
    terminals: tuple[str, str] = ("", ""),
    operating: str | None = None,
    marketed_as: Sequence[str] = (),
    service_type: str = "J",
) -> LegPattern:
    """A leg on every date of `period`; `day` days after its flight date."""
    departure = minutes(departs) + 1440 * day
    offset, off_offset = OFFSETS_MIN.get(board, 0), OFFSETS_MIN.get(off, 0)
    return LegPattern(
        designator=designator(flight),
        variation=variation,
        sequence=sequence,
        service_type=service_type,
        period=period,
        board=board,
        off=off,
        departure_min=departure,
        departure_offset_min=offset,
        arrival_min=departure - offset + takes_min + off_offset,
        arrival_offset_min=off_offset,
        aircraft=aircraft,
        configuration=configuration,
        board_terminal=terminals[0],
        off_terminal=terminals[1],
        operating=designator(operating) if operating else None,
        marketed_as=tuple(map(designator, marketed_as)),
    )


FLEX = FareTerms(
    brand="Flex",
    changeable=True,
    change_penalty=0,
    refundable=True,
    refund_penalty=5000,
    checked_bags=1,
    hold_space_h=24,
    hold_price_h=12,
)
LIGHT = FareTerms(brand="Light")


def fare(
    carrier: str,
    board: str,
    off: str,
    total: int,
    *,
    id: int | None = None,  # noqa: A002  as the field
    number: int | None = None,
    cabin: Cabin = ECONOMY,
    booking_class: str = "Y",
    basis: str | None = None,
    passenger_type: PassengerType = ADULT,
    currency: str = "EUR",
    period: Period = WINTER,
    terms: FareTerms = LIGHT,
    tax: int | None = None,
    since: datetime = NOW - timedelta(days=1),
) -> PublishedFare:
    """A fare of `total` minor units, a tenth of it tax, at rest since yesterday."""
    basis = basis or f"{booking_class}{terms.brand.upper()}"
    key = FareKey(
        carrier, number, board, off, cabin, booking_class, basis, passenger_type, currency, period
    )
    price = Price(total, total // 10 if tax is None else tax)
    state = PriceState(price, since.timestamp(), price, since.timestamp(), 1)
    unique = f"{carrier}{number}{board}{off}{cabin}{basis}{passenger_type}{currency}"
    made = int.from_bytes(unique.encode()[:48], "big") % (2**61 - 1)
    return PublishedFare(made if id is None else id, key, terms, state)


def limits(
    flight: str, board: str, off: str, *classes: tuple[str, int], capacity: int | None = None
) -> ClassLimits:
    """Limits of economy on a leg."""
    one = designator(flight)
    return ClassLimits(
        one.carrier, one.number, board, off, ECONOMY, WINTER, classes, capacity=capacity
    )


def ask(origin: str, destination: str, day: date = DAY) -> SliceAsk:
    """A slice at any time of the day."""
    return SliceAsk(origin, destination, day)


def query(
    *slices: SliceAsk,
    party: Sequence[PassengerType] = (ADULT,),
    cabin: Cabin | None = None,
    max_connections: int = 1,
) -> Query:
    """A query; its travellers have no ids yet."""
    return Query(
        tuple(slices), tuple(Traveller("", kind) for kind in party), cabin, max_connections
    )


@dataclass
class WorldCatalogue:
    """`Catalogue` of lists that a test fills; `touch` stamps an airline anew."""

    legs: list[LegPattern] = field(default_factory=list)
    published: list[PublishedFare] = field(default_factory=list)
    class_limits: list[ClassLimits] = field(default_factory=list)
    seat_tiers: dict[str, list[PublishedTier]] = field(default_factory=dict)
    taken: dict[tuple[LegKey, Cabin], LegSold] = field(default_factory=dict)
    spent_out: dict[str, Collection[str]] = field(default_factory=dict)
    stamps: dict[tuple[str, Subject], int] = field(default_factory=dict)
    loads: list[tuple[str, str]] = field(default_factory=list)
    on_load: Callable[[str, str], None] = lambda _airline, _what: None

    def __post_init__(self) -> None:
        self.legs, self.published = list(self.legs), list(self.published)
        for airline in {one.designator.carrier for one in self.legs}:
            self.touch(airline, "schedule")
        for airline in {one.key.carrier for one in self.published}:
            self.touch(airline, "fares")

    def touch(self, airline: str, subject: Subject) -> None:
        """Something of this airline changed."""
        self.stamps[airline, subject] = self.stamps.get((airline, subject), 0) + 1

    def reprice(self, changed: PublishedFare) -> None:
        """Put a fare in the place of the one with its id."""
        self.published = [changed if one.id == changed.id else one for one in self.published]
        self.touch(changed.key.carrier, "fares")

    async def versions(self) -> Mapping[tuple[str, Subject], int]:
        return dict(self.stamps)

    async def schedule(self, airline: str) -> Sequence[LegPattern]:
        self._loading(airline, "schedule")
        return [one for one in self.legs if one.designator.carrier == airline]

    async def fares(self, airline: str) -> Sequence[PublishedFare]:
        self._loading(airline, "fares")
        return [one for one in self.published if one.key.carrier == airline]

    async def fares_for(self, flown: Flown) -> Sequence[PublishedFare]:
        self._loading(flown.carrier, "fares")
        market = (flown.carrier, flown.board, flown.off)
        return [
            one
            for one in self.published
            if (one.key.carrier, one.key.board, one.key.off) == market
            and one.key.number in (None, flown.number)
        ]

    async def limits(self, airline: str) -> Sequence[ClassLimits]:
        self._loading(airline, "limits")
        return [one for one in self.class_limits if one.carrier == airline]

    async def exhausted(self, airline: str) -> Collection[str]:
        return self.spent_out.get(airline, ())

    async def tiers(self, airline: str) -> Sequence[PublishedTier]:
        self._loading(airline, "tiers")
        return self.seat_tiers.get(airline, [])

    async def sold(self, legs: Sequence[LegKey]) -> Mapping[tuple[LegKey, Cabin], LegSold]:
        wanted = set(legs)
        return {key: one for key, one in self.taken.items() if key[0] in wanted}

    def _loading(self, airline: str, what: str) -> None:
        self.loads.append((airline, what))
        self.on_load(airline, what)


@dataclass
class WorldClock:
    """`Clock` that stands still until it is moved."""

    now: datetime = NOW

    def wall(self) -> datetime:
        return self.now

    def monotonic(self) -> float:
        return self.now.timestamp()

    def move(self, **by: float) -> None:
        """As `timedelta` takes it."""
        self.now += timedelta(**by)


@dataclass
class FlightsWorld:
    """A search over a catalogue, in memory unless other quotes are given."""

    catalogue: WorldCatalogue
    clock: WorldClock = field(default_factory=WorldClock)
    quotes: Quotes = field(default_factory=MemoryQuotes)
    rules: SearchRules = field(default_factory=SearchRules)
    limits: SearchLimits = field(default_factory=SearchLimits)
    drawn: int = 0

    def __post_init__(self) -> None:
        self.atlas = atlas()
        self.snapshots = Snapshots(self.catalogue, self.clock)
        self.search_offers = SearchOffers(
            self.snapshots,
            self.catalogue,
            self.quotes,
            self.atlas,
            self.clock,
            self.draw,
            FindItineraries(self.atlas, self.limits),
            self.rules,
        )

    def draw(self) -> bytes:
        """The next 16 'random' bytes."""
        self.drawn += 1
        return self.drawn.to_bytes(16, "big")


def world(
    legs: Iterable[LegPattern],
    fares: Iterable[PublishedFare],
    class_limits: Iterable[ClassLimits] = (),
    **parts: object,
) -> FlightsWorld:
    """A world of these flights and fares; refresh its snapshots before the first search."""
    catalogue = WorldCatalogue(list(legs), list(fares), list(class_limits))
    return replace(FlightsWorld(catalogue), **parts)  # type: ignore[arg-type]
