from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import msgspec
import pytest

from holdfast.flights.domain.fare import PassengerType
from holdfast.flights.domain.money import Money
from holdfast.flights.domain.offer import Offer
from holdfast.flights.domain.order import Passenger, PaymentType
from holdfast.flights.wire.duffel_order_asks import (
    DuplicateName,
    OrderBody,
    OrderPassengerBody,
    OrderUpdateBody,
    PaymentBody,
    ServiceBody,
    WrongOrderType,
    check_metadata,
    check_payment,
    check_seats,
    check_services,
    check_type,
    metadata_of,
    passengers_of,
    selected_offer,
)
from holdfast.flights.wire.duffel_texts import Missing, Unfit
from tests.support.sold_trips import TERMS, offer, sold_segment, travellers

ADULT, CHILD, INFANT = PassengerType.ADULT, PassengerType.CHILD, PassengerType.INFANT
TODAY = date(2026, 11, 26)
PAYMENT = {"type": "balance", "amount": "90.80", "currency": "EUR"}


def _person(id_: str, **changes: object) -> dict[str, object]:
    return {
        "id": id_,
        "title": "ms",
        "given_name": "Ada",
        "family_name": "Stone",
        "gender": "f",
        "born_on": "1990-01-02",
        "email": "ada@example.org",
        "phone_number": "+442080160509",
        **changes,
    }


def _people(sold: Offer, **changes: Mapping[str, object]) -> list[dict[str, object]]:
    """One for each traveller; `p0={...}` changes the first."""
    return [
        _person(who.id, **{"family_name": "Stone" + "abcd"[index], **changes.get(f"p{index}", {})})
        for index, who in enumerate(sold.travellers)
    ]


def _booked(sold: Offer, people: list[dict[str, object]]) -> tuple[Passenger, ...]:
    return passengers_of(msgspec.convert(people, list[OrderPassengerBody]), sold, today=TODAY)


def _body(**changes: object) -> OrderBody:
    return msgspec.convert(
        {"selected_offers": ["off_1"], "passengers": [], "payments": [PAYMENT], **changes},
        OrderBody,
    )


def test_exactly_one_offer_is_selected() -> None:
    assert selected_offer(_body()) == "off_1"
    for selected in ([], ["off_1", "off_2"]):
        with pytest.raises(Unfit) as caught:
            selected_offer(_body(selected_offers=selected))
        assert caught.value.pointer == "/selected_offers"


def test_an_instant_order_has_exactly_one_payment() -> None:
    check_type(_body(), offer())
    with pytest.raises(Missing):
        check_type(_body(payments=[]), offer())
    with pytest.raises(Missing):
        check_type(_body(payments=None), offer())
    with pytest.raises(Unfit, match="one payment"):
        check_type(_body(payments=[PAYMENT, PAYMENT]), offer())


@pytest.mark.parametrize("kind", ["hold", "pay_later"])
def test_a_hold_is_for_offers_that_can_be_held_and_paid_later(kind: str) -> None:
    check_type(_body(type=kind, payments=None), offer())
    with pytest.raises(Unfit) as caught:
        check_type(_body(type=kind), offer())
    assert caught.value.pointer == "/payments"
    instant = offer(sold_segment(terms=replace(TERMS, hold_space_h=0)))
    with pytest.raises(WrongOrderType):
        check_type(_body(type=kind, payments=None), instant)


@pytest.mark.parametrize(
    ("amount", "currency", "pointer"),
    [
        ("90.79", "EUR", "/payments/0/amount"),
        ("90.81", "EUR", "/payments/0/amount"),
        ("-90.80", "EUR", "/payments/0/amount"),
        ("90,80", "EUR", "/payments/0/amount"),
        ("90.80", "GBP", "/payments/0/currency"),
    ],
)
def test_a_payment_is_what_is_due_in_its_currency(amount: str, currency: str, pointer: str) -> None:
    with pytest.raises(Unfit) as caught:
        check_payment(
            PaymentBody(PaymentType.BALANCE, amount, currency), Money(9080, "EUR"), "/payments/0"
        )
    assert caught.value.pointer == pointer


def test_a_payment_may_leave_zeros_out() -> None:
    check_payment(PaymentBody(PaymentType.BALANCE, "90.8", "EUR"), Money(9080, "EUR"), "/payment")


def test_passengers_come_in_the_order_of_the_offer() -> None:
    sold = offer(party=travellers(ADULT, CHILD))
    first, second = _booked(sold, _people(sold)[::-1])
    assert (first.id, second.id) == (sold.travellers[0].id, sold.travellers[1].id)
    assert (first.type, second.type) == (ADULT, CHILD)
    assert first.born_on == date(1990, 1, 2)


def test_passengers_are_those_of_the_offer_each_once() -> None:
    sold = offer(party=travellers(ADULT, ADULT))
    people = _people(sold)
    for wrong in (people[:1], [*people, people[0]], [people[0], _person("pas_other")], []):
        with pytest.raises(Unfit) as caught:
            _booked(sold, wrong)
        assert caught.value.pointer == "/passengers"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("given_name", ""),
        ("given_name", "A" * 21),
        ("family_name", "Stone1"),
        ("family_name", "Æsir"),
        ("born_on", "2026-11-27"),
        ("born_on", "1899-12-31"),
    ],
)
def test_names_and_birthdays_are_checked_with_their_pointer(field: str, value: str) -> None:
    sold = offer()
    with pytest.raises(Unfit) as caught:
        _booked(sold, _people(sold, p0={field: value}))
    assert (caught.value.field, caught.value.pointer) == (field, f"/passengers/0/{field}")


def test_two_passengers_cannot_have_one_name_in_any_case() -> None:
    sold = offer(party=travellers(ADULT, ADULT))
    people = [
        _person(sold.travellers[0].id, family_name="Stone"),
        _person(sold.travellers[1].id, family_name="STONE", given_name="ada"),
    ]
    with pytest.raises(DuplicateName) as caught:
        _booked(sold, people)
    assert caught.value.pointer == "/passengers/1"


def test_every_infant_is_on_the_lap_of_one_adult() -> None:
    sold = offer(party=travellers(ADULT, ADULT, CHILD, INFANT))
    adult, other, child, infant = (who.id for who in sold.travellers)
    lap = {"infant_passenger_id": infant}
    assert _booked(sold, _people(sold, p0=lap))[0].infant_id == infant
    with pytest.raises(Missing):
        _booked(sold, _people(sold))
    wrong: list[dict[str, Mapping[str, object]]] = [
        {"p0": lap, "p1": lap},
        {"p2": lap},
        {"p0": {"infant_passenger_id": other}},
    ]
    for laps in wrong:
        with pytest.raises(Unfit) as caught:
            _booked(sold, _people(sold, **laps))
        assert caught.value.field == "infant_passenger_id"
    assert len({adult, other, child, infant}) == 4


def test_a_service_is_there_once() -> None:
    check_services([ServiceBody("ase_1"), ServiceBody("ase_2")])
    with pytest.raises(Unfit, match="2 times"):
        check_services([ServiceBody("ase_1"), ServiceBody("ase_1")])


def test_a_passenger_has_one_seat_on_a_segment_and_a_seat_one_passenger() -> None:
    check_seats([("seg_1", "pas_1", "12A"), ("seg_1", "pas_2", "12B"), ("seg_2", "pas_1", "12A")])
    with pytest.raises(Unfit, match="one seat on each"):
        check_seats([("seg_1", "pas_1", "12A"), ("seg_1", "pas_1", "12B")])
    with pytest.raises(Unfit, match="one passenger only"):
        check_seats([("seg_1", "pas_1", "12A"), ("seg_1", "pas_2", "12A")])


def test_metadata_has_few_short_keys_and_values() -> None:
    check_metadata(None)
    check_metadata({f"key{number}": "v" * 500 for number in range(50)})
    for wrong in (
        {f"key{number}": "" for number in range(51)},
        {"k" * 41: "v"},
        {"": "v"},
        {"k": "v" * 501},
    ):
        with pytest.raises(Unfit) as caught:
            check_metadata(wrong)
        assert caught.value.pointer == "/metadata"


def test_metadata_comes_bare_or_inside_options() -> None:
    def found(told: object) -> Mapping[str, str]:
        return metadata_of(msgspec.convert(told, OrderUpdateBody))

    assert found({"metadata": {"a": "1"}}) == {"a": "1"}
    assert found({"metadata": {}}) == {}
    assert found({"options": {"metadata": {"a": "1"}}}) == {"a": "1"}
    nothing: tuple[dict[str, object], ...] = ({}, {"options": {}})
    for missing in nothing:
        with pytest.raises(Missing):
            found(missing)
    with pytest.raises(Unfit) as caught:
        found({"options": {"metadata": {"": "v"}}})
    assert caught.value.pointer == "/options/metadata"
