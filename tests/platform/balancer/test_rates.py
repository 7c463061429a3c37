"""Token buckets: the rate in the long run, the burst after a rest, and a table that stays small."""

from hypothesis import given
from hypothesis import strategies as st

from holdfast.platform.balancer.admission import Refusal
from holdfast.platform.balancer.networks import Networks
from holdfast.platform.balancer.rates import Buckets, Pace, RateLimit


def taken(buckets: Buckets, key: str, now: float, tries: int = 100) -> int:
    return sum(buckets.take(key, now) for _ in range(tries))


def test_after_a_rest_a_burst_is_allowed_and_then_the_rate() -> None:
    buckets = Buckets(RateLimit(per_s=10.0, burst=5.0))
    assert taken(buckets, "a", 0.0) == 5
    assert taken(buckets, "a", 0.1) == 1
    assert taken(buckets, "a", 0.4) == 3
    assert taken(buckets, "a", 100.0) == 5


def test_one_client_does_not_use_up_another_ones() -> None:
    buckets = Buckets(RateLimit(10.0, 2.0))
    assert taken(buckets, "a", 0.0) == 2
    assert taken(buckets, "b", 0.0) == 2


def test_a_refusal_costs_nothing() -> None:
    buckets = Buckets(RateLimit(1.0, 1.0))
    assert taken(buckets, "a", 0.0, 1_000) == 1
    assert taken(buckets, "a", 1.0) == 1


def test_a_rate_of_nothing_is_no_limit_and_keeps_no_table() -> None:
    buckets = Buckets(RateLimit())
    assert taken(buckets, "a", 0.0, 1_000) == 1_000
    assert len(buckets) == 0


def test_even_a_small_burst_lets_one_through() -> None:
    assert taken(Buckets(RateLimit(0.5, 0.1)), "a", 0.0) == 1


def test_the_table_is_bounded_and_forgets_the_longest_unheard() -> None:
    buckets = Buckets(RateLimit(1.0, 1.0), most=10)
    for number in range(10_000):
        assert buckets.take(str(number), 0.0)
        assert len(buckets) <= 10
    assert not buckets.take("9999", 0.5)
    assert buckets.take("0", 0.5)


def test_a_client_that_keeps_knocking_is_not_forgotten() -> None:
    buckets = Buckets(RateLimit(1.0, 1.0), most=10)
    assert buckets.take("a", 0.0)
    for number in range(1_000):
        buckets.take(str(number), 0.0)
        assert not buckets.take("a", 0.0)


def test_full_buckets_are_given_up_when_others_come() -> None:
    buckets = Buckets(RateLimit(10.0, 1.0))
    for number in range(1_000):
        buckets.take(str(number), number * 1.0)
    assert len(buckets) <= 2


@given(
    st.floats(0.1, 1000.0),
    st.floats(1.0, 50.0),
    st.lists(st.tuples(st.sampled_from("ab"), st.floats(0.0, 2.0)), max_size=80),
)
def test_no_window_ever_sees_more_than_burst_and_rate_together(per_s, burst, steps) -> None:
    buckets = Buckets(RateLimit(per_s, burst), most=4)
    now, allowed = 0.0, {"a": [], "b": []}
    for key, pause in steps:
        now += pause
        if buckets.take(key, now):
            allowed[key].append(now)
    for times in allowed.values():
        for first in range(len(times)):
            for last in range(first, len(times)):
                most = burst + per_s * (times[last] - times[first]) + 1e-3
                assert last - first + 1 <= most


def pace(per_client: float = 0.0, per_listener: float = 0.0, exempt: tuple[str, ...] = ()) -> Pace:
    return Pace(RateLimit(per_client, 2.0), RateLimit(per_listener, 3.0), Networks(exempt))


def test_a_refusal_says_whose_rate_it_was() -> None:
    made = pace(1.0, 1.0)
    answers = [made.refusal(0, "192.0.2.1", 0.0) for _ in range(3)]
    assert answers == [None, None, Refusal.CLIENT_HASTY]
    answers = [made.refusal(0, "192.0.2.2", 0.0) for _ in range(2)]
    assert answers == [None, Refusal.LISTENER_HASTY]
    assert made.refusal(1, "192.0.2.3", 0.0) is None


def test_ipv6_addresses_of_one_network_share_a_rate() -> None:
    made = pace(1.0)
    answers = [made.refusal(0, f"2001:db8::{n}", 0.0) for n in range(3)]
    assert answers == [None, None, Refusal.CLIENT_HASTY]
    assert made.refusal(0, "2001:db8:0:1::1", 0.0) is None


def test_exempt_clients_are_never_refused_and_use_up_nothing() -> None:
    made = pace(1.0, 1.0, ("127.0.0.0/8",))
    assert all(made.refusal(0, "127.0.0.1", 0.0) is None for _ in range(100))
    assert made.refusal(0, "192.0.2.1", 0.0) is None
