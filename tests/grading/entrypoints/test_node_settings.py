"""A node's bounds fit together."""

from pathlib import Path

from holdfast.grading.entrypoints.node_settings import NodeLimits, NodeSettings


def test_one_address_never_takes_the_whole_node() -> None:
    limits = NodeLimits()
    assert limits.sessions_per_source <= limits.sessions // 2
    assert limits.flows_per_source <= limits.flows // 2


def test_stopping_fits_into_what_a_process_may_take() -> None:
    settings = NodeSettings("n1", Path("seed.key"))
    assert settings.drain_s + settings.farewell_s < 10.0


def test_ports_are_ephemeral_unless_they_are_chosen() -> None:
    settings = NodeSettings("n1", Path("seed.key"))
    assert (settings.host, settings.tcp_port, settings.udp_port) == ("127.0.0.1", 0, 0)
