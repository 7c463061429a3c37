"""Limits of connections: counted, kept, and given back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.platform.balancer.admission import Admission, AdmissionLimits, Refusal, client_of

SMALL = AdmissionLimits(per_client=3, per_listener=5, total=8)


def fill(admission: Admission, listener: int, client: str, count: int) -> None:
    for _ in range(count):
        assert admission.enter(listener, client) is None


def test_a_client_may_hold_so_many_connections_and_others_are_not_disturbed() -> None:
    admission = Admission(SMALL)
    fill(admission, 0, "192.0.2.1", 3)
    assert admission.enter(1, "192.0.2.1") is Refusal.CLIENT_FULL
    assert admission.enter(1, "192.0.2.2") is None


def test_a_listener_may_hold_so_many_connections() -> None:
    admission = Admission(SMALL)
    fill(admission, 0, "a", 3)
    fill(admission, 0, "b", 2)
    assert admission.enter(0, "c") is Refusal.LISTENER_FULL
    assert admission.enter(1, "c") is None


def test_all_together_may_hold_so_many_connections() -> None:
    admission = Admission(SMALL)
    fill(admission, 0, "a", 3)
    fill(admission, 1, "b", 3)
    fill(admission, 2, "c", 2)
    assert admission.enter(3, "d") is Refusal.BALANCER_FULL


def test_a_refusal_counts_nothing() -> None:
    admission = Admission(AdmissionLimits(per_client=1, per_listener=9, total=9))
    fill(admission, 0, "a", 1)
    for _ in range(20):
        assert admission.enter(0, "a") is Refusal.CLIENT_FULL
    assert admission.total == 1


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from("abcd"), st.booleans())))
def test_the_limits_hold_whatever_comes_and_goes(steps) -> None:
    admission = Admission(SMALL)
    inside: list[tuple[int, str]] = []
    for listener, client, leaves in steps:
        if leaves and inside:
            admission.leave(*inside.pop(0))
        elif admission.enter(listener, client) is None:
            inside.append((listener, client))
        assert admission.total == len(inside) <= SMALL.total
        for number in range(4):
            assert sum(each[0] == number for each in inside) <= SMALL.per_listener
        for name in "abcd":
            assert sum(each[1] == name for each in inside) <= SMALL.per_client
    for each in inside:
        admission.leave(*each)
    assert admission.total == 0
    fill(admission, 0, "a", 3)


@pytest.mark.parametrize(
    ("host", "client"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::/64"),
    ],
)
def test_an_ipv6_client_is_its_network(host: str, client: str) -> None:
    assert client_of(host) == client
