"""What an observer outside of the system writes down, and who reads along.

Entries tell facts, never opinions. Each promise listens to the kinds that it is about, and raises
`Broken` at the entry that breaks it.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from holdfast.flights.domain.fare import Cabin, PassengerType
from holdfast.flights.domain.flight import LegKey
from holdfast.flights.domain.inventory import LegCabin
from holdfast.flights.domain.offer import Offer, OfferRequest
from holdfast.flights.domain.order import Order, Payment
from holdfast.flights.service.ports.access import Once, StoredAnswer


class Broken(AssertionError):
    """A promise was not kept; the message begins with its name."""


class FareDay(NamedTuple):
    """A fare key F of the price rule: a product on a departure date (None: a seat tier)."""

    product: tuple[object, ...]
    day: date | None


class Tag(NamedTuple):
    """What a fare key costs: the published price, the supplier's, when a rise that waits is due;
    `row` names the filing; `is_parked`: another price of it waits for a person."""

    p: int
    s: int
    due: float | None
    row: int
    is_parked: bool = False


class Sight(NamedTuple):
    """A price that was shown: of which fare key, to which kind of passenger, and what is leased."""

    fare: FareDay
    lease: tuple[object, ...]
    passenger: PassengerType
    price: int


@dataclass(frozen=True, slots=True)
class Priced:
    """Everything on sale at a moment."""

    at: float
    tags: Mapping[FareDay, Tag]
    approved: bool = False


@dataclass(frozen=True, slots=True)
class Ignored:
    """A delivery that was seen before, or is older, came again: what is stored before and after."""

    before: object
    after: object


@dataclass(frozen=True, slots=True)
class Looked:
    """A search of a viewer reached the store, at a moment of its process's clock."""

    viewer: str
    at: float
    leases: frozenset[tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class Shown:
    """A viewer got an answer. `began`: how long the log was when it was asked; `clock_at`: what the
    asked process thought the time was."""

    viewer: str
    began: int
    asked_at: float
    clock_at: float
    answered_at: float
    request: OfferRequest
    sights: tuple[Sight, ...]


@dataclass(frozen=True, slots=True)
class Repriced:
    """A viewer was told the price of now of a hold; as `Shown`."""

    viewer: str
    began: int
    asked_at: float
    clock_at: float
    answered_at: float
    sights: tuple[Sight, ...]


@dataclass(frozen=True, slots=True)
class Reread:
    """An offer was asked for again; `found` None: there is no such offer, "gone": it expired. The
    two moments of the process's clock, before and after."""

    offer_id: str
    asked_at: float
    answered_at: float
    found: Offer | str | None


@dataclass(frozen=True, slots=True)
class SeatsShown:
    """The seat map of an offer: what each seat costs, by the id of its service."""

    offer_id: str
    at: float
    prices: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Did:
    """The store did or refused a call; `asked` are its arguments."""

    call: str
    at: float
    asked: tuple[Any, ...]
    outcome: object
    once: Once | None = None
    answer: StoredAnswer | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A use case refused a call of a buyer before the store was asked."""

    call: str
    outcome: object
    is_well_meant: bool


@dataclass(frozen=True, slots=True)
class Flies:
    """An airline flies a leg (None: not any more) with so many seats, leaving at that minute;
    `limits` of its booking classes. Those who had bought it are told, once for each order."""

    leg: LegKey
    cabin: Cabin
    seats: int
    departs_min: int | None
    limits: tuple[tuple[str, int], ...] = ()
    told: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Accepted:
    """A buyer accepted what an airline changed."""

    order_id: str


@dataclass(frozen=True, slots=True)
class SeatRow:
    """Who has a seat, and until when (None: for good)."""

    order_id: str
    passenger_id: str
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Stands:
    """What the store holds: rows as they are, overdue holds still as held."""

    at: float
    orders: Sequence[Order]
    counters: Mapping[tuple[LegKey, Cabin], LegCabin]
    seats: Mapping[tuple[LegKey, str], SeatRow]
    balances: Mapping[tuple[str, str], int]
    payments: Sequence[Payment]


@dataclass(frozen=True, slots=True)
class Over:
    """The world has ended: every hold ran out long ago and was swept."""

    orders: Sequence[Order]
    counters: Mapping[tuple[LegKey, Cabin], LegCabin]


Entry = (
    Priced
    | Ignored
    | Looked
    | Shown
    | Repriced
    | Reread
    | SeatsShown
    | Did
    | Refused
    | Flies
    | Accepted
    | Stands
    | Over
)


class Log:
    """The entries, and who listens to which kind."""

    def __init__(self, *, keep: bool = False) -> None:
        self.length = 0
        self.entries: list[Entry] = []
        self._keep = keep
        self._listeners: dict[type, list[Callable[[Any, int], None]]] = defaultdict(list)

    def listen(self, kind: type, listener: Callable[[Any, int], None]) -> None:
        """Call with each entry of the kind and its number."""
        self._listeners[kind].append(listener)

    def add(self, entry: Entry) -> None:
        """Write it down; raises `Broken`."""
        self.length += 1
        if self._keep:
            self.entries.append(entry)
        for listener in self._listeners[type(entry)]:
            listener(entry, self.length)
