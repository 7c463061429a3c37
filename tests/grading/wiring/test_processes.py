"""A node's settings follow from the fleet's: whom it believes, where it listens, how it drains."""

from pathlib import Path

import pytest

from holdfast.errors import Mistake
from holdfast.grading.wiring.processes import endpoint, node_settings
from tests.grading.wiring.settings import effective


def test_a_node_believes_only_the_balancer_on_its_listening_side() -> None:
    assert node_settings(effective()).balancers == {"127.0.0.1"}
    told = node_settings(effective({"grading.trusted_balancers": ("192.0.2.1", "192.0.2.2")}))
    assert told.balancers == {"192.0.2.1", "192.0.2.2"}


def test_a_nodes_ports_get_the_offset_and_zero_stays_any() -> None:
    free = node_settings(effective({"fleet.port_offset": 100}))
    assert (free.tcp_port, free.udp_port, free.port_offset) == (0, 0, 100)
    fixed = node_settings(effective({"fleet.port_offset": 100, "grading.node_tcp_port": 4500}))
    assert fixed.tcp_port == 4600


def test_draining_and_recording_fit_into_the_time_that_a_process_has() -> None:
    settings = node_settings(effective({"fleet.drain_s": 8.0}))
    assert settings.drain_s + settings.farewell_s < 8.0


def test_the_key_of_the_dice_is_in_the_data_folder_unless_named() -> None:
    data = {"fleet.data": Path("/srv/holdfast")}
    assert node_settings(effective(data)).seed_secret_file == Path("/srv/holdfast/seed.key")
    named = node_settings(effective({**data, "grading.seed_secret_file": "/keys/dice"}))
    assert named.seed_secret_file == Path("/keys/dice")


def test_a_balancers_address_is_host_and_port() -> None:
    assert endpoint("192.0.2.1:8081") == ("192.0.2.1", 8081)
    assert endpoint("[::1]:8081") == ("::1", 8081)


@pytest.mark.parametrize("wrong", ["", "8081", "host:", ":8081", "host:0", "host:x", "host:99999"])
def test_a_wrong_balancer_address_is_named(wrong: str) -> None:
    with pytest.raises(Mistake, match="host:port"):
        endpoint(wrong)
