"""What an airline files as a price: a fare for one product on one market and its travel dates.

A filed fare stands for the fare keys F of the price rule, one for each departure date of its
period: (airline, flight, date, board and off point, cabin, class, passenger type, currency). All
dates of a filed fare share one price, so they share one state (`price_rule`).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from holdfast.flights.domain.schedule import Period


class Cabin(StrEnum):
    """Cabins, as the API names them."""

    FIRST = "first"
    BUSINESS = "business"
    PREMIUM_ECONOMY = "premium_economy"
    ECONOMY = "economy"

    __hash__ = str.__hash__  # ten times faster than an enum's own, and it is in every fare key


CABIN_LETTERS = {
    "F": Cabin.FIRST,
    "C": Cabin.BUSINESS,
    "J": Cabin.BUSINESS,
    "W": Cabin.PREMIUM_ECONOMY,
    "Y": Cabin.ECONOMY,
}
"""The letters of an aircraft configuration."""


class PassengerType(StrEnum):
    """Whom a fare is for. An infant without a seat takes none."""

    ADULT = "adult"
    CHILD = "child"
    INFANT = "infant_without_seat"

    __hash__ = str.__hash__


@dataclass(frozen=True, slots=True)
class Price:
    """What one passenger pays for one fare, in minor units: `total`, of which `tax`.

    Lower means a lower total; two prices are equal if both parts are.
    """

    total: int
    tax: int = 0

    def __lt__(self, other: "Price") -> bool:
        return self.total < other.total

    @property
    def base(self) -> int:
        return self.total - self.tax


class FareKey(NamedTuple):
    """The identity of a filed fare. `number` None: any flight of `carrier` between the points.

    `basis` is the fare basis code; `booking_class` one letter (RBD); `period` the departure dates
    of the segment it is good for. Two filed fares of the same product never share a date. (A tuple:
    a delivery has a million of them, and each is looked up.)
    """

    carrier: str
    number: int | None
    board: str
    off: str
    cabin: Cabin
    booking_class: str
    basis: str
    passenger_type: PassengerType
    currency: str
    period: Period

    def product(self) -> "Product":
        """All but the dates: what must not be filed twice for one date."""
        return self[:-1]


Product = tuple[str, int | None, str, str, Cabin, str, str, PassengerType, str]
"""A fare key without its period."""


@dataclass(frozen=True, slots=True)
class FareTerms:
    """What a fare includes. Penalties are minor units of the fare's currency for each passenger;
    None with `changeable`/`refundable` False. `hold_space_h` and `hold_price_h`: for how many hours
    a hold keeps seats and price (0: no hold, instant payment only)."""

    brand: str
    changeable: bool = False
    change_penalty: int | None = None
    refundable: bool = False
    refund_penalty: int | None = None
    checked_bags: int = 0
    carry_on_bags: int = 1
    seat_included: bool = False
    hold_space_h: int = 0
    hold_price_h: int = 0


@dataclass(frozen=True, slots=True)
class FiledFare:
    """One record of a fares feed: what, under which terms, for how much."""

    key: FareKey
    terms: FareTerms
    price: Price


@dataclass(frozen=True, slots=True)
class PublishedFare:
    """A filed fare as readers see it: its id in the store, terms, and the price rule's state.

    Its effective price is `price_rule.read(state, now)`.
    """

    id: int
    key: FareKey
    terms: FareTerms
    state: "PriceState"


@dataclass(frozen=True, slots=True)
class PriceState:
    """The state of the price rule (flights-rules, section 2.3). Times are seconds since 1970.

    `p`: published price and `p_since`, when it last changed; `s`: the supplier's newest accepted
    price, when it came (`s_at`) and with which delivery sequence (`s_seq`).
    """

    p: Price
    p_since: float
    s: Price
    s_at: float
    s_seq: int


@dataclass(frozen=True, slots=True)
class Rise:
    """The last rise of a published price: what it was before, and since when it is no more."""

    before: Price
    at: float


@dataclass(frozen=True, slots=True)
class ClassLimits:
    """Nested authorisation limits of one cabin of a flight's leg on the dates of `period`.

    `limits`: booking classes from the most expensive to the cheapest with the seats each may sell,
    non-increasing: class k is sellable while sold in k and below stays under its limit. `capacity`
    overrides the configuration's seats; `overbooking` is authorised beyond it (default 0).
    """

    carrier: str
    number: int
    board: str
    off: str
    cabin: Cabin
    period: Period
    limits: tuple[tuple[str, int], ...]
    capacity: int | None = None
    overbooking: int = 0


@dataclass(frozen=True, slots=True)
class SeatTier:
    """A price tier of seats: rows (and columns) of an airline's aircraft configuration.

    `rows` are inclusive, `columns` empty means all. `disclosures` must be confirmed by the
    passenger (exit rows). Priced by the same rule as fares.
    """

    carrier: str
    aircraft: str
    cabin: Cabin
    tier: str
    name: str
    first_row: int
    last_row: int
    columns: str
    currency: str
    price: Price
    disclosures: tuple[str, ...] = ()

    def key(self) -> "TierKey":
        """The identity of a tier."""
        return (
            self.carrier,
            self.aircraft,
            self.cabin,
            self.tier,
            self.first_row,
            self.last_row,
            self.columns,
        )


TierKey = tuple[str, str, Cabin, str, int, int, str]
