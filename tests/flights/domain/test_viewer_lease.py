"""A viewer's price does not rise for an hour from the first look (G3, T3)."""

from hypothesis import given
from hypothesis import strategies as st

from holdfast.flights.domain.fare import Price
from holdfast.flights.domain.viewer_lease import LENGTH_S, ViewerLease, shown


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
