"""What is asked: complete, ordered by brand, and changing a little every hour."""

from collections import defaultdict
from datetime import date
from itertools import pairwise

from holdfast.flights.domain.demo.filing import schedule
from holdfast.flights.domain.demo.prices import changed_fares, fares, limits, months, tiers
from holdfast.flights.domain.demo.roster import AIRLINES
from holdfast.flights.domain.fare import CABIN_LETTERS, Cabin, PassengerType, Price
from holdfast.flights.domain.schedule import seats_of
from tests.flights.domain.demo.worlds import world

TODAY = date(2026, 11, 26)
HOUR = 498_000
WORLD = world()
ZZ = AIRLINES[0]
NOW = {fare.key: fare for fare in fares(WORLD, ZZ, TODAY, HOUR)}


def test_every_flight_of_the_next_300_days_has_a_fare_in_each_cabin_for_everybody() -> None:
    asked = {(k.board, k.off, k.cabin, k.passenger_type, k.period) for k in NOW}
    for pattern in schedule(WORLD, ZZ, TODAY):
        if pattern.period.last < TODAY:
            continue
        for letter in seats_of(pattern.configuration):
            for kind in PassengerType:
                for month in months(TODAY):
                    route = (pattern.board, pattern.off)
                    assert (*route, CABIN_LETTERS[letter], kind, month) in asked


def test_months_reach_from_this_one_past_300_days() -> None:
    found = months(TODAY)
    assert found[0].first == date(2026, 11, 1)
    assert found[-1].last >= date(2027, 10, 1)
    assert all(one.last < following.first for one, following in pairwise(found))


def test_a_dearer_brand_costs_more_and_a_child_less() -> None:
    totals: dict[object, dict[str, int]] = defaultdict(dict)
    for key, fare in NOW.items():
        place = (key.board, key.off, key.cabin, key.period, key.passenger_type)
        totals[place][fare.terms.brand] = fare.price.total
        assert fare.price.tax <= fare.price.total
    for place, found in totals.items():
        assert found["Light"] < found["Classic"] < found["Flex"], place
    for key, fare in NOW.items():
        if key.passenger_type is PassengerType.CHILD:
            adult = key.basis.removesuffix("CH")
            match = next(
                other
                for other_key, other in NOW.items()
                if other_key.basis == adult
                and (other_key.board, other_key.off) == (key.board, key.off)
                and other_key.period == key.period
            )
            assert fare.price < match.price
            break


def test_no_product_is_filed_twice_for_one_date() -> None:
    assert len({(k.product(), k.period) for k in NOW}) == len(list(fares(WORLD, ZZ, TODAY, HOUR)))


def test_some_fares_can_be_held_some_given_back_and_some_neither() -> None:
    terms = {fare.terms.brand: fare.terms for fare in NOW.values()}
    assert terms["Light"].hold_space_h == 0
    assert not terms["Light"].refundable
    assert terms["Classic"].hold_space_h > 0
    assert terms["Flex"].refundable
    for brand in terms.values():
        assert (brand.change_penalty is None) == (not brand.changeable)
        assert (brand.refund_penalty is None) == (not brand.refundable)
    guarantees = {
        fare.terms.hold_price_h
        for airline in WORLD.roster()
        for fare in fares(WORLD, airline, TODAY, HOUR)
        if fare.terms.brand == "Classic"
    }
    assert guarantees == {0, 24}


def test_an_hour_changes_one_to_three_fares_of_a_hundred() -> None:
    shares = []
    for hour in range(HOUR, HOUR + 12):
        changed = sum(1 for _ in changed_fares(WORLD, ZZ, TODAY, hour))
        shares.append(changed / len(NOW))
    assert 0.01 <= sum(shares) / len(shares) <= 0.03


def test_what_changed_is_all_that_differs_from_the_hour_before() -> None:
    before = {fare.key: fare for fare in fares(WORLD, ZZ, TODAY, HOUR - 1)}
    changed = {fare.key: fare for fare in changed_fares(WORLD, ZZ, TODAY, HOUR)}
    assert changed
    assert {**before, **changed} == NOW


def test_no_step_leaves_the_band_that_feeds_are_trusted_in() -> None:
    before: dict[object, Price] = {}
    for hour in range(HOUR, HOUR + 800, 40):
        for fare in fares(world(airlines=1, spokes=1), ZZ, TODAY, hour):
            known = before.get(fare.key)
            assert known is None or 0.5 <= fare.price.total / known.total <= 2
            before[fare.key] = fare.price


def test_limits_are_nested_and_never_more_than_the_cabin() -> None:
    for one in limits(WORLD, ZZ, TODAY):
        seats = [allowed for _, allowed in one.limits]
        assert seats == sorted(seats, reverse=True)
        assert seats[-1] > 0
    classes = {(k.cabin, k.booking_class) for k in NOW}
    filed = {(one.cabin, letter) for one in limits(WORLD, ZZ, TODAY) for letter, _ in one.limits}
    assert classes <= filed


def test_seats_of_economy_have_prices_and_those_of_business_none() -> None:
    found = list(tiers(WORLD, ZZ, TODAY))
    assert {one.tier for one in found} == {"standard", "front", "extra_legroom", "exit_row"}
    assert all(one.disclosures for one in found if one.tier == "exit_row")
    for one in found:
        kind = (one.aircraft, one.cabin, "standard")
        wide = next(w for w in found if (w.aircraft, w.cabin, w.tier) == kind)
        assert wide.first_row <= one.first_row <= one.last_row <= wide.last_row
    assert all(one.cabin is not Cabin.BUSINESS for one in found)
