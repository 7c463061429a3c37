from holdfast.platform.balancer.networks import Networks
from holdfast.platform.balancer.rates import RateLimit
from holdfast.platform.gateway.limits import Limits, TooOften

HOST = "192.0.2.7"


def test_a_principal_over_its_rate_is_told_when_there_is_room() -> None:
    limits = Limits(RateLimit(0.1, 2), RateLimit())
    assert [limits.refusal("anna", HOST, 0.0) for _ in range(2)] == [None, None]
    assert limits.refusal("anna", HOST, 0.0) == TooOften("token", 10)
    assert limits.refusal("bert", HOST, 0.0) is None
    assert limits.refusal("anna", HOST, 9.0) == TooOften("token", 1)
    assert limits.refusal("anna", HOST, 10.5) is None


def test_an_address_counts_whoever_it_says_it_is() -> None:
    limits = Limits(RateLimit(1, 1), RateLimit(1, 3))
    seen = [limits.refusal(f"guess-{number}", HOST, 0.0) for number in range(4)]
    assert seen[:3] == [None] * 3
    assert seen[3] == TooOften("address", 1)
    assert limits.refusal("guess", "192.0.2.8", 0.0) is None


def test_a_network_of_ipv6_is_one_address() -> None:
    limits = Limits(RateLimit(), RateLimit(1, 1))
    assert limits.refusal("", "2001:db8::1", 0.0) is None
    assert limits.refusal("", "2001:db8::2", 0.0) == TooOften("address", 1)


def test_who_is_exempt_meets_no_rate() -> None:
    limits = Limits(RateLimit(1, 1), RateLimit(1, 1), Networks(["127.0.0.0/8"]))
    assert [limits.refusal("anna", "127.0.0.1", 0.0) for _ in range(9)] == [None] * 9


def test_nobody_counts_by_address_only() -> None:
    limits = Limits(RateLimit(1, 1), RateLimit())
    assert [limits.refusal("", HOST, 0.0) for _ in range(9)] == [None] * 9
