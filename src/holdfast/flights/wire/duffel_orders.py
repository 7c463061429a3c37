"""The law of orders in the API: how an order stands, from what was bought and what happened to it.

PURE. A paid order has a ticket for each passenger. What may still be done with it is told by
`available_actions`, as its terms and state allow.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date

from msgspec import Struct

from holdfast.flights.domain.fare import PassengerType
from holdfast.flights.domain.ids import derive
from holdfast.flights.domain.order import Cancellation, Order, OrderState, Passenger, SeatChoice
from holdfast.flights.wire.duffel_airline_changes import AirlineChangeShape
from holdfast.flights.wire.duffel_offers import LoyaltyAccountShape, account_shapes
from holdfast.flights.wire.duffel_payments import CancellationShape, cancellation_shape
from holdfast.flights.wire.duffel_places import AirlineShape, Names
from holdfast.flights.wire.duffel_texts import moment, moment_or_none
from holdfast.flights.wire.duffel_trips import (
    ConditionsShape,
    SeatShape,
    SliceShape,
    offer_conditions,
    seat_shape,
    slice_shape,
)

TICKET_DIGITS = 10
"""Digits of a ticket number after the three of who issued it."""


class PaymentStatusShape(Struct, frozen=True):
    """Whether it is paid, and until when it can be."""

    awaiting_payment: bool
    payment_required_by: str | None
    price_guarantee_expires_at: str | None
    paid_at: str | None


class OrderPassengerShape(Struct, frozen=True):
    """Who flies."""

    id: str
    type: PassengerType
    title: str
    given_name: str
    family_name: str
    gender: str
    born_on: date
    email: str
    phone_number: str
    infant_passenger_id: str | None
    loyalty_programme_accounts: list[LoyaltyAccountShape]


class OrderServiceShape(Struct, frozen=True):
    """What was bought beside the flights: a seat."""

    id: str
    type: str
    quantity: int
    metadata: SeatShape
    passenger_ids: list[str]
    segment_ids: list[str]
    total_amount: str
    total_currency: str


class DocumentShape(Struct, frozen=True):
    """What was issued."""

    type: str
    unique_identifier: str
    passenger_ids: list[str]


class OrderShape(Struct, frozen=True):
    """An order."""

    id: str
    type: str
    live_mode: bool
    created_at: str
    synced_at: str
    cancelled_at: str | None
    booking_reference: str
    offer_id: str
    owner: AirlineShape
    content: str
    payment_status: PaymentStatusShape
    total_amount: str
    total_currency: str
    base_amount: str
    base_currency: str
    tax_amount: str
    tax_currency: str
    conditions: ConditionsShape
    available_actions: list[str]
    slices: list[SliceShape]
    passengers: list[OrderPassengerShape]
    services: list[OrderServiceShape]
    documents: list[DocumentShape]
    airline_initiated_changes: list[AirlineChangeShape]
    cancellation: CancellationShape | None
    metadata: Mapping[str, str]


def order_shape(
    names: Names,
    order: Order,
    *,
    changes: Sequence[AirlineChangeShape] = (),
    cancellation: Cancellation | None = None,
) -> OrderShape:
    """An order with what the airline changed and how it was given back, where it was."""
    offer = order.offer
    base = order.total - offer.tax
    was_held = order.hold_until is not None
    lapsed_at = order.hold_until if order.state is OrderState.EXPIRED else None
    return OrderShape(
        id=order.id,
        type="hold" if was_held else "instant",
        live_mode=order.live_mode,
        created_at=moment(order.created_at),
        synced_at=moment(order.synced_at),
        cancelled_at=moment_or_none(order.cancelled_at or lapsed_at),
        booking_reference=order.reference,
        offer_id=offer.id,
        owner=names.airline(offer.carrier),
        content="managed",
        payment_status=_payment_status(order),
        total_amount=order.total.text,
        total_currency=order.total.currency,
        base_amount=base.text,
        base_currency=base.currency,
        tax_amount=offer.tax.text,
        tax_currency=offer.tax.currency,
        conditions=offer_conditions(offer),
        available_actions=available_actions(order),
        slices=[slice_shape(names, one, offer, order.seats) for one in offer.slices],
        passengers=[_passenger(who) for who in order.passengers],
        services=[_service(order, seat) for seat in order.seats],
        documents=_documents(order),
        airline_initiated_changes=list(changes),
        cancellation=cancellation_shape(cancellation) if cancellation else None,
        metadata=order.metadata,
    )


def available_actions(order: Order) -> list[str]:
    """What may be done with the order now."""
    if order.state in (OrderState.CANCELLED, OrderState.EXPIRED):
        return []
    changeable = all(sold.terms.changeable for one in order.offer.slices for sold in one.segments)
    is_paid = order.state is OrderState.PAID
    return ["cancel", *(["change"] if is_paid and changeable else []), "update"]


def ticket_number(order_id: str, passenger_id: str) -> str:
    """The number of a passenger's ticket: 13 digits, the same for ever."""
    digest = hashlib.blake2b(f"{order_id}\0{passenger_id}".encode(), digest_size=8).digest()
    digits = int.from_bytes(digest, "big") % 10 ** (TICKET_DIGITS + 3)
    return f"{digits:0{TICKET_DIGITS + 3}d}"


def _payment_status(order: Order) -> PaymentStatusShape:
    is_open = order.state is OrderState.HELD
    return PaymentStatusShape(
        awaiting_payment=is_open,
        payment_required_by=moment_or_none(order.hold_until) if is_open else None,
        price_guarantee_expires_at=moment_or_none(order.price_until) if is_open else None,
        paid_at=moment_or_none(order.paid_at),
    )


def _passenger(who: Passenger) -> OrderPassengerShape:
    return OrderPassengerShape(
        id=who.id,
        type=who.type,
        title=who.title,
        given_name=who.given_name,
        family_name=who.family_name,
        gender=who.gender,
        born_on=who.born_on,
        email=who.email,
        phone_number=who.phone_number,
        infant_passenger_id=who.infant_id,
        loyalty_programme_accounts=account_shapes(who.accounts),
    )


def _service(order: Order, seat: SeatChoice) -> OrderServiceShape:
    return OrderServiceShape(
        id=derive("ser", order.id, seat.service_id),
        type="seat",
        quantity=1,
        metadata=seat_shape(seat),
        passenger_ids=[seat.passenger_id],
        segment_ids=[seat.segment_id],
        total_amount=seat.price.text,
        total_currency=seat.price.currency,
    )


def _documents(order: Order) -> list[DocumentShape]:
    """Tickets, from the moment it is paid; a cancelled order keeps what was issued."""
    if order.paid_at is None:
        return []
    return [
        DocumentShape("electronic_ticket", ticket_number(order.id, who.id), [who.id])
        for who in order.passengers
    ]
