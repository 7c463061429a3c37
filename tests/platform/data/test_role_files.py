"""Role files: an address for each process, readable by its owner only."""

from pathlib import Path
from stat import S_IMODE

import pytest

from holdfast.platform.data.role_files import (
    address_with,
    move_addresses,
    password_in,
    role_file,
    write_addresses,
)


@pytest.mark.parametrize(
    ("dsn", "made"),
    [
        ("postgresql://me:pw@db:5432/app", "postgresql://role:p%2Fw@db:5432/app"),
        ("postgresql://me@h1:1,h2:2/app", "postgresql://role:p%2Fw@h1:1,h2:2/app"),
        ("postgresql://db/app?user=me&password=x", "postgresql://role:p%2Fw@db/app"),
        (
            "postgresql://me:pw@/app?host=%2Ftmp%2Fa%20b",
            "postgresql://role:p%2Fw@/app?host=%2Ftmp%2Fa%20b",
        ),
    ],
)
def test_an_address_gets_another_role(dsn: str, made: str) -> None:
    assert address_with(dsn, "role", "p/w") == made


def test_files_are_private_and_give_the_password_back(tmp_path: Path) -> None:
    write_addresses(tmp_path, {"seller": "postgresql://db_seller:secret@db/app"})
    path = role_file(tmp_path, "seller")
    assert S_IMODE(path.stat().st_mode) == 0o600
    assert S_IMODE(path.parent.stat().st_mode) == 0o700
    assert password_in(path, "db_seller") == "secret"
    assert password_in(path, "another") is None
    assert password_in(role_file(tmp_path, "nobody"), "db_seller") is None


def test_a_file_that_holds_its_address_already_is_not_written(tmp_path: Path) -> None:
    address = {"seller": "postgresql://db_seller:secret@db/app"}
    write_addresses(tmp_path, address)
    before = role_file(tmp_path, "seller").stat().st_ino
    write_addresses(tmp_path, address)
    assert role_file(tmp_path, "seller").stat().st_ino == before
    write_addresses(tmp_path, {"seller": "postgresql://db_seller:secret@other/app"})
    assert "other" in role_file(tmp_path, "seller").read_text()


def test_what_is_no_address_holds_no_password(tmp_path: Path) -> None:
    write_addresses(tmp_path, {"seller": "postgresql://[broken"})
    assert password_in(role_file(tmp_path, "seller"), "db_seller") is None
    role_file(tmp_path, "seller").write_bytes(b"\xff\xfe")
    assert password_in(role_file(tmp_path, "seller"), "db_seller") is None


def test_addresses_follow_a_server_that_moves(tmp_path: Path) -> None:
    write_addresses(
        tmp_path,
        {
            "seller": "postgresql://db_seller:secret@127.0.0.1:1/app",
            "shared": "postgresql://owner:old@127.0.0.1:1/app",
        },
    )
    moved = "postgresql://owner:new@127.0.0.1:2/app"
    move_addresses(tmp_path, moved)
    seller, shared = (role_file(tmp_path, n).read_text().strip() for n in ("seller", "shared"))
    assert seller == "postgresql://db_seller:secret@127.0.0.1:2/app"
    assert shared == moved


def test_without_role_files_nothing_moves(tmp_path: Path) -> None:
    move_addresses(tmp_path, "postgresql://owner:new@127.0.0.1:2/app")
    assert list(tmp_path.iterdir()) == []
