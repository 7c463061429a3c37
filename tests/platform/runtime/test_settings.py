"""The settings that all processes share."""

from pathlib import Path

from holdfast.platform.runtime.settings import FleetSettings


def test_the_offset_moves_every_port_but_the_free_one() -> None:
    fleet = FleetSettings(port_offset=1000)
    assert fleet.port(8080) == 9080
    assert fleet.port(0) == 0


def test_heartbeats_go_to_this_machine_unless_told_otherwise() -> None:
    assert FleetSettings().heartbeat_targets == ("127.0.0.1:8081",)
    assert FleetSettings(port_offset=100).heartbeat_targets == ("127.0.0.1:8181",)
    assert FleetSettings(balancers=("a:1", "b:2")).heartbeat_targets == ("a:1", "b:2")


def test_the_fleet_key_lies_in_the_data_folder_unless_named() -> None:
    assert FleetSettings(data=Path("/d")).key_path == Path("/d/fleet.key")
    assert FleetSettings(key_file="/k").key_path == Path("/k")
