"""The law of changes that buyers ask for, in the API: requests, offers for them, and what is done.

PURE. Amounts say what is paid for the change, the penalty in it, and what the order costs then.
"""

from collections.abc import Callable
from datetime import date
from typing import Annotated

from msgspec import Meta, Struct

from holdfast.flights.domain.fare import Cabin
from holdfast.flights.domain.offer import SoldSlice
from holdfast.flights.domain.order_change import (
    AddedSlice,
    ChangeOffer,
    ChangeRequest,
    OrderChange,
)
from holdfast.flights.wire.duffel_order_asks import Id, PaymentBody
from holdfast.flights.wire.duffel_places import AirportShape, Names, PlaceShape
from holdfast.flights.wire.duffel_search_asks import MAX_SLICES, PlaceCode
from holdfast.flights.wire.duffel_texts import moment, moment_or_none
from holdfast.flights.wire.duffel_trips import SliceShape, slice_shape

REFUND_TO = "original_form_of_payment"
"""Where a difference would go back to; changes here never return any."""
PAYMENT_TYPES = ("balance", "arc_bsp_cash")


class AddBody(Struct, frozen=True):
    """A direction that is wanted instead."""

    origin: PlaceCode
    destination: PlaceCode
    departure_date: date
    cabin_class: Cabin | None = None


class RemoveBody(Struct, frozen=True):
    """A slice that is to go."""

    slice_id: Id


class ChangeSlicesBody(Struct, frozen=True):
    """What goes and what comes."""

    add: Annotated[list[AddBody], Meta(min_length=1, max_length=MAX_SLICES)]
    remove: Annotated[list[RemoveBody], Meta(min_length=1, max_length=MAX_SLICES)]


class ChangeRequestBody(Struct, frozen=True):
    """A change that is asked for."""

    order_id: Id
    slices: ChangeSlicesBody


class ChooseBody(Struct, frozen=True):
    """The offer that is chosen."""

    selected_order_change_offer: Id


class ConfirmBody(Struct, frozen=True):
    """What is paid for the change."""

    payment: PaymentBody | None = None


class ChangeSlicesShape(Struct, frozen=True):
    """Slices that come and slices that go."""

    add: list[SliceShape]
    remove: list[SliceShape]


class ChangeOfferShape(Struct, frozen=True):
    """What an order could become."""

    id: str
    order_change_id: str
    live_mode: bool
    created_at: str
    updated_at: str
    expires_at: str
    change_total_amount: str
    change_total_currency: str
    new_total_amount: str
    new_total_currency: str
    penalty_amount: str
    penalty_currency: str
    slices: ChangeSlicesShape
    refund_to: str = REFUND_TO


class AskedAddShape(Struct, frozen=True):
    """A direction that was asked for instead."""

    origin: AirportShape | PlaceShape
    destination: AirportShape | PlaceShape
    departure_date: date
    cabin_class: Cabin | None


class AskedRemoveShape(Struct, frozen=True):
    """A slice that was to go."""

    slice_id: str


class AskedSlicesShape(Struct, frozen=True):
    """What was asked for."""

    add: list[AskedAddShape]
    remove: list[AskedRemoveShape]


class ChangeRequestShape(Struct, frozen=True):
    """A change that was asked for, with what was found."""

    id: str
    live_mode: bool
    order_id: str
    created_at: str
    updated_at: str
    slices: AskedSlicesShape
    order_change_offers: list[ChangeOfferShape]


class OrderChangeShape(Struct, frozen=True):
    """A change that was chosen; in effect once `confirmed_at` says so."""

    id: str
    live_mode: bool
    order_id: str
    created_at: str
    expires_at: str
    confirmed_at: str | None
    change_total_amount: str
    change_total_currency: str
    new_total_amount: str
    new_total_currency: str
    penalty_total_amount: str
    penalty_total_currency: str
    slices: ChangeSlicesShape
    refund_to: str = REFUND_TO
    available_payment_types: tuple[str, ...] = PAYMENT_TYPES


def added_slices(
    body: ChangeRequestBody, code_of: Callable[[str], str | None]
) -> tuple[AddedSlice, ...]:
    """What is wanted instead; `code_of` as in `query_of`."""
    return tuple(
        AddedSlice(
            code_of(one.origin) or one.origin.upper(),
            code_of(one.destination) or one.destination.upper(),
            one.departure_date,
            one.cabin_class,
        )
        for one in body.slices.add
    )


def change_request_shape(names: Names, request: ChangeRequest) -> ChangeRequestShape:
    """A request with its offers."""
    at = moment(request.created_at)
    return ChangeRequestShape(
        id=request.id,
        live_mode=request.live_mode,
        order_id=request.order_id,
        created_at=at,
        updated_at=at,
        slices=AskedSlicesShape(
            add=[
                AskedAddShape(
                    names.place(one.origin),
                    names.place(one.destination),
                    one.departure_date,
                    one.cabin,
                )
                for one in request.added
            ],
            remove=[AskedRemoveShape(one) for one in request.removed],
        ),
        order_change_offers=[
            change_offer_shape(names, one, live_mode=request.live_mode) for one in request.offers
        ],
    )


def change_offer_shape(names: Names, offer: ChangeOffer, *, live_mode: bool) -> ChangeOfferShape:
    """An offer for a change."""
    at = moment(offer.created_at)
    return ChangeOfferShape(
        id=offer.id,
        order_change_id=offer.change_id,
        live_mode=live_mode,
        created_at=at,
        updated_at=at,
        expires_at=moment(offer.expires_at),
        change_total_amount=offer.more.text,
        change_total_currency=offer.more.currency,
        new_total_amount=offer.new_total.text,
        new_total_currency=offer.new_total.currency,
        penalty_amount=offer.penalty.text,
        penalty_currency=offer.penalty.currency,
        slices=_slices(names, offer),
    )


def order_change_shape(names: Names, change: OrderChange) -> OrderChangeShape:
    """A chosen change."""
    offer = change.offer
    return OrderChangeShape(
        id=change.id,
        live_mode=change.live_mode,
        order_id=offer.order_id,
        created_at=moment(change.created_at),
        expires_at=moment(offer.expires_at),
        confirmed_at=moment_or_none(change.confirmed_at),
        change_total_amount=offer.more.text,
        change_total_currency=offer.more.currency,
        new_total_amount=offer.new_total.text,
        new_total_currency=offer.new_total.currency,
        penalty_total_amount=offer.penalty.text,
        penalty_total_currency=offer.penalty.currency,
        slices=_slices(names, offer),
    )


def _slices(names: Names, offer: ChangeOffer) -> ChangeSlicesShape:
    def shapes(slices: tuple[SoldSlice, ...]) -> list[SliceShape]:
        return [slice_shape(names, one, offer.offer) for one in slices]

    return ChangeSlicesShape(add=shapes(offer.added), remove=shapes(offer.removed))
