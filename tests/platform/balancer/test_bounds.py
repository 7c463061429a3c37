"""What is set reaches the parts of the balancer in their own words."""

from holdfast.platform.balancer.bounds import (
    admission_limits,
    detector_settings,
    flow_limits,
    pool_settings,
)
from holdfast.platform.balancer.outliers import OutlierSettings
from holdfast.platform.balancer.settings import BalancerSettings


def test_limits_reach_the_parts_that_keep_them() -> None:
    settings = BalancerSettings(
        connections=5,
        connections_per_listener=4,
        connections_per_client=3,
        udp_flows=7,
        udp_flows_per_client=6,
        udp_idle_s=20.0,
        clock_window_s=9.0,
    )
    admission, flows = admission_limits(settings), flow_limits(settings)
    assert (admission.total, admission.per_listener, admission.per_client) == (5, 4, 3)
    assert (flows.flows, flows.flows_per_address, flows.idle_s) == (7, 6, 20.0)
    assert detector_settings(settings).window_s == 9.0


def test_the_network_decides_how_patient_the_detector_is() -> None:
    at_once = detector_settings(BalancerSettings())
    later = detector_settings(BalancerSettings(network="wan", clock_window_s=9.0))
    assert at_once.removal_bound_s(1.0) < later.removal_bound_s(1.0)
    assert later.window_s == 9.0


def test_a_flow_on_probation_is_never_kept_longer_than_a_proven_one() -> None:
    assert flow_limits(BalancerSettings(udp_idle_s=5.0)).probation_idle_s == 5.0
    assert flow_limits(BalancerSettings(udp_idle_s=900.0)).probation_idle_s == 60.0


def test_what_is_set_of_balancing_reaches_the_pool() -> None:
    pool = pool_settings(
        BalancerSettings(
            slow_start_s=3.0,
            panic_share=0.25,
            eject_errors=7,
            eject_s=2.0,
            longest_eject_s=9.0,
            eject_share=0.1,
        )
    )
    assert (pool.slow_start_s, pool.panic_share) == (3.0, 0.25)
    assert pool.outliers == OutlierSettings(
        errors=7, eject_s=2.0, longest_eject_s=9.0, calm_s=pool.outliers.calm_s, share=0.1
    )
