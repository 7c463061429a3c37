"""Networks as an operator writes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.platform.balancer.networks import Networks


def test_a_host_is_inside_its_networks_only() -> None:
    networks = Networks(["10.1.0.0/16", "192.0.2.7", "fd00::/8", "::1"])
    assert all(
        host in networks for host in ("10.1.2.3", "192.0.2.7", "fd12::9", "::1", "fd00::1%e")
    )
    assert not any(host in networks for host in ("10.2.0.1", "192.0.2.8", "fe80::1", "::2", "what"))


def test_without_networks_nobody_is_inside() -> None:
    assert not Networks()
    assert "127.0.0.1" not in Networks()


def test_a_host_inside_a_network_may_be_written_for_it() -> None:
    assert "10.1.2.9" in Networks(["10.1.2.3/24"])


@pytest.mark.parametrize("text", ["", "localhost", "10.0.0.0/33", "10.0.0", "fe80::1%eth0/64x"])
def test_what_is_no_network_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="is no network"):
        Networks([text])


@given(st.ip_addresses())
def test_every_address_is_in_the_network_of_all(address) -> None:
    assert str(address) in Networks(["0.0.0.0/0", "::/0"])
    assert str(address) not in Networks(["0.0.0.0/0" if address.version == 6 else "::/0"])
