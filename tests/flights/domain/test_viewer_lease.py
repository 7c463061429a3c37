"""A viewer's price does not rise for an hour from the first look (G3, T3)."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from holdfast.flights.domain.fare import Cabin, PassengerType, Price
from holdfast.flights.domain.viewer_lease import (
    LENGTH_S,
    Bucket,
    Leased,
    LeaseKey,
    Product,
    ViewerLease,
    buckets_of,
    changed,
    lease_key,
    shown,
)

BUCKET = Bucket("BA", "LHR", "JFK", date(2026, 12, 1))
ONE, OTHER = LeaseKey(BUCKET, "1"), LeaseKey(BUCKET, "2")


def test_the_first_look_begins_a_lease() -> None:
    assert shown(Price(100), None, 5.0) == (Price(100), ViewerLease(5.0, Price(100)))


def test_within_the_lease_a_rise_is_not_shown() -> None:
    lease = ViewerLease(0.0, Price(100))
    assert shown(Price(120), lease, LENGTH_S - 1) == (Price(100), lease)


def test_a_fall_is_shown_and_kept() -> None:
    lease = ViewerLease(0.0, Price(100))
    assert shown(Price(80), lease, 10.0) == (Price(80), ViewerLease(0.0, Price(80)))


def test_looking_again_does_not_extend_the_lease() -> None:
    _, lease = shown(Price(100), ViewerLease(0.0, Price(100)), LENGTH_S - 1)
    assert shown(Price(120), lease, LENGTH_S) == (Price(120), ViewerLease(LENGTH_S, Price(120)))


@given(st.lists(st.tuples(st.integers(1, 200), st.integers(0, 2000)), max_size=40))
def test_nothing_shown_in_a_lease_is_above_what_was_shown_before(
    looks: list[tuple[int, int]],
) -> None:
    lease: ViewerLease | None = None
    now, before = 0.0, list[tuple[float, int]]()
    for total, wait in looks:
        now += wait
        price, after = shown(Price(total), lease, now)
        if lease is not None and after.first_seen != lease.first_seen:
            before = []
            assert now - lease.first_seen >= LENGTH_S
        assert price.total <= min([total, *(shown for _, shown in before)])
        before.append((now, price.total))
        lease = after


def test_every_part_of_a_product_and_the_passenger_type_are_in_the_key() -> None:
    product = Product(117, Cabin.ECONOMY, "Y", "EUR", "Light")
    others = [
        product._replace(number=118),
        product._replace(cabin=Cabin.FIRST),
        product._replace(booking_class="K"),
        product._replace(currency="GBP"),
        product._replace(brand="Light Y EUR"),
    ]
    keys = [lease_key(BUCKET, one, PassengerType.ADULT) for one in [product, *others]]
    keys += [lease_key(BUCKET, product, PassengerType.CHILD)]
    keys += [lease_key(BUCKET._replace(off="EWR"), product, PassengerType.ADULT)]
    assert len(set(keys)) == len(keys) == 8
    assert buckets_of(keys) == {BUCKET, BUCKET._replace(off="EWR")}


def test_only_leases_that_begin_or_fall_are_changed() -> None:
    leases = {ONE: ViewerLease(0.0, Price(100))}
    assert changed(leases, {ONE: Price(100)}, 10.0) == {}
    assert changed(leases, {ONE: Price(120)}, 10.0) == {}
    assert changed(leases, {ONE: Price(90)}, 10.0) == {ONE: ViewerLease(0.0, Price(90))}
    assert changed(leases, {OTHER: Price(90)}, 10.0) == {OTHER: ViewerLease(10.0, Price(90))}
    again = ViewerLease(LENGTH_S, Price(100))
    assert changed(leases, {ONE: Price(100)}, LENGTH_S) == {ONE: again}


def test_the_lowest_prices_are_those_of_leases_that_run() -> None:
    leased = Leased({ONE: ViewerLease(0.0, Price(100)), OTHER: ViewerLease(60.0, Price(50))})
    assert leased.lowest(LENGTH_S, LENGTH_S) == {OTHER: Price(50)}


def test_leases_that_began_with_a_first_answer_are_there_until_there_are_own_ones() -> None:
    first = {ONE: ViewerLease(5.0, Price(100)), OTHER: ViewerLease(5.0, Price(70))}
    mine = Leased({OTHER: ViewerLease(5.0, Price(60))}, {BUCKET: 3})
    assert mine.seeded(first) == Leased({**mine.leases, ONE: first[ONE]}, {BUCKET: 3})
