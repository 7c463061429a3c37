"""`Bookings` on PostgreSQL: one call of one database function for everything that is written.

The functions (migrations/0006_booking.sql) look first without locks; what is taken away in between
fails as `Conflict` and is asked again, and then they say what stands. Overdue holds in the way of
a booking are swept first, in a transaction of their own, so that locks keep their order.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from holdfast.flights.domain.flight import LegKey
from holdfast.flights.domain.money import Money
from holdfast.flights.domain.order import Cancellation, NewOrder, Order, Payment, SeatChoice
from holdfast.flights.service.ports.access import StoredAnswer
from holdfast.flights.service.ports.bookings import (
    MAX_SWEPT,
    AlreadyBooked,
    AmountDiffers,
    Answering,
    BalanceTooLow,
    KeyReused,
    OfferExpired,
    PayOutcome,
    PlaceOutcome,
    QuoteOutcome,
    Refused,
    Replayed,
    SeatOutcome,
    SeatTaken,
    SoldOut,
    TooManyHolds,
    WrongState,
)
from holdfast.flights.service.ports.repricing import RepriceOutcome, Repricing
from holdfast.flights.store.order_rows import (
    cancellation_of,
    choice_bytes,
    key_columns,
    leg_of,
    leg_text,
    limit_columns,
    metadata_text,
    order_of,
    place_values,
    reprice_values,
    seat_columns,
)
from holdfast.flights.store.statements import queries
from holdfast.platform.data.database import Database, Row
from holdfast.platform.data.failures import Conflict
from holdfast.platform.data.queries import Statement

SQL = queries("bookings")
TRIES = 8
"""A call is asked so often when it meets others: each time somebody else got what it wanted, and
the next look tells it so; only a seat that is given back and taken again at once needs a third."""

Refusal = (
    Refused
    | WrongState
    | AmountDiffers
    | BalanceTooLow
    | SeatTaken
    | SoldOut
    | OfferExpired
    | AlreadyBooked
    | TooManyHolds
    | None
)


class PostgresBookings:
    """See `Bookings` and `Repricings`. `database` is the leader's door, with the schema first in
    its path."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def place(self, order: NewOrder, answering: Answering | None = None) -> PlaceOutcome:
        """See `Bookings.place`."""
        statement, values = SQL.place, place_values(order, answering)
        if order.hold_limits:
            statement, values = SQL.hold, (*limit_columns(order.hold_limits), *values)
        row = await self._call(statement, *values)
        if row["what"] == "overdue":
            await self._database.fetchval(SQL.expire, MAX_SWEPT, row["leg"])
            row = await self._call(statement, *values)
        match row["what"]:
            case "placed":
                return order.placed()
            case "overdue":  # held by a sweep that is not through yet: their seats are not free
                return _sold_out(row)
        refused = _refusal(row, order.total.currency)
        assert not isinstance(refused, WrongState | AmountDiffers | None)
        return refused

    async def pay(
        self, payment: Payment, owner: str, answering: Answering | None = None
    ) -> PayOutcome:
        """See `Bookings.pay`."""
        row = await self._call(
            SQL.pay,
            payment.id,
            payment.order_id,
            owner,
            payment.type.value,
            payment.amount.minor,
            payment.amount.currency,
            payment.created_at,
            *key_columns(answering),
        )
        if row["what"] == "paid":
            return payment
        refused = _refusal(row, payment.amount.currency)
        assert not isinstance(
            refused, SeatTaken | SoldOut | OfferExpired | AlreadyBooked | TooManyHolds
        )
        return refused

    async def reprice(
        self, repricing: Repricing, answering: Answering | None = None
    ) -> RepriceOutcome:
        """See `Repricings.reprice`."""
        order = repricing.order
        row = await self._call(SQL.reprice, *reprice_values(repricing), *key_columns(answering))
        if row["what"] == "repriced":
            return order
        refused = _refusal(row, order.total.currency)
        assert isinstance(refused, Replayed | KeyReused | WrongState | None)
        return refused

    async def quote_cancellation(
        self, quote: Cancellation, owner: str, answering: Answering | None = None
    ) -> QuoteOutcome:
        """See `Bookings.quote_cancellation`."""
        row = await self._call(
            SQL.quote_cancellation,
            quote.id,
            quote.order_id,
            owner,
            quote.refund.minor,
            quote.refund.currency,
            quote.refund_to.value if quote.refund_to else None,
            quote.paid,
            quote.created_at,
            quote.expires_at,
            *key_columns(answering),
        )
        return quote if row["what"] == "quoted" else _quote_refusal(row)

    async def confirm_cancellation(
        self, cancellation_id: str, owner: str, at: datetime, answering: Answering | None = None
    ) -> QuoteOutcome:
        """See `Bookings.confirm_cancellation`."""
        row = await self._call(
            SQL.confirm_cancellation, cancellation_id, owner, at, *key_columns(answering)
        )
        if row["what"] == "confirmed":
            return await self.cancellation(cancellation_id, owner)
        return _quote_refusal(row)

    async def add_seats(
        self,
        order_id: str,
        owner: str,
        seats: Sequence[SeatChoice],
        *,
        payment: Payment | None,
        answering: Answering | None = None,
    ) -> SeatOutcome:
        """See `Bookings.add_seats`."""
        price = sum(seat.price.minor for seat in seats)
        currency = seats[0].price.currency
        row = await self._call(
            SQL.add_seats,
            order_id,
            owner,
            price,
            currency,
            [choice_bytes(seat) for seat in seats],
            *seat_columns(tuple(seats)),
            payment.id if payment else None,
            payment.type.value if payment else None,
            payment.amount.minor if payment else None,
            payment.created_at if payment else await self.now(),
            *key_columns(answering),
        )
        if row["what"] == "added":
            return await self.order(order_id, owner)
        refused = _refusal(row, currency)
        assert not isinstance(refused, SoldOut | OfferExpired | AlreadyBooked | TooManyHolds)
        return refused

    async def update_metadata(
        self, order_id: str, owner: str, metadata: Mapping[str, str]
    ) -> Order | None:
        """See `Bookings.update_metadata`."""
        text = metadata_text(metadata)
        row = await self._database.fetchrow(SQL.update_metadata, order_id, owner, text)
        return None if row is None else order_of(row)

    async def order(self, order_id: str, owner: str) -> Order | None:
        """See `Bookings.order`."""
        row = await self._database.fetchrow(SQL.order, order_id, owner)
        return None if row is None else order_of(row)

    async def cancellation(self, cancellation_id: str, owner: str) -> Cancellation | None:
        """See `Bookings.cancellation`."""
        row = await self._database.fetchrow(SQL.cancellation, cancellation_id, owner)
        return None if row is None else cancellation_of(row)

    async def taken_seats(self, legs: Sequence[LegKey]) -> dict[LegKey, frozenset[str]]:
        """See `Bookings.taken_seats`."""
        found: dict[LegKey, set[str]] = {leg: set() for leg in legs}
        for row in await self._database.fetch(SQL.taken_seats, list(map(leg_text, legs))):
            found[leg_of(row["leg"])].add(row["designator"])
        return {leg: frozenset(seats) for leg, seats in found.items()}

    async def expire(self, limit: int = MAX_SWEPT) -> int:
        """See `Bookings.expire`."""
        swept: int = await self._database.fetchval(SQL.expire, limit, None)
        await self._database.execute(SQL.forget_holds, limit)
        return swept

    async def now(self) -> datetime:
        """See `Bookings.now`."""
        moment: datetime = await self._database.fetchval(SQL.now)
        return moment

    async def _call(self, statement: Statement, *values: object) -> Row:
        for _ in range(TRIES - 1):
            try:
                return await self._once(statement, values)
            except Conflict:
                continue
        return await self._once(statement, values)

    async def _once(self, statement: Statement, values: Sequence[object]) -> Row:
        row = await self._database.fetchrow(statement, *values)
        assert row is not None, "a function of one outcome gives one row"
        return row


def _sold_out(row: Row) -> SoldOut:
    return SoldOut(leg_of(row["leg"]), row["name"], row["number"])


def _quote_refusal(row: Row) -> QuoteOutcome:
    refused = _refusal(row, "")
    assert isinstance(refused, Replayed | KeyReused | WrongState | None)
    return refused


def _refusal(row: Row, currency: str) -> Refusal:
    """What `refuse` in the database said; `currency` is the caller's."""
    match row["what"]:
        case "unknown":
            return None
        case "replayed":
            return Replayed(StoredAnswer(row["number"], row["body"]))
        case "key_reused":
            return KeyReused()
        case "wrong_state":
            return WrongState(row["name"])
        case "amount_differs":
            return AmountDiffers(Money(row["number"], row["name"]))
        case "balance_too_low":
            return BalanceTooLow(Money(row["number"] or 0, currency))
        case "seat_taken":
            return SeatTaken(leg_of(row["leg"]), row["name"])
        case "sold_out":
            return _sold_out(row)
        case "offer_expired":
            return OfferExpired()
        case "too_many_holds":
            return TooManyHolds(row["number"])
        case "already_booked":
            return AlreadyBooked(row["name"])
        case what:
            raise AssertionError(f"{what!r} is no outcome")
