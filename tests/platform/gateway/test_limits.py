from holdfast.platform.balancer.networks import Networks
from holdfast.platform.balancer.rates import RateLimit
from holdfast.platform.gateway.limits import Limits, TooOften

HOST = "192.0.2.7"


def test_a_principal_over_its_rate_is_told_when_there_is_room() -> None:
    limits = Limits(RateLimit(0.1, 2), RateLimit())
    assert [limits.refusal("anna", HOST, 0.0) for _ in range(2)] == [None, None]
    assert limits.refusal("anna", HOST, 0.0) == TooOften("session or token", 10)
    assert limits.refusal("bert", HOST, 0.0) is None
    assert limits.refusal("anna", HOST, 9.0) == TooOften("session or token", 1)
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


def test_a_class_behind_one_address_is_many() -> None:
    limits = Limits(RateLimit(1, 5), RateLimit(1, 1000), strangers=RateLimit(1, 30))
    students = [f"student-{number}" for number in range(30)]
    answers = [limits.refusal(one, HOST, 0.0) for _ in range(5) for one in students]
    assert answers == [None] * 150
    assert limits.refusal("", HOST, 0.0) == TooOften("address", 1), "strangers have had theirs"
    assert limits.refusal(students[0], HOST, 0.0) == TooOften("session or token", 1)
    assert limits.refusal(students[1], HOST, 1.0) is None


def test_to_invent_another_principal_for_each_request_gains_nothing() -> None:
    limits = Limits(RateLimit(10, 10), RateLimit(1, 1000), strangers=RateLimit(1, 3))
    invented = [limits.refusal(f"invented-{number}", HOST, 0.0) for number in range(20)]
    assert invented == [None] * 3 + [TooOften("address", 1)] * 17


def test_invented_principals_that_are_used_again_meet_the_addresss_own_bucket() -> None:
    limits = Limits(RateLimit(10, 10), RateLimit(1, 12), strangers=RateLimit(1, 3))
    answers = [limits.refusal(f"invented-{number % 3}", HOST, 0.0) for number in range(30)]
    assert answers == [None] * 12 + [TooOften("address", 1)] * 18


def test_a_principal_that_opened_nothing_counts_as_a_stranger_each_time() -> None:
    limits = Limits(RateLimit(), RateLimit(), strangers=RateLimit(1, 3))
    answers = []
    for _ in range(5):
        answers.append(limits.refusal("invented", HOST, 0.0))
        limits.disown("invented")
    assert answers == [None] * 3 + [TooOften("address", 1)] * 2


def test_those_that_were_unheard_longest_are_forgotten_first() -> None:
    limits = Limits(RateLimit(), RateLimit(), strangers=RateLimit(1, 3), most_known=2)
    for one in ("anna", "bert", "anna", "cleo"):
        assert limits.refusal(one, HOST, 0.0) is None
    assert limits.refusal("anna", HOST, 0.0) is None
    assert limits.refusal("bert", HOST, 0.0) == TooOften("address", 1)
