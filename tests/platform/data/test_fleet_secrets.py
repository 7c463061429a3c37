"""All secrets of a fleet are made once, each in a file of its own that only its owner reads."""

from pathlib import Path
from stat import S_IMODE

import pytest

from holdfast.errors import Mistake
from holdfast.platform.data.cluster.plan import members_apart
from holdfast.platform.data.cluster.record import read_passwords
from holdfast.platform.data.fleet_secrets import make_secrets
from tests.support.zoo import GUEST, KEEPER

MEMBERS = members_apart(("m1=192.0.2.2", "m2=192.0.2.3", "m3=192.0.2.4"), 5500)
HOSTS = "192.0.2.2:5500,192.0.2.3:5500,192.0.2.4:5500"


def test_a_fleet_gets_keys_passwords_and_an_address_for_each_process(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    paths = make_secrets(folder, ["fleet.key", "a.token"], [KEEPER, GUEST], MEMBERS)
    assert sorted(path.name for path in paths) == [
        "a.token",
        "database.dsn",
        "database.passwords",
        "fleet.key",
        "guest.dsn",
        "zoo-keeper.dsn",
    ]
    assert {S_IMODE(path.stat().st_mode) for path in paths} == {0o600}
    assert S_IMODE(folder.stat().st_mode) == 0o700
    owner = read_passwords(folder / "database.passwords").application
    assert (folder / "database.dsn").read_text() == (
        f"postgresql://holdfast:{owner}@{HOSTS}/holdfast\n"
    )
    keeper = (folder / "zoo-keeper.dsn").read_text()
    assert keeper.startswith("postgresql://holdfast_zoo_keeper:")
    assert keeper.endswith(f"@{HOSTS}/holdfast\n")
    assert len({path.read_text() for path in paths}) == len(paths)


def test_what_is_there_stays_and_only_what_is_new_is_added(tmp_path: Path) -> None:
    first = {p: p.read_text() for p in make_secrets(tmp_path, ["fleet.key"], [GUEST], MEMBERS)}
    second = make_secrets(tmp_path, ["fleet.key", "b.key"], [GUEST, KEEPER], MEMBERS)
    assert len(second) == len(first) + 2
    assert {path: path.read_text() for path in first} == first


def test_a_member_that_moves_changes_the_addresses_and_no_password(tmp_path: Path) -> None:
    make_secrets(tmp_path, [], [GUEST], MEMBERS)
    before = (tmp_path / "guest.dsn").read_text()
    moved = members_apart(("m1=192.0.2.2", "m2=192.0.2.3", "m3=192.0.2.9"), 5500)
    make_secrets(tmp_path, [], [GUEST], moved)
    assert (tmp_path / "guest.dsn").read_text() == before.replace("192.0.2.4", "192.0.2.9")


def test_without_members_there_is_no_address(tmp_path: Path) -> None:
    assert make_secrets(tmp_path, ["fleet.key"], [GUEST], ()) == [tmp_path / "fleet.key"]


def test_a_folder_that_cannot_be_made_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Mistake, match="cannot be made"):
        make_secrets(tmp_path / "file" / "secrets", [], [], ())
