"""The page of metrics: what stands on it, that it can be read, and that it stays bounded."""

from dataclasses import replace

from holdfast.platform.balancer.counters import Counters
from holdfast.platform.balancer.figures import MAX_NODE_SERIES, ProcessFacts, figures
from holdfast.platform.balancer.fleet_view import (
    BalancerRow,
    FleetState,
    KernelRow,
    ListenerRow,
    NodeRow,
    ServiceRow,
)
from tests.support.metrics_page import Series, read_metrics

STATE = FleetState(
    balancer=BalancerRow(version="1.2", beats=9, beats_rejected={"forged": 2}, panic=("tcp",)),
    services=("tcp", "udp"),
    listeners=(
        ListenerRow("course", "tcp", service="tcp", open=3, accepted=8, refused={"nobody": 1}),
        ListenerRow("echo", "udp", service="udp"),
    ),
    nodes=(
        NodeRow("n1", beat_age_s=0.5, capacity=10, services=(ServiceRow("tcp", "", "suspect"),)),
        NodeRow(
            "n2",
            services=(
                ServiceRow("tcp", "", "in-rotation", clients=3, errors={"connect": 4}),
                ServiceRow("udp", "", "in-rotation", latency_s=0.25),
            ),
        ),
    ),
)


def page(state: FleetState = STATE, counters: Counters | None = None) -> dict[Series, float]:
    facts = ProcessFacts(1_800_000_000.5, 1.25, 4096, 7)
    return read_metrics(figures(state, counters or Counters(), facts, log_dropped=3))


def of(name: str, **labels: str) -> Series:
    return f"holdfast_balancer_{name}", frozenset(labels.items())


def test_clients_are_told_by_listener() -> None:
    found = page()
    assert found[of("connections_accepted_total", listener="course")] == 8
    assert found[of("connections_open", listener="course")] == 3
    assert found[of("connections_refused_total", listener="course", reason="nobody")] == 1
    assert of("connections_open", listener="echo") not in found, "UDP has flows"


def test_members_are_told_by_state_also_where_there_are_none() -> None:
    found = page()
    assert found[of("members", service="tcp", state="in-rotation")] == 1
    assert found[of("members", service="tcp", state="suspect")] == 1
    assert found[of("members", service="udp", state="unreachable")] == 0
    assert found[of("panic", service="tcp")] == 1
    assert found[of("panic", service="udp")] == 0


def test_nodes_are_told_one_by_one() -> None:
    found = page()
    assert found[of("node_clients", node="n2", service="tcp")] == 3
    assert found[of("node_errors_total", node="n2", service="tcp", kind="connect")] == 4
    assert found[of("node_latency_seconds", node="n2", service="udp")] == 0.25
    assert found[of("node_state", node="n1", service="tcp", state="suspect")] == 1
    assert found[of("node_state", node="n1", service="tcp", state="in-rotation")] == 0
    assert found[of("node_beat_age_seconds", node="n1")] == 0.5
    assert found[of("node_capacity", node="n1")] == 10


def test_counters_and_histograms_are_told() -> None:
    counters = Counters(moved=2, flows_moved=1, connects_failed=5, bytes_from_clients=100)
    counters.dropped['too "long"'] += 1
    counters.ended["finished"] += 6
    counters.connect_s.observe(0.003)
    counters.loop_lag_s.observe(0.0)
    found = page(counters=counters)
    assert found[of("moved_total", kind="connection")] == 2
    assert found[of("connects_failed_total")] == 5
    assert found[of("bytes_total", **{"from": "clients"})] == 100
    assert found[of("connections_ended_total", end="finished")] == 6
    assert found[of("datagrams_dropped_total", reason='too "long"')] == 1
    assert found[of("connect_seconds_bucket", le="0.005")] == 1
    assert found[of("connect_seconds_bucket", le="0.0025")] == 0
    assert found[of("loop_lag_seconds_count")] == 1
    assert found[of("access_log_dropped_total")] == 3


def test_the_process_is_told_under_the_names_that_dashboards_know() -> None:
    found = page()
    assert found[("process_start_time_seconds", frozenset())] == 1_800_000_000.5
    assert found[("process_open_fds", frozenset())] == 7
    assert found[("holdfast_build_info", frozenset({("version", "1.2")}))] == 1
    assert found[of("beats_rejected_total", reason="forged")] == 2


def test_a_huge_fleet_has_sums_but_no_series_of_single_nodes() -> None:
    row = ServiceRow("tcp", "", "in-rotation")
    crowd = tuple(NodeRow(f"n{number}", services=(row,)) for number in range(MAX_NODE_SERIES + 1))
    found = page(FleetState(services=("tcp",), nodes=crowd))
    assert found[of("members", service="tcp", state="in-rotation")] == MAX_NODE_SERIES + 1
    assert found[of("node_series_left_out")] == 1
    assert len(found) < 200
    found = page(FleetState(services=("tcp",), nodes=crowd[1:]))
    assert found[of("node_series_left_out")] == 0
    assert found[of("node_running", node="n7")] == 0


def test_the_kernel_path_has_figures_where_it_is_wanted() -> None:
    kernel = KernelRow("kernel", ("course",), {"course": 5, "echo": 0}, 12, 100, 2)
    found = page(replace(STATE, kernel=kernel))
    assert found[of("kernel_carries", listener="course")] == 1
    assert found[of("kernel_carries", listener="echo")] == 0
    assert found[of("kernel_accepted_total", listener="course")] == 5
    assert found[of("tracked_connections")] == 12
    assert found[of("tracked_connections_limit")] == 100
    assert found[of("tracked_connections_lost_total")] == 2
    assert of("tracked_connections") not in page()


def test_who_is_on_the_fast_path_is_told_where_there_is_one() -> None:
    assert of("fast_path_connections") not in page()
    there = page(replace(STATE, balancer=replace(STATE.balancer, fast=2)))
    assert there[of("fast_path_connections")] == 2
