"""The settings know the name of each policy, and no other one."""

from typing import get_args

from holdfast.platform.balancer.policies import POLICIES
from holdfast.platform.balancer.policy_names import PolicyName


def test_every_policy_has_a_name_in_the_settings_and_nothing_may_be_named() -> None:
    assert get_args(PolicyName) == ("", *POLICIES)
