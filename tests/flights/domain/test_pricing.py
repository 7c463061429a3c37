"""Which filed fare a passenger pays, and that the parts sum to the total."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.flights.domain import pricing
from holdfast.flights.domain.fare import Cabin, FareTerms, Price
from holdfast.flights.domain.price_rule import RULE
from holdfast.flights.domain.pricing import (
    FareBook,
    Flown,
    choose,
    class_for_party,
    infant_price,
    total_of,
)
from holdfast.flights.domain.schedule import Period
from tests.flights.domain.fare_samples import (
    ADULT,
    CHILD,
    DAY,
    ECONOMY,
    INFANT,
    offered,
    published,
    quoted,
    sold,
)
from tests.support.price_world import START

FLOWN = Flown("ZZ", 117, "LHR", "JFK", DAY)


def test_a_fare_of_the_flight_wins_over_one_of_any_flight() -> None:
    any_flight, own = published(1, ECONOMY, 80), published(2, ECONOMY._replace(number=117), 100)
    book = FareBook([any_flight, own])
    assert book.price(FLOWN, [ADULT], START)[0].fares[0].fare_id == 2
    other = Flown("ZZ", 118, "LHR", "JFK", DAY)
    assert book.price(other, [ADULT], START)[0].fares[0].fare_id == 1


def test_equally_specific_fares_are_chosen_by_price_then_basis_then_id() -> None:
    dear, cheap = published(1, ECONOMY, 100), published(9, ECONOMY._replace(basis="ZOW"), 90)
    assert choose([dear, cheap], ADULT, START) is cheap
    same = published(2, ECONOMY._replace(basis="AOW"), 100)
    assert choose([dear, same], ADULT, START) is same
    twin = published(3, ECONOMY, 100)
    assert choose([twin, dear], ADULT, START) is dear
    assert choose([dear], CHILD, START) is None


def test_a_fare_is_only_good_on_its_dates_and_in_its_market() -> None:
    january = Period(date(2027, 1, 1), date(2027, 1, 31))
    assert (
        FareBook([published(1, ECONOMY._replace(period=january), 9)]).price(FLOWN, [ADULT], START)
        == []
    )
    assert (
        FareBook([published(1, ECONOMY._replace(off="EWR"), 9)]).price(FLOWN, [ADULT], START) == []
    )


def test_a_child_and_an_infant_pay_their_own_fares_where_there_are_some() -> None:
    book = FareBook(
        [
            published(1, ECONOMY, 100),
            published(2, ECONOMY._replace(passenger_type=CHILD, basis="YCH"), 75),
            published(3, ECONOMY._replace(passenger_type=INFANT, basis="YIN"), 12),
        ]
    )
    (priced,) = book.price(FLOWN, [ADULT, CHILD, INFANT], START)
    assert [(fare.fare_id, fare.basis, fare.price.total) for fare in priced.fares] == [
        (1, "YOW", 100),
        (2, "YCH", 75),
        (3, "YIN", 12),
    ]


def test_without_them_a_child_pays_as_an_adult_and_an_infant_a_tenth_rounded_down() -> None:
    book = FareBook([published(1, ECONOMY, 10_999, supplier=12_009)])
    (priced,) = book.price(FLOWN, [ADULT, CHILD, INFANT], START)
    adult, child, infant = priced.fares
    assert child.price == adult.price
    assert (child.passenger_type, child.fare_id) == (CHILD, 1)
    assert infant.price == Price(1099, 219)
    assert infant.supplier_total == 1200


@given(st.integers(0, 10**6), st.integers(0, 100))
def test_an_infants_tax_is_never_more_than_its_total(total: int, percent: int) -> None:
    price = infant_price(Price(total, total * percent // 100))
    assert 0 <= price.tax <= price.total <= total / 10


def test_classes_brands_and_cabins_are_offered_cheapest_first() -> None:
    flex = FareTerms("Flex", refundable=True)
    business = ECONOMY._replace(cabin=Cabin.BUSINESS, booking_class="J")
    book = FareBook(
        [
            published(1, business, 900),
            published(2, ECONOMY, 150, terms=flex),
            published(3, ECONOMY, 100),
            published(4, ECONOMY._replace(booking_class="M"), 80),
        ]
    )
    found = book.price(FLOWN, [ADULT], START)
    assert [(one.booking_class, one.terms.brand) for one in found] == [
        ("M", "Classic"),
        ("Y", "Classic"),
        ("Y", "Flex"),
        ("J", "Classic"),
    ]
    (only,) = book.price(FLOWN, [ADULT], START, cabin=Cabin.BUSINESS)
    assert only.currency == "EUR"
    assert book.price(FLOWN, [], START) == []


def test_a_rise_that_waits_is_paid_by_nobody_and_named_to_the_ledger() -> None:
    book = FareBook([published(1, ECONOMY, 100, supplier=120)])
    before, after = (
        book.price(FLOWN, [ADULT], START + wait)[0].fares[0] for wait in (0, RULE.dwell_s)
    )
    assert (before.price.total, before.supplier_total) == (100, 120)
    assert (after.price.total, after.supplier_total) == (120, 120)


def test_with_an_exhausted_budget_what_would_cost_us_is_not_sold_and_nothing_gets_dearer() -> None:
    fares = [
        published(1, ECONOMY._replace(number=117), 100, supplier=120),
        published(2, ECONOMY, 130),
        published(3, ECONOMY._replace(booking_class="M"), 80),
    ]
    book = FareBook(fares, exhausted=["EUR"])
    assert [one.booking_class for one in book.price(FLOWN, [ADULT], START)] == ["M"]
    later = book.price(FLOWN, [ADULT], START + RULE.dwell_s)
    assert [(one.booking_class, one.adult_total) for one in later] == [("M", 80), ("Y", 120)]


def test_a_party_is_priced_in_the_first_class_with_seats_for_all_of_it() -> None:
    book = FareBook(
        [
            published(1, ECONOMY, 100),
            published(2, ECONOMY, 140, terms=FareTerms("Flex")),
            published(3, ECONOMY._replace(booking_class="B"), 160),
        ]
    )
    priced = book.price(FLOWN, [ADULT], START)
    left = {(Cabin.ECONOMY, "Y"): 2, (Cabin.ECONOMY, "B"): 3}
    alone, party = class_for_party(priced, left, 2), class_for_party(priced, left, 3)
    assert alone is not None
    assert (alone.priced.adult_total, alone.fewer) == (100, ())
    assert party is not None
    assert (party.priced.adult_total, party.fewer) == (160, ("Y",))
    assert class_for_party(priced, left, 4) is None


def test_the_parts_sum_to_the_total() -> None:
    first = sold("ZZ", quoted(ADULT, 101, 101, 13), quoted(INFANT, 10, 10, 1))
    second = sold("ZZ", quoted(ADULT, 50, 60, 7), quoted(INFANT, 5, 5))
    offer = offered(first, second, kinds=(ADULT, ADULT, INFANT))
    assert total_of(offer.slices, offer.travellers) == Price(101 * 2 + 10 + 50 * 2 + 5, 41)


def test_only_so_many_flights_and_dates_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pricing, "MAX_REMEMBERED", 1)
    book = FareBook([published(1, ECONOMY, 100)])
    asked = [FLOWN, replace(FLOWN, number=118), FLOWN]
    assert [len(book.price(one, [ADULT], START)) for one in asked] == [1, 1, 1]
