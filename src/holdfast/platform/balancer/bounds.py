"""The law of what each part of the balancer may take: the settings, in the parts' own words.

Apart from the settings, which every command loads: the parts are for whoever runs a balancer."""

from dataclasses import replace

from holdfast.platform.balancer.admission import AdmissionLimits
from holdfast.platform.balancer.flows import FlowLimits
from holdfast.platform.balancer.handover_wire import MAX_RESUME_BYTES
from holdfast.platform.balancer.journal import JournalBudget
from holdfast.platform.balancer.outliers import OutlierSettings
from holdfast.platform.balancer.pool import PoolSettings
from holdfast.platform.balancer.settings import BalancerSettings
from holdfast.platform.membership.detector import NETWORKS, DetectorSettings


def admission_limits(settings: BalancerSettings) -> AdmissionLimits:
    """Connections at most."""
    return AdmissionLimits(
        per_client=settings.connections_per_client,
        per_listener=settings.connections_per_listener,
        total=settings.connections,
    )


def flow_limits(settings: BalancerSettings) -> FlowLimits:
    """UDP flows at most, and how long silent ones are remembered."""
    return FlowLimits(
        flows=settings.udp_flows,
        flows_per_address=settings.udp_flows_per_client,
        idle_s=settings.udp_idle_s,
        probation_idle_s=min(settings.udp_idle_s, 60.0),
    )


def journal_budget(settings: BalancerSettings) -> JournalBudget:
    """A fresh budget for the journals of this process."""
    each = min(settings.journal_bytes, MAX_RESUME_BYTES // 4)
    return JournalBudget(each, settings.journals_bytes)


def pool_settings(settings: BalancerSettings) -> PoolSettings:
    """How members are warmed up, doubted and ejected."""
    return PoolSettings(
        slow_start_s=settings.slow_start_s,
        panic_share=settings.panic_share,
        outliers=OutlierSettings(
            errors=settings.eject_errors,
            eject_s=settings.eject_s,
            longest_eject_s=settings.longest_eject_s,
            share=settings.eject_share,
        ),
    )


def detector_settings(settings: BalancerSettings) -> DetectorSettings:
    """How patiently heartbeats are awaited."""
    return replace(NETWORKS[settings.network], window_s=settings.clock_window_s)
