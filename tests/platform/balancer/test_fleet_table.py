"""The table of `holdfast fleet`: what stands in it, and that columns are columns."""

import pytest

from holdfast.platform.balancer.fleet_table import duration, table
from holdfast.platform.balancer.fleet_view import (
    BalancerRow,
    FleetState,
    ListenerRow,
    NodeRow,
    ServiceRow,
)

STATE = FleetState(
    balancer=BalancerRow(uptime_s=125, clients=12, flows=3, beats_rejected={"forged": 2}),
    services=("tcp", "http"),
    listeners=(ListenerRow("a", refused={"client_full": 1, "nobody": 2}),),
    nodes=(
        NodeRow(
            "node-1",
            version="0.1.0",
            beat_age_s=0.4,
            running=5,
            capacity=100,
            loop_lag_s=0.002,
            services=(
                ServiceRow("tcp", standing="in-rotation", clients=10, share=0.25),
                ServiceRow("http", standing="ejected", clients=2, errors={"reset": 7}),
            ),
        ),
        NodeRow("n2", beat_age_s=90, services=(ServiceRow("tcp", standing="draining", weight=2),)),
    ),
)


def test_a_line_for_each_node_under_a_line_about_the_balancer() -> None:
    assert table({"127.0.0.1:8082": STATE}) == [
        "balancer 127.0.0.1:8082, up 2m, 12 connections, 3 flows, 3 refused, 2 beats rejected",
        "NODE    STATE        SERVICES  CLIENTS   LOAD  LAG  WEIGHT  ERRORS   BEAT  VERSION",
        "node-1  ejected 25%  1/2            12  5/100  2ms       1       7  400ms  0.1.0",
        "n2      draining     0/1             0      0  0ms       2       0     2m  -",
        "nobody takes new clients of http",
    ]


def test_a_balancer_that_says_nothing_has_a_line_too() -> None:
    lines = table({"a:1": FleetState(), "b:2": "the balancer b:2 does not answer: refused"})
    assert lines[0].startswith("balancer a:1, up 0ms")
    assert lines[-1] == "balancer b:2: the balancer b:2 does not answer: refused"
    assert "" in lines


def test_stopping_and_panic_are_told() -> None:
    state = FleetState(balancer=BalancerRow(stopping=True, panic=("tcp",)))
    lines = table({"a:1": state})
    assert lines[0].endswith("STOPPING")
    assert lines[-1] == "panic: all members of tcp are used"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0ms"),
        (0.0124, "12ms"),
        (0.9999, "1.0s"),
        (1.5, "1.5s"),
        (89.9, "89.9s"),
        (90, "2m"),
        (5_399, "90m"),
        (5_400, "2h"),
        (172_800, "2d"),
    ],
)
def test_durations_are_short(seconds: float, text: str) -> None:
    assert duration(seconds) == text
