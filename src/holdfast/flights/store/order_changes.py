"""`OrderChanges` on PostgreSQL: documents as MessagePack, and one function that does a change."""

from dataclasses import replace

import msgspec

from holdfast.flights.domain.money import Money
from holdfast.flights.domain.order import LegNeed, Order
from holdfast.flights.domain.order_change import (
    ChangeOffer,
    ChangeRequest,
    OrderChange,
    absorbed,
    changed,
    given_up,
    taken,
)
from holdfast.flights.service.ports.access import StoredAnswer
from holdfast.flights.service.ports.bookings import (
    Answering,
    BalanceTooLow,
    KeyReused,
    OfferExpired,
    Replayed,
    SoldOut,
    WrongState,
)
from holdfast.flights.service.ports.order_changes import ChangeOutcome, Confirming
from holdfast.flights.store.order_rows import (
    choice_bytes,
    departures_of,
    document_of,
    is_document_of,
    key_columns,
    leg_of,
    leg_text,
)
from holdfast.flights.store.statements import queries
from holdfast.platform.data.database import Database, Row
from holdfast.platform.data.failures import Conflict

SQL = queries("order_changes")
ORDER = queries("bookings").order
TRIES = 8
"""As bookings': each time somebody else got what it wanted."""
MAX_SWEPT = 2000
"""Requests that one sweep forgets."""
_pack = msgspec.msgpack.Encoder().encode
_unpack_request = msgspec.msgpack.Decoder(ChangeRequest).decode
_unpack_change = msgspec.msgpack.Decoder(OrderChange).decode


class PostgresOrderChanges:
    """See `OrderChanges`. `database` is the leader's door."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep_request(self, request: ChangeRequest) -> None:
        """See `OrderChanges.keep_request`."""
        async with self._database.transaction() as tx:
            await tx.execute(
                SQL.keep_request,
                request.id,
                request.owner,
                request.order_id,
                _pack(request),
                request.created_at,
            )
            await tx.execute(SQL.keep_offers, [one.id for one in request.offers], request.id)

    async def request(self, request_id: str, owner: str) -> ChangeRequest | None:
        """See `OrderChanges.request`."""
        document = await self._database.fetchval(SQL.request, request_id, owner)
        return None if document is None else _unpack_request(document)

    async def offer(self, offer_id: str, owner: str) -> tuple[ChangeOffer, bool] | None:
        """See `OrderChanges.offer`."""
        document = await self._database.fetchval(SQL.request_of_offer, offer_id, owner)
        if document is None:
            return None
        request = _unpack_request(document)
        found = next(one for one in request.offers if one.id == offer_id)
        return found, request.live_mode

    async def keep_change(self, change: OrderChange) -> OrderChange:
        """See `OrderChanges.keep_change`."""
        await self._database.execute(
            SQL.keep_change,
            change.id,
            change.owner,
            change.offer.order_id,
            _pack(change),
            change.created_at,
            change.offer.expires_at,
        )
        return await self.change(change.id, change.owner) or change

    async def change(self, change_id: str, owner: str) -> OrderChange | None:
        """See `OrderChanges.change`."""
        row = await self._database.fetchrow(SQL.change, change_id, owner)
        if row is None:
            return None
        return replace(_unpack_change(row["document"]), confirmed_at=row["confirmed_at"])

    async def confirm(
        self, confirming: Confirming, answering: Answering | None = None
    ) -> ChangeOutcome:
        """See `OrderChanges.confirm`."""
        values = _values(confirming, await self._was(confirming.order), answering)
        row = await self._asked(values)
        change = confirming.change
        match row["what"]:
            case "changed":
                return replace(change, confirmed_at=confirming.at)
            case "confirmed":
                return await self.change(change.id, change.owner)
        return _refusal(row, confirming.payment.amount.currency)

    async def sweep(self, older_than_s: float) -> int:
        """See `OrderChanges.sweep`."""
        return await self._database.execute(SQL.sweep_requests, older_than_s, MAX_SWEPT)

    async def _was(self, order: Order) -> bytes:
        """The order's document as it is stored, if it says what was read of the order: its bytes
        may be an older version's."""
        row = await self._database.fetchrow(ORDER, order.id, order.owner)
        if row is not None and is_document_of(row["document"], order.offer, order.passengers):
            stored: bytes = row["document"]
            return stored
        return document_of(order.offer, order.passengers)

    async def _asked(self, values: tuple[object, ...]) -> Row:
        for _ in range(TRIES - 1):
            try:
                return await self._once(values)
            except Conflict:
                continue
        return await self._once(values)

    async def _once(self, values: tuple[object, ...]) -> Row:
        row = await self._database.fetchrow(SQL.change_order, *values)
        assert row is not None, "a function of one outcome gives one row"
        return row


def _values(confirming: Confirming, was: bytes, answering: Answering | None) -> tuple[object, ...]:
    """The parameters of `change_order`, in its order."""
    offer, order, payment = confirming.change.offer, confirming.order, confirming.payment
    after = changed(order, offer, confirming.at)
    needs = taken(offer)
    departures = departures_of(offer.found)
    return (
        confirming.change.id,
        order.id,
        order.owner,
        was,
        document_of(after.offer, after.passengers),
        [choice_bytes(choice) for choice in after.seats],
        sum(len(choice.legs) for choice in after.seats),
        payment.amount.minor,
        payment.amount.currency,
        absorbed(offer),
        payment.id,
        payment.type.value,
        *_columns(given_up(offer)),
        *_columns(needs),
        [departures.get(need.leg) for need in needs],
        confirming.at,
        *key_columns(answering),
    )


def _columns(needs: tuple[LegNeed, ...]) -> tuple[list[str], list[str], list[str], list[int]]:
    return (
        [leg_text(need.leg) for need in needs],
        [need.cabin.value for need in needs],
        [need.booking_class for need in needs],
        [need.seats for need in needs],
    )


def _refusal(row: Row, currency: str) -> ChangeOutcome:
    """What the function refused."""
    match row["what"]:
        case "unknown":
            return None
        case "replayed":
            return Replayed(StoredAnswer(row["number"], row["body"]))
        case "key_reused":
            return KeyReused()
        case "wrong_state":
            return WrongState(row["name"])
        case "balance_too_low":
            return BalanceTooLow(Money(row["number"] or 0, currency))
        case "sold_out":
            return SoldOut(leg_of(row["leg"]), row["name"], row["number"])
        case "offer_expired":
            return OfferExpired()
        case what:
            raise AssertionError(f"{what!r} is no outcome")
