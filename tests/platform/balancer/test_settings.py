"""The [balancer] section: what an operator sets is what the parts get."""

import pytest

from holdfast.errors import Mistake
from holdfast.platform.balancer.settings import BalancerSettings
from holdfast.platform.runtime.config import Effective
from holdfast.platform.runtime.setting import keys_of


def test_the_defaults_hold_a_course_and_a_lease_test() -> None:
    settings = BalancerSettings()
    assert settings.heartbeat_port == 8081
    assert settings.idle_timeout_s > 30 * 60, "the longest test is silent for minutes"
    assert settings.connections >= 2 * 2_500, "a class works while another one attacks"


def test_every_key_says_what_it_is_for() -> None:
    assert all(key.facts.help.endswith(".") for key in keys_of("balancer", BalancerSettings))


def test_durations_may_be_written_as_people_do() -> None:
    effective = Effective.load(
        {"balancer": BalancerSettings}, environment={"HOLDFAST_BALANCER_IDLE_TIMEOUT_S": "2h"}
    )
    assert effective.section(BalancerSettings).idle_timeout_s == 7200.0


def test_a_policy_that_there_is_not_is_refused_by_name() -> None:
    with pytest.raises(Mistake, match="least-connections"):
        Effective.load(
            {"balancer": BalancerSettings}, environment={"HOLDFAST_BALANCER_POLICY": "quickest"}
        )


def test_what_clients_have_to_say_first_is_known_by_listener() -> None:
    settings = BalancerSettings(tls=("a@1=c:k", "b=c:k"), sni=("s:x.example=a",))
    asking = [name for name in ("a", "a@1", "b", "s", "t") if settings.reads_openings_at(name)]
    assert asking == ["a@1", "b", "s"]
    assert BalancerSettings(trusted_upstreams=("10.0.0.0/8",)).reads_openings_at("a")
    assert not BalancerSettings().reads_openings_at("a")


def test_rates_and_networks_reach_the_parts_that_keep_them() -> None:
    settings = BalancerSettings(connection_rate_per_client=3.0, rate_burst_s=2.0)
    assert (settings.client_rate.per_s, settings.client_rate.burst) == (3.0, 6.0)
    assert settings.listener_rate.per_s == 0.0
    assert settings.flow_rate.per_s == 500.0
    assert "127.0.0.1" in settings.spared
    assert "::1" in settings.spared
    assert not settings.upstreams
    assert not settings.introductions
