"""Which service gets which policy, and what an operator who mistypes is told."""

import pytest

from holdfast.errors import Mistake
from holdfast.platform.balancer.affinity import Affinity
from holdfast.platform.balancer.policies import (
    DEFAULT,
    POLICIES,
    policies_of,
    policy_named,
)
from holdfast.platform.balancer.policy import LeastConnections, Policy, RoundRobin, Weighted

WISHES = {"web": "affinity", "node-tcp": "", "node-udp": ""}


def chosen(for_all: str = "", *for_services: str) -> dict[str, type[Policy]]:
    found = policies_of(WISHES, for_all, for_services, lambda: 0.0)
    return {service: type(policy) for service, policy in found.items()}


def test_every_name_has_a_policy_of_its_own() -> None:
    kinds = {type(policy_named(name, lambda: 0.0)) for name in POLICIES}
    assert len(kinds) == len(POLICIES)
    assert DEFAULT in POLICIES
    with pytest.raises(ValueError, match="round-robin"):
        policy_named("robin", lambda: 0.0)


def test_a_service_gets_what_it_wishes_for_or_the_default() -> None:
    assert chosen() == {
        "web": Affinity,
        "node-tcp": LeastConnections,
        "node-udp": LeastConnections,
    }


def test_the_operators_word_comes_first() -> None:
    assert set(chosen("round-robin").values()) == {RoundRobin}
    assert chosen("round-robin", " node-tcp = weighted ") == {
        "web": RoundRobin,
        "node-tcp": Weighted,
        "node-udp": RoundRobin,
    }


def test_services_do_not_share_one_policys_memory() -> None:
    found = policies_of(WISHES, "weighted", (), lambda: 0.0)
    assert len({id(policy) for policy in found.values()}) == 3


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["nobody=weighted"], "node-tcp, node-udp, web"),
        (["web"], "none of the policies"),
        (["web=heaviest"], "least-connections"),
        (["web=weighted", "web=affinity"], "twice"),
    ],
)
def test_a_mistyped_word_is_a_mistake_that_names_what_there_is(words: list[str], told: str) -> None:
    with pytest.raises(Mistake, match=told):
        policies_of(WISHES, "", words, lambda: 0.0)
