"""The write side of booking. Every method is one transaction: it happens whole or not at all.

Expected outcomes are values. `once` is the caller's idempotency key: with it, the effect and
`answer` (the HTTP status and body that tell of it) are stored together, and a second call with the
same key has no effect and gets `Replayed`. A refusal has no effect and keeps no answer. Offers,
holds and quotes are judged by the store's clock.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from holdfast.flights.domain.flight import LegKey
from holdfast.flights.domain.money import Money
from holdfast.flights.domain.order import Cancellation, NewOrder, Order, Payment, SeatChoice
from holdfast.flights.service.ports.access import Once, StoredAnswer

MAX_SEATS_OF_ORDER = 200
"""Seats times legs of one order: 9 travellers on 20 legs and some."""
MAX_SWEPT = 500
"""Overdue holds that one sweep frees: a bounded transaction, the next sweep takes the rest."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """The key was used before for the same request: this is what was answered."""

    answer: StoredAnswer


@dataclass(frozen=True, slots=True)
class KeyReused:
    """The key was used before for another request."""


@dataclass(frozen=True, slots=True)
class SoldOut:
    """Fewer seats are left than needed; `left` of the class on that leg (never negative)."""

    leg: LegKey
    booking_class: str
    left: int


@dataclass(frozen=True, slots=True)
class SeatTaken:
    """Somebody else has the seat, or it is not on this aircraft any more."""

    leg: LegKey
    designator: str


@dataclass(frozen=True, slots=True)
class OfferExpired:
    """The price lock (or the time to pay a hold) ended before the order came, or the airline moved
    the flight since the offer was made: it is not that flight any more."""


@dataclass(frozen=True, slots=True)
class AlreadyBooked:
    """The offer was taken before, by this order."""

    order_id: str


@dataclass(frozen=True, slots=True)
class TooManyHolds:
    """The buyer holds `most` orders unpaid, which is as many as are allowed."""

    most: int


@dataclass(frozen=True, slots=True)
class BalanceTooLow:
    """The owner's balance (with what it may be overdrawn) does not cover it."""

    balance: Money


@dataclass(frozen=True, slots=True)
class WrongState:
    """The order does not stand so that this can be done; `why` in a word: cancelled, paid, expired
    (a hold), unpaid, held_past_price, price_holds (it need not be asked for anew), departed,
    quote_expired, changed (more was paid since the quote, or it is not what was priced), seated
    (the passenger has a seat there)."""

    why: str


@dataclass(frozen=True, slots=True)
class AmountDiffers:
    """Another amount is due."""

    due: Money


@dataclass(frozen=True, slots=True)
class Answering:
    """An idempotency key and what is to be stored with it: see the module."""

    once: Once
    answer: StoredAnswer


Refused = Replayed | KeyReused
PlaceOutcome = (
    Order
    | Refused
    | SoldOut
    | SeatTaken
    | OfferExpired
    | AlreadyBooked
    | BalanceTooLow
    | TooManyHolds
)
PayOutcome = Payment | Refused | WrongState | AmountDiffers | BalanceTooLow | None
QuoteOutcome = Cancellation | Refused | WrongState | None
SeatOutcome = Order | Refused | SeatTaken | WrongState | AmountDiffers | BalanceTooLow | None


class Bookings(Protocol):
    """Orders and their inventory. None: no such order of this owner."""

    async def place(self, order: NewOrder, answering: Answering | None = None) -> PlaceOutcome:
        """Take the seats of all legs, or nothing; paid at once or held. However many
        come at once, holds stay within `hold_limits`."""

    async def pay(
        self, payment: Payment, owner: str, answering: Answering | None = None
    ) -> PayOutcome:
        """Pay a held order in full, before its hold and its price guarantee end."""

    async def quote_cancellation(
        self, quote: Cancellation, owner: str, answering: Answering | None = None
    ) -> QuoteOutcome:
        """Keep a refund quote. `refund` was computed by the caller from the order it read, and
        `paid` is what that order had paid: `changed` if it is not so any more."""

    async def confirm_cancellation(
        self, cancellation_id: str, owner: str, at: datetime, answering: Answering | None = None
    ) -> QuoteOutcome:
        """Give the seats and the money back; the quote must not have expired. `at` is what becomes
        `confirmed_at`. Confirming again is the same confirmation, told again."""

    async def add_seats(
        self,
        order_id: str,
        owner: str,
        seats: Sequence[SeatChoice],
        *,
        payment: Payment | None,
        answering: Answering | None = None,
    ) -> SeatOutcome:
        """Take seats for an order that stands; all or none. A paid order pays for them now, a held
        one (no `payment`) with the rest."""

    async def update_metadata(
        self, order_id: str, owner: str, metadata: Mapping[str, str]
    ) -> Order | None:
        """Replace what the owner has noted on an order."""

    async def order(self, order_id: str, owner: str) -> Order | None:
        """An order as it stands now: an overdue hold reads as expired."""

    async def cancellation(self, cancellation_id: str, owner: str) -> Cancellation | None:
        """A cancellation."""

    async def taken_seats(self, legs: Sequence[LegKey]) -> dict[LegKey, frozenset[str]]:
        """Designators that are sold or validly held on these legs, read from the leader."""

    async def expire(self, limit: int = MAX_SWEPT) -> int:
        """Sweep overdue holds: free their seats; returns how many orders."""

    async def now(self) -> datetime:
        """The store's clock."""
