"""Orders and their parts as rows: what is guarded or listed is a column, the rest is a document.

The document holds what was bought and by whom, as MessagePack: it changes only as a whole, with a
change of the order or a new price of a hold. Seats are added to an array of their own. Legs are
named by one text in all tables (`leg_text`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import msgspec

from holdfast.flights.domain.flight import LegKey
from holdfast.flights.domain.hold_limits import HoldLimit
from holdfast.flights.domain.money import Money
from holdfast.flights.domain.offer import Offer
from holdfast.flights.domain.order import (
    Cancellation,
    NewOrder,
    Order,
    OrderState,
    Passenger,
    Payment,
    PaymentType,
    SeatChoice,
    absorbed_by,
)
from holdfast.flights.service.ports.bookings import Answering
from holdfast.flights.service.ports.repricing import Repricing
from holdfast.platform.data.database import Row


@dataclass(frozen=True, slots=True)
class Bought:
    """What of an order never changes and nobody asks the database about."""

    offer: Offer
    passengers: tuple[Passenger, ...]


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_pack = msgspec.msgpack.Encoder().encode
_unpack_bought = msgspec.msgpack.Decoder(Bought).decode
_unpack_choice = msgspec.msgpack.Decoder(SeatChoice).decode
_json = msgspec.json.Encoder().encode
_unjson = msgspec.json.Decoder(dict[str, str]).decode


def leg_text(key: LegKey) -> str:
    """A leg's name in all tables: `BA/117//2026-12-01/LHR/JFK`."""
    day = key.flight_date.isoformat()
    return f"{key.carrier}/{key.number}/{key.suffix}/{day}/{key.board}/{key.off}"


def leg_of(text: str) -> LegKey:
    """The leg that `leg_text` named."""
    carrier, number, suffix, day, board, off = text.split("/")
    return LegKey(carrier, int(number), suffix, date.fromisoformat(day), board, off)


def document_of(offer: Offer, passengers: tuple[Passenger, ...]) -> bytes:
    """What was bought, for the column `document`."""
    return _pack(Bought(offer, passengers))


def is_document_of(document: bytes, offer: Offer, passengers: tuple[Passenger, ...]) -> bool:
    """Whether the document says this, whichever version wrote it."""
    return _unpack_bought(document) == Bought(offer, passengers)


def metadata_text(metadata: Mapping[str, str]) -> str:
    """Metadata as the driver takes JSON."""
    return _json(dict(metadata)).decode()


def choice_bytes(choice: SeatChoice) -> bytes:
    """One seat, for the column `choices`."""
    return _pack(choice)


def folded(name: str) -> str:
    """A name as it is compared: whatever its case and spaces."""
    return " ".join(name.casefold().split())


def names_of(passengers: tuple[Passenger, ...]) -> list[str]:
    """By what an order can be found: given, family and full names, in small letters."""
    found: dict[str, None] = {}
    for who in passengers:
        given, family = folded(who.given_name), folded(who.family_name)
        found |= dict.fromkeys((given, family, f"{given} {family}"))
    return list(found)


def seat_columns(seats: "tuple[SeatChoice, ...]") -> tuple[list[str], list[str], list[str]]:
    """Legs, designators and passengers of seat rows: one for each leg of each choice."""
    rows = [(leg_text(leg), one.designator, one.passenger_id) for one in seats for leg in one.legs]
    return [row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows]


def key_columns(answering: Answering | None) -> tuple[object, ...]:
    """Key, hash, status and body for the functions that keep them; NULLs without a key."""
    if answering is None:
        return (None, None, None, None)
    once, answer = answering.once, answering.answer
    return (once.key, once.request_hash, answer.status, answer.body)


def limit_columns(limits: tuple[HoldLimit, ...]) -> tuple[list[str], list[int]]:
    """Buyers, and how many unpaid holds each may have."""
    return [one.buyer for one in limits], [one.most for one in limits]


def departures_of(offer: Offer) -> dict[LegKey, datetime]:
    """When each leg leaves, UTC, as its own airline says; codeshares are left out."""
    return {
        leg.key: _EPOCH + timedelta(minutes=leg.departing_utc_min)
        for part in offer.slices
        for sold in part.segments
        if sold.segment.marketing == sold.segment.operating
        for leg in sold.segment.legs
    }


def place_values(order: NewOrder, answering: Answering | None) -> tuple[object, ...]:
    """The parameters of `place_order`, in its order."""
    needs = order.needs()
    departures = departures_of(order.offer)
    return (
        order.id,
        order.reference,
        order.owner,
        order.live_mode,
        order.offer.id,
        order.offer.carrier,
        order.offer.expires_at,
        order.created_at,
        order.hold_until,
        order.price_until,
        order.total.minor,
        order.total.currency,
        order.absorbed,
        order.payment_id,
        order.payment_type.value if order.payment else None,
        names_of(order.passengers),
        document_of(order.offer, order.passengers),
        [choice_bytes(choice) for choice in order.seats],
        metadata_text(order.metadata),
        [leg_text(need.leg) for need in needs],
        [need.cabin.value for need in needs],
        [need.booking_class for need in needs],
        [need.seats for need in needs],
        [departures.get(need.leg) for need in needs],
        *seat_columns(order.seats),
        *key_columns(answering),
    )


def reprice_values(repricing: Repricing) -> tuple[object, ...]:
    """The parameters of `reprice_order`, in its order, without the key."""
    read, order = repricing.read, repricing.order
    return (
        order.id,
        order.owner,
        len(read.seats),
        read.price_until,
        document_of(order.offer, order.passengers),
        [choice_bytes(choice) for choice in order.seats],
        order.total.minor,
        absorbed_by(order.offer),
        order.price_until,
        order.synced_at,
    )


def order_of(row: Row) -> Order:
    """An order as it stands; `is_overdue` tells that its hold has run out unswept."""
    bought = _unpack_bought(row["document"])
    return Order(
        id=row["id"],
        reference=row["reference"],
        owner=row["owner"],
        live_mode=row["live_mode"],
        state=OrderState.EXPIRED if row["is_overdue"] else OrderState(row["state"]),
        offer=bought.offer,
        passengers=bought.passengers,
        seats=tuple(map(_unpack_choice, row["choices"])),
        total=Money(row["total"], row["currency"]),
        created_at=row["created_at"],
        hold_until=row["hold_until"],
        price_until=row["price_until"],
        paid_at=row["paid_at"],
        cancelled_at=row["cancelled_at"],
        synced_at=row["synced_at"],
        payment_type=PaymentType(row["payment_type"]) if row["payment_type"] else None,
        metadata=_unjson(row["metadata"]),
        paid=row["paid"],
        refunded=row["refunded"],
    )


def cancellation_of(row: Row) -> Cancellation:
    """A cancellation from its row."""
    return Cancellation(
        id=row["id"],
        order_id=row["order_id"],
        live_mode=row["live_mode"],
        refund=Money(row["refund"], row["currency"]),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        confirmed_at=row["confirmed_at"],
        paid=row["paid"],
        refund_to=PaymentType(row["refund_to"]) if row["refund_to"] else None,
    )


def payment_of(row: Row) -> Payment:
    """A payment from its row."""
    return Payment(
        id=row["id"],
        order_id=row["order_id"],
        amount=Money(row["amount"], row["currency"]),
        created_at=row["created_at"],
        type=PaymentType(row["type"]),
    )


END_OF_TIME = datetime(9999, 1, 1, tzinfo=UTC)
"""Where orders without a time to pay stand in a list by that time; the SQL says the same."""
