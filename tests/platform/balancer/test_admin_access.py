"""How an operator finds a balancer: its token and its address, in files of their own."""

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from holdfast.errors import Mistake
from holdfast.platform.balancer.admin_access import (
    ADDRESS_FILE,
    TOKEN_FILE,
    address_of,
    addresses_of,
    admit,
    dismiss,
    parse_address,
    token_of,
)
from holdfast.platform.balancer.settings import BalancerSettings
from holdfast.platform.telemetry.targets import targets_in


def test_the_token_is_made_once_for_its_owner_and_stays(tmp_path: Path) -> None:
    token = admit(tmp_path, "127.0.0.1:8082")
    assert len(token) == 64
    assert token_of(tmp_path) == token == admit(tmp_path, "127.0.0.1:9000")
    assert address_of(tmp_path, ("", 0)) == ("127.0.0.1", 9000), "the last one counts"
    for name in (TOKEN_FILE, ADDRESS_FILE):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_each_of_several_balancers_is_found_and_gone_ones_are_forgotten(tmp_path: Path) -> None:
    first = BalancerSettings(copies=3)
    for copy in (1, 2, 3):
        admit(tmp_path, f"127.0.0.1:900{copy}", replace(first, copy=copy))
    assert [port for _, port in addresses_of(tmp_path, ("", 0))] == [9001, 9002, 9003]
    assert [one.process for one in targets_in(tmp_path)] == [
        "balancer-1",
        "balancer-2",
        "balancer-3",
    ]
    dismiss(tmp_path, replace(first, copy=2))
    dismiss(tmp_path, first)
    assert [port for _, port in addresses_of(tmp_path, ("", 0))] == [9001, 9003]
    admit(tmp_path, "127.0.0.1:9004")
    assert addresses_of(tmp_path, ("", 0)) == [("127.0.0.1", 9004)], "alone again"


def test_a_data_folder_that_is_not_there_is_made(tmp_path: Path) -> None:
    admit(tmp_path / "data", "127.0.0.1:8082")
    assert token_of(tmp_path / "data")


def test_without_a_token_it_is_said_which_folder_was_meant(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match=r"no balancer has run on this data folder; --data"):
        token_of(tmp_path)


def test_without_a_noted_address_the_settings_say_it(tmp_path: Path) -> None:
    assert address_of(tmp_path, ("127.0.0.1", 8082)) == ("127.0.0.1", 8082)


@pytest.mark.parametrize("noted", [b"", b"\xff\xfe", b"nothing", b"x" * 1000, b"127.0.0.1:0"])
def test_a_spoilt_address_file_is_named(tmp_path: Path, noted: bytes) -> None:
    (tmp_path / ADDRESS_FILE).write_bytes(noted)
    with pytest.raises(Mistake, match=ADDRESS_FILE):
        address_of(tmp_path, ("", 0))


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:8082", ("127.0.0.1", 8082)),
        ("balancer-2.example:1", ("balancer-2.example", 1)),
        ("[::1]:65535", ("::1", 65535)),
    ],
)
def test_an_address_is_a_host_and_a_port(text: str, address: tuple[str, int]) -> None:
    assert parse_address(text, "--balancer") == address


@pytest.mark.parametrize(
    "text", ["", ":1", "a", "a:", "a:0", "a:65536", "a b:1", "::1:80", "a:1\n"]
)
def test_anything_else_is_a_mistake_that_says_where_it_stands(text: str) -> None:
    with pytest.raises(Mistake, match="--balancer must be an address"):
        parse_address(text, "--balancer")
