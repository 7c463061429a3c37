"""The settings know the name of each policy, and no other one."""

from typing import get_args

from holdfast.platform.balancer.policies import policy_named
from holdfast.platform.balancer.policy_names import PolicyName


def test_every_name_in_the_settings_is_a_policy_and_nothing_may_be_named() -> None:
    nothing, *names = get_args(PolicyName)
    assert nothing == ""
    assert len({type(policy_named(name, lambda: 0.0)) for name in names}) == len(names) == 6
