"""Provision: tables, roles and addresses in one go; where roles cannot be made, it is said why."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from holdfast.platform.data.database import Database, Limits
from holdfast.platform.data.failures import StatementRejected
from holdfast.platform.data.provision import Owner, owner_of, provide
from holdfast.platform.data.queries import Statement
from holdfast.platform.data.role_files import address_with, role_file
from holdfast.platform.data.roles import quoted, role_names
from holdfast.platform.data.settings import DatabaseSettings
from holdfast.platform.runtime.config import Effective, Flag
from holdfast.platform.runtime.schema import Schema
from holdfast.platform.runtime.settings import FleetSettings
from tests.support.zoo import GUEST, KEEPER, zoo_in

LIMITS = Limits(pool_size=2)
FEED = Statement("feed", "UPDATE zoo.pets SET meals = meals + 1")
ME = Statement("me", "SELECT current_user")


@pytest.fixture
def zoo(tmp_path: Path) -> Schema:
    return zoo_in(tmp_path / "zoo")


@pytest.fixture
def owner(dsn: str, tmp_path: Path) -> Owner:
    return Owner(dsn, tmp_path / "data", is_own_server=False, limits=LIMITS)


async def whose(owner: Owner, process: str) -> str:
    """Who a process is, by the address it is given."""
    address = role_file(owner.data, process).read_text().strip()
    async with await Database.connect(address, limits=Limits(pool_size=1)) as opened:
        me: str = await opened.fetchval(ME)
    return me


async def let_go(database: Database, zoo: Schema) -> None:
    """Let the owner end the roles' sessions, so that the test's database can be dropped."""
    for name in (await role_names(database, [zoo])).values():
        await database.execute(Statement("join", f"GRANT {quoted(name)} TO CURRENT_USER"))


async def test_each_process_gets_an_address_of_its_own(
    owner: Owner, zoo: Schema, database: Database
) -> None:
    done = await provide(owner, [zoo], post=False)
    assert [m.label for m in done.applied["zoo"]] == ["0001_pets"]
    assert done.shared == ""
    await let_go(database, zoo)
    names = await role_names(database, [zoo])
    assert await whose(owner, "zoo-keeper") == names[KEEPER]
    assert await whose(owner, "guest") == names[GUEST]


async def test_a_second_time_nothing_changes(owner: Owner, zoo: Schema, database: Database) -> None:
    await provide(owner, [zoo], post=False)
    before = role_file(owner.data, "guest").read_text()
    again = await provide(owner, [zoo], post=False)
    assert (again.applied["zoo"], again.shared) == ((), "")
    assert role_file(owner.data, "guest").read_text() == before
    await let_go(database, zoo)


async def test_without_the_right_to_make_roles_one_is_shared(
    owner: Owner, zoo: Schema, database: Database, dsn: str
) -> None:
    await database.execute(Statement("plain", "CREATE ROLE plain LOGIN PASSWORD 'secret'"))
    own = await database.fetchval(Statement("own", "SELECT current_database()"))
    await database.execute(Statement("may", f"GRANT CREATE ON DATABASE {own} TO plain"))
    plain = replace(owner, dsn=address_with(dsn, "plain", "secret"))
    done = await provide(plain, [zoo], post=False)
    assert done.shared == "the database's user may not create roles"
    await database.execute(Statement("join", "GRANT plain TO CURRENT_USER"))
    assert await whose(plain, "zoo-keeper") == await whose(plain, "guest") == "plain"


async def test_a_role_of_somebody_else_keeps_its_password(
    owner: Owner, zoo: Schema, database: Database
) -> None:
    await provide(owner, [zoo], post=False)
    elsewhere = replace(owner, data=owner.data.parent / "elsewhere")
    done = await provide(elsewhere, [zoo], post=False)
    assert "its password is not in" in done.shared
    await let_go(database, zoo)
    assert await whose(owner, "guest") == (await role_names(database, [zoo]))[GUEST]
    assert await whose(elsewhere, "guest") == "holdfast"


async def test_on_our_own_server_lost_files_are_made_anew(
    owner: Owner, zoo: Schema, database: Database
) -> None:
    own = replace(owner, is_own_server=True)
    await provide(own, [zoo], post=False)
    shutil.rmtree(own.data / "roles")
    assert (await provide(own, [zoo], post=False)).shared == ""
    await let_go(database, zoo)
    assert await whose(own, "guest") == (await role_names(database, [zoo]))[GUEST]


async def test_rights_of_a_newer_program_are_left_alone(
    owner: Owner, zoo: Schema, database: Database
) -> None:
    newer = Path(str(zoo.migrations)) / "0002_vets.pre.sql"
    newer.write_text("CREATE TABLE vets (id int);")
    rights = Path(str(zoo.rights))
    old_rights = rights.read_text()
    rights.write_text(old_rights + "GRANT SELECT ON vets TO {guest};")
    await provide(owner, [zoo], post=False)
    newer.unlink()
    rights.write_text(old_rights)
    await provide(owner, [zoo], post=False)
    await let_go(database, zoo)
    address = role_file(owner.data, "guest").read_text().strip()
    async with await Database.connect(address, limits=Limits(pool_size=1)) as guest:
        assert await guest.fetch(Statement("vets", "SELECT * FROM zoo.vets")) == []


async def test_a_wrong_script_of_rights_is_an_error_and_no_reason_to_share(
    owner: Owner, zoo: Schema
) -> None:
    Path(str(zoo.rights)).write_text("GRANT SELECT ON nothing TO {guest};")
    with pytest.raises(StatementRejected, match="roles of zoo"):
        await provide(owner, [zoo], post=False)


def test_the_owners_address_is_the_one_of_the_settings_or_of_the_data_folder(
    tmp_path: Path,
) -> None:
    def settings(*flags: tuple[str, str]) -> Effective:
        sections = {"fleet": FleetSettings, "database": DatabaseSettings}
        said = [("fleet.data", str(tmp_path)), *flags]
        return Effective.load(sections, flags=[Flag(key, text, key) for key, text in said])

    (tmp_path / "database.dsn").write_text("postgresql://own@/holdfast\n")
    own = owner_of(settings())
    assert (own.dsn, own.is_own_server) == ("postgresql://own@/holdfast", True)
    named = owner_of(settings(("database.dsn_file", str(tmp_path / "database.dsn"))))
    assert named.is_own_server
    other = owner_of(settings(("database.dsn", "postgresql://them@db/app")))
    assert (other.dsn, other.is_own_server) == ("postgresql://them@db/app", False)
