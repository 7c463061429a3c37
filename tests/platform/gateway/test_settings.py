from pathlib import Path

from holdfast.platform.gateway.settings import GatewaySettings
from holdfast.platform.runtime.settings import FleetSettings


def test_the_key_is_in_the_data_folder_unless_it_is_named() -> None:
    fleet = FleetSettings(data=Path("d"))
    assert GatewaySettings().key_path(fleet) == Path("d/gateway.key")
    assert GatewaySettings(key_file="/k").key_path(fleet) == Path("/k")


def test_headers_are_believed_from_our_own_side_or_from_those_named() -> None:
    assert GatewaySettings().believed == ("127.0.0.1",)
    assert GatewaySettings(host="0.0.0.0").believed == ()
    named = GatewaySettings(host="0.0.0.0", trusted_balancers=("10.0.0.0/8",))
    assert named.believed == ("10.0.0.0/8",)
