"""Offers: ids that are derived, times that hold, amounts that add up."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.flights.domain.assembly import SliceOption
from holdfast.flights.domain.fare import FareTerms, PassengerType, Price
from holdfast.flights.domain.flight import Itinerary
from holdfast.flights.domain.ids import offer_id
from holdfast.flights.domain.money import Money
from holdfast.flights.domain.offer import Offer, QuotedFare, Traveller
from holdfast.flights.domain.offering import (
    SALES_END_MIN,
    SHORTEST_LOCK_S,
    Issue,
    earliest_departure_min,
    offers,
    traveller_id,
)
from holdfast.flights.domain.pricing import PricedClass
from holdfast.flights.domain.timetable import SegmentPattern
from tests.support.flights_world import DAY, ECONOMY, FLEX, LIGHT, NOW, leg

REQUEST = "orq_" + "0" * 22
ADULT = PassengerType.ADULT
DEPARTS = datetime(2026, 12, 1, 8, tzinfo=UTC)


def option(*terms: FareTerms, day: date = DAY, total: int = 9080) -> SliceOption:
    """A connection with a segment for each of the terms, departing at 08:00 UTC."""
    points = ["MAN", "LHR", "LGW", "MAN"]
    segments = [
        SegmentPattern(
            (one := leg(f"BA{n}", points[n], points[n + 1], "08:00", day=0)).designator, (one,)
        ).of(day)
        for n in range(len(terms))
    ]
    price = Price(total, total // 10)
    classes = tuple(
        PricedClass(ECONOMY, "Y", "EUR", one, (QuotedFare(7, ADULT, "Y", price, total),))
        for one in terms
    )
    cost = Price(total * len(terms), total // 10 * len(terms))
    return SliceOption(Itinerary(tuple(segments)), classes, terms[0].brand, cost, 100, ())


def made(*options: SliceOption, now: datetime = NOW, lifetime_s: float = 1800) -> Offer:
    issue = Issue(REQUEST, now, (Traveller(traveller_id(REQUEST, 0), ADULT),), lifetime_s)
    (only,) = offers(issue, [options])
    return only


def test_an_offer_is_owned_and_priced_and_lists_what_is_flown() -> None:
    offer = made(option(LIGHT, LIGHT))
    assert (offer.id, offer.request_id, offer.carrier) == (offer_id(REQUEST, 0), REQUEST, "BA")
    assert (offer.total, offer.tax) == (Money(18160, "EUR"), Money(1816, "EUR"))
    (one,) = offer.slices
    assert (one.origin, one.destination) == ("MAN", "LGW")
    assert [sold.booking_class for sold in one.segments] == ["Y", "Y"]


def test_every_id_within_an_offer_is_its_own_and_comes_again() -> None:
    both = option(LIGHT, LIGHT), option(LIGHT, day=DAY + timedelta(days=7))
    offer = made(*both)
    ids = [offer.id, *(who.id for who in offer.travellers), *(one.id for one in offer.slices)]
    ids += [sold.id for one in offer.slices for sold in one.segments]
    assert len(set(ids)) == len(ids) == 7
    assert made(*both) == offer


def test_an_offer_lives_for_its_lifetime() -> None:
    assert made(option(LIGHT)).expires_at == NOW + timedelta(minutes=30)


def test_an_offer_ends_before_departure_but_never_under_the_shortest_lock() -> None:
    soon = DEPARTS - timedelta(minutes=SALES_END_MIN)
    assert made(option(LIGHT), now=soon, lifetime_s=3600).expires_at == soon + timedelta(minutes=45)
    late = DEPARTS - timedelta(minutes=20)
    lock = timedelta(seconds=SHORTEST_LOCK_S)
    assert made(option(LIGHT), now=late).expires_at == late + lock


def test_a_hold_is_as_long_as_the_shortest_of_all_fares() -> None:
    short = FareTerms("Flex", hold_space_h=5, hold_price_h=3)
    offer = made(option(FLEX, short))
    assert offer.hold_until == NOW + timedelta(hours=5)
    assert offer.price_until == NOW + timedelta(hours=3)


def test_a_hold_ends_before_departure_and_its_price_no_later() -> None:
    now = DEPARTS - timedelta(hours=6)
    offer = made(option(FLEX), now=now)
    assert offer.hold_until == offer.price_until == DEPARTS - timedelta(hours=2)


@pytest.mark.parametrize(
    ("terms", "before"),
    [(LIGHT, timedelta(days=3)), (FLEX, timedelta(hours=2, minutes=15))],
    ids=["not in the fare", "too late"],
)
def test_some_offers_cannot_be_held(terms: FareTerms, before: timedelta) -> None:
    offer = made(option(terms), now=DEPARTS - before)
    assert (offer.hold_until, offer.price_until) == (None, None)


def test_seats_can_be_held_without_a_price_guarantee() -> None:
    offer = made(option(FareTerms("Flex", hold_space_h=5)))
    assert offer.hold_until is not None
    assert offer.price_until is None


@given(st.integers(0, 20 * 365 * 86400_000))
def test_what_departs_at_the_earliest_minute_departs_an_hour_from_now_or_later(
    milliseconds: int,
) -> None:
    now = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    least_s = earliest_departure_min(now) * 60 - now.timestamp()
    assert SALES_END_MIN * 60 <= least_s < (SALES_END_MIN + 1) * 60
