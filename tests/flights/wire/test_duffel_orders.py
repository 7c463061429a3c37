from dataclasses import replace

import msgspec

from holdfast.flights.domain.fare import PassengerType
from holdfast.flights.domain.money import Money
from holdfast.flights.domain.order import Cancellation, OrderState, PaymentType
from holdfast.flights.domain.seat_map import choices, seat_map, seatings
from holdfast.flights.wire.duffel_orders import available_actions, order_shape, ticket_number
from tests.support.little_atlas import little_names
from tests.support.sold_trips import NOW, TERMS, offer, order, sold_segment, travellers

ADULT, INFANT = PassengerType.ADULT, PassengerType.INFANT


def test_a_paid_order_has_tickets_and_awaits_nothing() -> None:
    shape = order_shape(little_names(), order(offer(party=travellers(ADULT, INFANT))))
    assert not shape.payment_status.awaiting_payment
    assert shape.payment_status.paid_at == "2026-11-26T12:00:00.250000Z"
    assert [one.type for one in shape.documents] == ["electronic_ticket"] * 2
    assert all(
        len(one.unique_identifier) == 13 and one.unique_identifier.isdigit()
        for one in shape.documents
    )
    assert len({one.unique_identifier for one in shape.documents}) == 2
    assert len(shape.booking_reference) == 6
    assert (shape.type, shape.content) == ("instant", "managed")


def test_ticket_numbers_are_the_same_for_ever() -> None:
    assert ticket_number("ord_1", "pas_1") == ticket_number("ord_1", "pas_1")
    assert ticket_number("ord_1", "pas_1") != ticket_number("ord_1", "pas_2")


def test_a_held_order_tells_both_its_clocks_and_has_no_ticket() -> None:
    shape = order_shape(little_names(), order(offer(), OrderState.HELD))
    assert shape.type == "hold"
    assert shape.payment_status.awaiting_payment
    assert shape.payment_status.payment_required_by == "2026-11-27T12:00:00.250000Z"
    assert shape.payment_status.price_guarantee_expires_at == "2026-11-27T12:00:00.250000Z"
    assert shape.documents == []


def test_a_hold_that_was_paid_stays_a_hold_without_clocks() -> None:
    held = order(offer(), OrderState.HELD)
    shape = order_shape(little_names(), replace(held, state=OrderState.PAID, paid_at=NOW))
    assert shape.type == "hold"
    assert shape.payment_status.payment_required_by is None


def test_a_hold_that_ended_reads_as_cancelled_then() -> None:
    held = order(offer(), OrderState.HELD)
    shape = order_shape(little_names(), replace(held, state=OrderState.EXPIRED))
    assert shape.cancelled_at == "2026-11-27T12:00:00.250000Z"
    assert not shape.payment_status.awaiting_payment
    assert shape.available_actions == []


def test_a_cancelled_order_tells_when_and_what_came_back() -> None:
    cancelled = order(offer(), OrderState.CANCELLED)
    quote = Cancellation(
        "ore_1", cancelled.id, False, Money(1, "EUR"), NOW, NOW, NOW, 1, PaymentType.BALANCE
    )
    shape = order_shape(little_names(), cancelled, cancellation=quote)
    assert shape.cancelled_at is not None
    assert shape.cancellation is not None
    assert shape.cancellation.id == "ore_1"
    assert order_shape(little_names(), cancelled).cancellation is None


def test_what_may_be_done_follows_terms_and_state() -> None:
    assert available_actions(order(offer())) == ["cancel", "change", "update"]
    assert available_actions(order(offer(), OrderState.HELD)) == ["cancel", "update"]
    fixed = offer(sold_segment(terms=replace(TERMS, changeable=False)))
    assert available_actions(order(fixed)) == ["cancel", "update"]
    assert available_actions(order(fixed, OrderState.CANCELLED)) == []


def test_seats_are_services_and_part_of_the_total() -> None:
    sold = offer()
    asked = next(seatings(sold.id, sold, {}))
    wanted = seat_map(asked).seats["20A"].services[0].id
    seat = replace(choices(asked, [wanted])[wanted], price=Money(1200, "EUR"), tier="standard")
    booked = replace(order(sold), seats=(seat,), total=sold.total + seat.price)
    shape = order_shape(little_names(), booked)
    (service,) = shape.services
    assert service.id.startswith("ser_")
    assert (service.type, service.quantity, service.total_amount) == ("seat", 1, "12.00")
    assert service.metadata.designator == "20A"
    assert (shape.total_amount, shape.base_amount, shape.tax_amount) == ("102.80", "92.00", "10.80")
    told = msgspec.to_builtins(shape)
    assert told["slices"][0]["segments"][0]["passengers"][0]["seat"]["name"] == "Standard"


def test_passengers_are_told_as_booked() -> None:
    told = msgspec.to_builtins(order_shape(little_names(), order(offer())))
    (who,) = told["passengers"]
    assert who["born_on"] == "1990-01-02"
    assert who["infant_passenger_id"] is None
