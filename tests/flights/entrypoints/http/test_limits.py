"""So many requests in a window, of each caller, whatever time and crowds do."""

from hypothesis import given
from hypothesis import strategies as st

from holdfast.flights.entrypoints.http.limits import RateLimit


def test_requests_are_counted_down_to_the_end_of_the_window() -> None:
    limit = RateLimit(2, 60)
    taken = [limit.take("a", 60.0 + n) for n in range(3)]
    assert [(t.allowed, t.remaining) for t in taken] == [(True, 1), (True, 0), (False, 0)]
    assert {t.reset_at for t in taken} == {120}
    assert limit.take("a", 119.9).allowed is False
    assert limit.take("a", 120.0).allowed is True


def test_looking_does_not_count() -> None:
    limit = RateLimit(2, 60)
    assert limit.seen("a", 60.0) == limit.seen("a", 60.0)
    limit.take("a", 60.0)
    assert (limit.seen("a", 61.0).remaining, limit.seen("a", 61.0).allowed) == (1, True)
    limit.take("a", 61.0)
    assert (limit.seen("a", 62.0).remaining, limit.seen("a", 62.0).allowed) == (0, False)
    assert limit.seen("b", 62.0).remaining == limit.seen("a", 120.0).remaining == 2
    assert limit.seen("a", 120.0).reset_at == 180


def test_callers_do_not_count_for_each_other() -> None:
    limit = RateLimit(1, 60)
    assert limit.take("a", 0.0).allowed
    assert limit.take("b", 0.0).allowed
    assert not limit.take("a", 0.0).allowed


def test_a_crowd_beyond_the_bound_shares_a_count() -> None:
    limit = RateLimit(2, 60, max_keys=3)
    assert all(limit.take(f"k{n}", 0.0).allowed for n in range(5))
    assert not limit.take("k9", 0.0).allowed
    assert limit.take("k0", 0.0).allowed


def test_a_clock_that_is_set_back_begins_a_new_count() -> None:
    limit = RateLimit(1, 60)
    limit.take("a", 600.0)
    assert limit.take("a", 0.0).allowed


@given(
    st.lists(st.tuples(st.sampled_from("abcdef"), st.floats(0, 600)), max_size=200),
    st.integers(1, 5),
)
def test_nobody_ever_gets_more_than_the_limit_in_a_window(
    requests: list[tuple[str, float]], most: int
) -> None:
    limit = RateLimit(most, 60, max_keys=4)
    allowed: dict[tuple[str, int], int] = {}
    for key, now in sorted(requests, key=lambda request: request[1]):
        taken = limit.take(key, now)
        assert 0 <= taken.remaining < most or most == 0
        assert taken.reset_at > now
        if taken.allowed:
            window = (key, int(now // 60))
            allowed[window] = allowed.get(window, 0) + 1
    assert all(count <= most for count in allowed.values())
