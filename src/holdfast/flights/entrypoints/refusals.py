"""What a use case or a check refused, as the error that clients of the API know for it."""

from collections.abc import Iterator
from contextlib import contextmanager

from holdfast.flights.domain.repricing import FareGone
from holdfast.flights.entrypoints.http.faults import (
    ApiFault,
    already_cancelled,
    ancillary_service_not_available,
    duplicate_booking,
    duplicate_passenger_name,
    insufficient_balance,
    invalid_field,
    invalid_order_create_type,
    invalid_state,
    key_reused,
    not_found,
    offer_no_longer_available,
    unsupported_action,
    validation_required,
)
from holdfast.flights.service.ports.bookings import (
    AlreadyBooked,
    AmountDiffers,
    BalanceTooLow,
    KeyReused,
    OfferExpired,
    SeatTaken,
    SoldOut,
    TooManyHolds,
    WrongState,
)
from holdfast.flights.wire.duffel_order_asks import DuplicateName, WrongOrderType
from holdfast.flights.wire.duffel_texts import Missing, Unfit

Refusal = (
    KeyReused
    | SoldOut
    | SeatTaken
    | OfferExpired
    | AlreadyBooked
    | BalanceTooLow
    | TooManyHolds
    | WrongState
    | AmountDiffers
)
_STATES = {
    "paid": ("already_paid", "Already paid", "The order is paid."),
    "expired": ("past_payment_required_by_date", "Hold ended", "The order's hold has ended."),
    "unpaid": ("payment_required", "Not paid", "The order is not paid."),
    "held_past_price": (
        "price_changed",
        "Price guarantee ended",
        "The price guarantee has ended, the seats are still held: ask for the price of now with"
        " POST /air/orders/{id}/actions/reprice, then pay that.",
    ),
    "price_holds": (
        "price_guaranteed",
        "Price guaranteed",
        "The order's price is guaranteed until `price_guarantee_expires_at`: pay its total.",
    ),
    "departed": ("schedule_passed", "Departed", "The first flight has left."),
    "quote_expired": ("order_cancellation_expired", "Quote expired", "Ask for a new quote."),
    "changed": ("order_changed", "Order changed", "The order has changed: ask for a new quote."),
    "seated": ("seat_already_chosen", "Seat chosen", "The passenger has a seat on this segment."),
}


@contextmanager
def fitting() -> Iterator[None]:
    """Around checks of a request: what does not fit becomes an `ApiFault`."""
    try:
        yield
    except Unfit as unfit:
        raise fault_of_unfit(unfit) from None


def fault_of_unfit(unfit: Unfit) -> ApiFault:
    """The error for a field that does not fit."""
    match unfit:
        case Missing():
            return validation_required(unfit.field, unfit.pointer)
        case DuplicateName():
            return duplicate_passenger_name(unfit.pointer)
        case WrongOrderType():
            return invalid_order_create_type(unfit.message)
        case _:
            return invalid_field(unfit.field, unfit.message, unfit.pointer)


def refused(refusal: Refusal | None, *, airline: str | None = None, due: str = "") -> ApiFault:
    """The error for what a booking refused; None: there is no such thing of this owner. `due` is
    the pointer of the amount in the request."""
    match refusal:
        case None:
            return not_found()
        case KeyReused():
            return key_reused()
        case OfferExpired():
            return offer_no_longer_available(airline)
        case SoldOut():
            return sold_out(refusal, airline)
        case SeatTaken():
            message = f"Seat {refusal.designator} is taken: choose another one."
            return ancillary_service_not_available(message, airline)
        case AlreadyBooked():
            message = f"This offer was booked before, as order {refusal.order_id}."
            return duplicate_booking(message, airline)
        case BalanceTooLow():
            return insufficient_balance()
        case TooManyHolds():
            message = (
                f"{refusal.most} orders are held unpaid, and no more may be: pay or cancel one of"
                " them, or pay this one at once."
            )
            return invalid_state("too_many_holds", "Too many unpaid holds", message)
        case AmountDiffers():
            message = f"The amount must be {refusal.due.text} {refusal.due.currency}."
            return invalid_field("amount", message, due or "/payment/amount")
        case WrongState():
            return wrong_state(refusal.why)


def wrong_state(why: str) -> ApiFault:
    """The error for an order that stands otherwise; `why` is the port's word."""
    if why == "cancelled":
        return already_cancelled()
    if why in _STATES:
        return invalid_state(*_STATES[why])
    return unsupported_action(f"This cannot be done with the order: {why.replace('_', ' ')}.")


def fare_gone(gone: FareGone) -> ApiFault:
    """The error for a held order whose fare is not sold any more, so that it has no price of now:
    what to do instead."""
    number = f"{gone.segment.marketing.carrier}{gone.segment.marketing.number}"
    message = (
        f"{number} is not sold in {gone.brand}, class {gone.booking_class}, any more: cancel the"
        " order (that costs nothing) and search anew."
    )
    fault = offer_no_longer_available(gone.segment.marketing.carrier)
    return ApiFault(fault.status, fault.type, fault.code, "Fare gone", message, source=fault.source)


def sold_out(refusal: SoldOut, airline: str | None) -> ApiFault:
    """The error for seats that somebody else bought: the reason is inventory, never the price."""
    message = (
        f"Sold out: class {refusal.booking_class} of {refusal.leg} has {refusal.left} seats left. "
        "Search again."
    )
    fault = offer_no_longer_available(airline)
    return ApiFault(fault.status, fault.type, fault.code, "Sold out", message, source=fault.source)
