from datetime import date

import pytest

from holdfast.flights.domain.flight import LegKey
from holdfast.flights.domain.money import Money
from holdfast.flights.entrypoints.http.faults import ApiFault, Source
from holdfast.flights.entrypoints.refusals import Refusal, fitting, refused, wrong_state
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

LEG = LegKey("BA", 117, "", date(2026, 12, 1), "FRA", "LHR")
EUR = Money(100, "EUR")


@pytest.mark.parametrize(
    ("refusal", "kind", "code"),
    [
        (None, "invalid_request_error", "not_found"),
        (KeyReused(), "validation_error", "invalid_data_param"),
        (OfferExpired(), "airline_error", "offer_no_longer_available"),
        (SoldOut(LEG, "Y", 1), "airline_error", "offer_no_longer_available"),
        (SeatTaken(LEG, "12A"), "airline_error", "ancillary_service_not_available"),
        (AlreadyBooked("ord_1"), "airline_error", "duplicate_booking"),
        (BalanceTooLow(EUR), "invalid_state_error", "insufficient_balance"),
        (AmountDiffers(EUR), "validation_error", "invalid_data_param"),
        (TooManyHolds(4), "invalid_state_error", "too_many_holds"),
        (WrongState("cancelled"), "invalid_state_error", "already_cancelled"),
        (WrongState("paid"), "invalid_state_error", "already_paid"),
        (WrongState("held_past_price"), "invalid_state_error", "price_changed"),
        (WrongState("price_holds"), "invalid_state_error", "price_guaranteed"),
        (WrongState("of_another_kind"), "invalid_request_error", "unsupported_action"),
    ],
)
def test_what_was_refused_has_the_type_and_code_that_clients_know(
    refusal: Refusal | None, kind: str, code: str
) -> None:
    fault = refused(refusal, airline="BA")
    assert (fault.type, fault.code) == (kind, code)
    assert fault.status == (404 if refusal is None else 422)
    if kind == "airline_error":
        assert fault.source == "BA"


def test_sold_out_names_the_class_and_what_is_left_and_never_the_price() -> None:
    fault = refused(SoldOut(LEG, "Y", 1), airline="BA")
    assert fault.title == "Sold out"
    assert "class Y" in fault.message
    assert "1 seats left" in fault.message
    assert "price" not in fault.message


def test_an_amount_that_differs_names_what_is_due_and_where() -> None:
    fault = refused(AmountDiffers(EUR), due="/payments/0/amount")
    assert fault.source == Source("amount", "/payments/0/amount")
    assert "1.00 EUR" in fault.message


def test_states_are_told_in_words() -> None:
    assert "re accommodated" in wrong_state("re_accommodated").message


@pytest.mark.parametrize(
    ("unfit", "code"),
    [
        (Unfit("name", "/p/0/name", "No."), "invalid_data_param"),
        (Missing("type", "/p/0/type"), "validation_required"),
        (DuplicateName("passengers", "/p/1", "No."), "duplicate_passenger_name"),
        (WrongOrderType("type", "/type", "No."), "invalid_order_create_type"),
    ],
)
def test_what_does_not_fit_becomes_an_error_with_its_pointer(unfit: Unfit, code: str) -> None:
    with pytest.raises(ApiFault) as caught, fitting():
        raise unfit
    assert caught.value.code == code
    assert isinstance(caught.value.source, Source)
    assert caught.value.source.pointer == unfit.pointer


def test_what_fits_is_let_through() -> None:
    with fitting():
        pass
