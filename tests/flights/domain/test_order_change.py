from dataclasses import replace
from datetime import date, timedelta

import pytest

from holdfast.flights.domain.fare import Price
from holdfast.flights.domain.money import Money
from holdfast.flights.domain.offer import Offer, SoldSegment
from holdfast.flights.domain.order import Order, OrderState, SeatChoice
from holdfast.flights.domain.order_change import (
    AddedSlice,
    NoChange,
    absorbed,
    change_offers,
    changed,
    given_up,
    is_made_for,
    taken,
    why_not,
)
from tests.support.sold_trips import ADULT, NOW, TERMS, leg, offer, order, sold_segment, travellers

ADDED = (AddedSlice("FRA", "LHR", date(2026, 12, 4)),)
LATER = leg().departing_at + timedelta(days=3)


def _priced(part: SoldSegment, total: int, supplier: int | None = None) -> SoldSegment:
    """The segment at another price for everybody."""
    fares = tuple(
        replace(fare, price=Price(total, 0), supplier_total=total if supplier is None else supplier)
        for fare in part.fares
    )
    return replace(part, fares=fares)


def _found(
    total: int = 9080, *, number: int = 119, supplier: int | None = None, index: int = 7
) -> Offer:
    """An offer of another flight, three days later."""
    part = sold_segment(leg(number, departing_at=LATER))
    party = travellers(ADULT, ADULT)
    return offer(_priced(part, total, supplier), party=party, index=index)


def _booked() -> Order:
    """There and back for two."""
    back = sold_segment(leg(118, "LHR", "FRA", departing_at=LATER + timedelta(days=9)))
    return order(offer(sold_segment(), back, party=travellers(ADULT, ADULT)))


def _out(booked: Order) -> list[str]:
    return [booked.offer.slices[0].id]


def test_a_change_keeps_the_rest_in_the_order_of_time() -> None:
    booked = _booked()
    (change,) = change_offers(booked, _out(booked), [_found()], request_id="ocr_1")
    assert [one.origin for one in change.offer.slices] == ["FRA", "LHR"]
    assert change.offer.slices[1] == booked.offer.slices[1]
    assert change.offer.slices[0] == _found().slices[0]
    assert change.offer.id == booked.offer.id
    assert change.offer.travellers == booked.offer.travellers
    assert change.removed == booked.offer.slices[:1]
    assert change.expires_at == _found().expires_at


@pytest.mark.parametrize(
    ("total", "more"), [(9080, 10_000), (10_080, 12_000), (5000, 10_000), (0, 10_000)]
)
def test_what_is_paid_is_the_penalty_and_a_difference_that_is_never_negative(
    total: int, more: int
) -> None:
    booked = _booked()
    (change,) = change_offers(booked, _out(booked), [_found(total)], request_id="ocr_1")
    assert change.penalty == Money(10_000, "EUR")
    assert change.more == Money(more, "EUR")
    assert change.new_total == booked.total + change.more
    assert change.offer.total.minor == 2 * total + 2 * 9080


def test_what_goes_and_what_comes_is_told_leg_by_leg() -> None:
    booked = _booked()
    (change,) = change_offers(booked, _out(booked), [_found(supplier=10_000)], request_id="ocr_1")
    assert [(need.leg, need.seats) for need in given_up(change)] == [(leg().key, 2)]
    assert [(need.leg.number, need.seats) for need in taken(change)] == [(119, 2)]
    assert absorbed(change) == 2 * 920


def test_offers_that_change_nothing_or_belong_elsewhere_are_left_out() -> None:
    booked = _booked()
    same = offer(sold_segment(), party=travellers(ADULT, ADULT))
    pounds = replace(_found(), total=Money(1, "GBP"))
    elsewhere = replace(_found(), carrier="LH")
    assert change_offers(booked, _out(booked), [same, pounds, elsewhere], request_id="x") == ()


def test_ids_follow_from_the_request_and_the_offer() -> None:
    booked = _booked()
    (first,) = change_offers(booked, _out(booked), [_found()], request_id="ocr_1")
    (again,) = change_offers(booked, _out(booked), [_found()], request_id="ocr_1")
    (other,) = change_offers(booked, _out(booked), [_found()], request_id="ocr_2")
    assert first == again
    assert {first.id, first.change_id}.isdisjoint({other.id, other.change_id})


def test_the_order_afterwards_has_paid_more_and_lost_the_seats_on_what_went() -> None:
    booked = _booked()
    seats = tuple(
        SeatChoice("ase", sold.id, "pas", (), "20A", Money(0, "EUR"))
        for one in booked.offer.slices
        for sold in one.segments
    )
    booked = replace(booked, seats=seats)
    (change,) = change_offers(booked, _out(booked), [_found()], request_id="ocr_1")
    after = changed(booked, change, NOW)
    assert after.seats == seats[1:]
    assert (after.total, after.paid) == (change.new_total, change.new_total.minor)
    assert after.offer == change.offer
    assert (after.id, after.reference, after.passengers) == (
        booked.id,
        booked.reference,
        booked.passengers,
    )


def test_a_paid_order_with_a_flexible_fare_can_be_changed() -> None:
    booked = _booked()
    assert why_not(booked, _out(booked), ADDED, NOW) is None


def test_why_an_order_cannot_be_changed() -> None:
    booked = _booked()
    fixed = order(offer(sold_segment(terms=replace(TERMS, changeable=False))))
    reasons = {
        NoChange.UNPAID: (order(offer(), OrderState.HELD), None, ADDED, NOW),
        NoChange.OVER: (order(offer(), OrderState.CANCELLED), None, ADDED, NOW),
        NoChange.UNKNOWN_SLICE: (booked, ["sli_x"], ADDED, NOW),
        NoChange.UNEVEN: (booked, None, ADDED * 2, NOW),
        NoChange.FIXED: (fixed, None, ADDED, NOW),
        NoChange.DEPARTED: (booked, None, ADDED, NOW + timedelta(days=5)),
    }
    for reason, (one, removed, added, now) in reasons.items():
        gone = _out(one) if removed is None else removed
        assert why_not(one, gone, added, now) is reason
    assert why_not(booked, [], ADDED, NOW) is NoChange.UNKNOWN_SLICE


def test_a_change_is_made_for_an_order_that_still_flies_what_it_flew() -> None:
    booked = _booked()
    (one,) = change_offers(booked, _out(booked), [_found()], request_id="ocr_1")
    (other,) = change_offers(booked, _out(booked), [_found(index=8)], request_id="ocr_2")
    moved = changed(booked, one, NOW)
    found = [_found(number=121, index=8)]
    (more,) = change_offers(moved, [one.added[0].id], found, request_id="ocr_3")
    made_for = [[is_made_for(it, this) for this in (one, other, more)] for it in (booked, moved)]
    assert made_for == [[True, True, False], [False, False, True]]
