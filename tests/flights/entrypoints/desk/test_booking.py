"""From an offer to an order: who flies, where they sit, what is paid and what comes back."""

from datetime import date
from typing import Any

import pytest

from holdfast.errors import Mistake
from holdfast.flights.entrypoints.desk.booking import (
    Booking,
    Person,
    book,
    cancel,
    pay,
    reprice,
    show_cancellation,
    show_order,
    standing,
)
from tests.flights.entrypoints.desk.answers import Answers
from tests.flights.entrypoints.desk.test_searching import segment

TODAY = date(2026, 11, 26)
OFFER = {
    "id": "off_1",
    "total_amount": "136.90",
    "total_currency": "EUR",
    "passengers": [
        {"id": "pas_1", "type": "adult"},
        {"id": "pas_2", "type": "child"},
        {"id": "pas_3", "type": "infant_without_seat"},
    ],
}


def order(**told: Any) -> dict[str, Any]:
    flown = {**segment("ZZ100", "FRA", "LHR"), "passengers": [{"seat": {"designator": "12A"}}]}
    return {
        "id": "ord_1",
        "booking_reference": "RZPNX8",
        "total_amount": "136.90",
        "total_currency": "EUR",
        "created_at": "2026-11-26T19:00:00.000000Z",
        "cancelled_at": None,
        "payment_status": {
            "awaiting_payment": False,
            "payment_required_by": None,
            "price_guarantee_expires_at": None,
        },
        "slices": [{"segments": [flown]}],
        "passengers": [
            {"given_name": "Mira", "family_name": "Ceti", "type": "adult", "born_on": "1990-05-17"}
        ],
        **told,
    }


def shop(**more: Any) -> Answers:
    return Answers(
        {
            "GET /air/offers/off_1": {"data": OFFER},
            "POST /air/orders": {"data": order()},
            "GET /air/orders/ord_1": {"data": order()},
            **more,
        }
    )


def seat_map(*seats: tuple[str, list[dict[str, str]]]) -> dict[str, Any]:
    elements: list[dict[str, Any]] = [{"type": "lavatory"}]
    elements += [{"type": "seat", "designator": d, "available_services": s} for d, s in seats]
    return {"data": [{"cabins": [{"rows": [{"sections": [{"elements": elements}]}]}]}]}


def test_the_price_of_now_is_asked_of_the_order_itself() -> None:
    dearer = order(total_amount="151.00")
    answers = shop(**{"POST /air/orders/ord_1/actions/reprice": {"data": dearer}})
    assert reprice(answers.api(), "ord_1") == dearer


def test_an_instant_order_is_paid_in_full_from_the_balance() -> None:
    answers = shop()
    book(answers.api(), Booking("off_1"), TODAY)
    sent = answers.body()
    assert sent["type"] == "instant"
    assert sent["selected_offers"] == ["off_1"]
    assert sent["payments"] == [{"type": "balance", "amount": "136.90", "currency": "EUR"}]
    assert "services" not in sent


def test_a_hold_is_not_paid() -> None:
    answers = shop()
    book(answers.api(), Booking("off_1", hold=True), TODAY)
    assert answers.body()["type"] == "hold"
    assert "payments" not in answers.body()


def test_stars_stand_in_for_whoever_is_not_named_at_an_age_that_fits() -> None:
    answers = shop()
    named = Person("Ada", "Lovelace", date(1985, 12, 10))
    book(answers.api(), Booking("off_1", people=(named,)), TODAY)
    first, child, infant = answers.body()["passengers"]
    assert (first["given_name"], first["born_on"]) == ("Ada", "1985-12-10")
    assert first["infant_passenger_id"] == "pas_3"
    assert child["given_name"] == "Bellatrix"
    assert 2 <= 2026 - int(child["born_on"][:4]) < 12
    assert infant["born_on"] == "2025-11-01"
    assert all(who["email"] and who["phone_number"] for who in (first, child, infant))


def test_more_people_than_the_offer_is_for_are_a_mistake() -> None:
    people = (Person("Mira", "Ceti", date(1990, 1, 1)),) * 4
    with pytest.raises(Mistake, match="for 3, 4 were named"):
        book(shop().api(), Booking("off_1", people=people), TODAY)


def test_seats_are_found_on_the_map_and_paid_with_the_flight() -> None:
    service = {"id": "ase_1", "passenger_id": "pas_1", "total_amount": "12.00"}
    answers = shop(**{"GET /air/seat_maps": seat_map(("12A", [service]))})
    book(answers.api(), Booking("off_1", seats=("12a",)), TODAY)
    assert answers.body()["services"] == [{"id": "ase_1", "quantity": 1}]
    assert answers.body()["payments"][0]["amount"] == "148.90"


@pytest.mark.parametrize(("seat", "why"), [("12A", "cannot be had"), ("99Z", "not on this")])
def test_a_seat_that_is_taken_or_not_there_is_a_mistake(seat: str, why: str) -> None:
    answers = shop(**{"GET /air/seat_maps": seat_map(("12A", []))})
    with pytest.raises(Mistake, match=why):
        book(answers.api(), Booking("off_1", seats=(seat,)), TODAY)


def test_without_a_seat_map_no_seat_can_be_chosen() -> None:
    answers = shop(**{"GET /air/seat_maps": {"data": []}})
    with pytest.raises(Mistake, match="no seat map"):
        book(answers.api(), Booking("off_1", seats=("1A",)), TODAY)


def test_amounts_without_places_are_added_without_places() -> None:
    service = {"id": "ase_1", "passenger_id": "pas_1", "total_amount": "1200"}
    yen = {**OFFER, "total_amount": "30000", "total_currency": "JPY"}
    answers = shop(
        **{
            "GET /air/offers/off_1": {"data": yen},
            "GET /air/seat_maps": seat_map(("12A", [service])),
        }
    )
    book(answers.api(), Booking("off_1", seats=("12A",)), TODAY)
    assert answers.body()["payments"][0]["amount"] == "31200"


def test_a_hold_is_paid_with_what_the_order_says() -> None:
    answers = shop(**{"POST /air/payments": {"data": {"id": "pay_1"}}})
    assert pay(answers.api(), "ord_1") == {"id": "pay_1"}
    paid = {"type": "balance", "amount": "136.90", "currency": "EUR"}
    assert answers.body() == {"order_id": "ord_1", "payment": paid}


QUOTE = {
    "id": "ore_1",
    "order_id": "ord_1",
    "refund_amount": "100.00",
    "refund_currency": "EUR",
    "refund_to": "balance",
    "confirmed_at": None,
    "expires_at": "2026-11-26T20:00:00.000000Z",
}


def test_a_cancellation_is_asked_for_then_confirmed() -> None:
    done = {**QUOTE, "confirmed_at": "2026-11-26T19:10:00.000000Z"}
    answers = shop(
        **{
            "POST /air/order_cancellations": {"data": QUOTE},
            "POST /air/order_cancellations/ore_1/actions/confirm": {"data": done},
        }
    )
    said: list[str] = []
    show_cancellation(cancel(answers.api(), "ord_1"), said.append)
    assert said == ["ord_1 is cancelled; 100.00 EUR go back to balance"]
    assert len(answers.asked) == 2


def test_a_quote_alone_changes_nothing() -> None:
    answers = shop(**{"POST /air/order_cancellations": {"data": QUOTE}})
    said: list[str] = []
    show_cancellation(cancel(answers.api(), "ord_1", only_quote=True), said.append)
    assert said == ["100.00 EUR would go back, if confirmed before 2026-11-26 20:00 UTC"]
    assert len(answers.asked) == 1


def test_an_order_is_shown_with_flights_seats_and_people() -> None:
    said: list[str] = []
    show_order(order(), said.append)
    assert said[0] == "RZPNX8  ord_1"
    assert said[1] == "paid, 136.90 EUR, booked 2026-11-26 19:00 UTC"
    assert "ZZ100" in said[3]
    assert "12A" in said[3]
    assert "Mira Ceti, adult, 1990-05-17" in said[4]


def test_a_seat_that_was_not_chosen_is_a_dash() -> None:
    made = order()
    made["slices"][0]["segments"][0]["passengers"] = [{"seat": None}]
    said: list[str] = []
    show_order(made, said.append)
    assert said[3].endswith("-")


def test_how_an_order_stands_is_said_in_words() -> None:
    status = {
        "awaiting_payment": True,
        "payment_required_by": "2026-11-29T19:00:00Z",
        "price_guarantee_expires_at": None,
    }
    assert standing(order(payment_status=status)) == (
        "held: to be paid by 2026-11-29 19:00 UTC, price guaranteed until -"
    )
    assert standing(order(cancelled_at="2026-11-26T19:05:00Z")) == "cancelled 2026-11-26 19:05"
