"""docs/reference/migrations.md: two versions of an app are upgraded without a pause."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from holdfast.apps import APPS
from holdfast.errors import Mistake
from holdfast.platform.data.database import Database, Limits
from holdfast.platform.data.migrate import LOCK_TRIES, migrations_in
from holdfast.platform.data.migration_actions import EXIT_DIFFERENT, migrate, plan, verify
from holdfast.platform.data.queries import Statement
from holdfast.platform.data.role_files import role_file
from holdfast.platform.data.roles import quoted, role_names
from holdfast.platform.data.settings import DatabaseSettings
from holdfast.platform.runtime.config import Effective, Flag
from holdfast.platform.runtime.schema import Schema
from holdfast.platform.runtime.settings import FleetSettings
from tests.support.postgres import TestPostgres, postgres  # noqa: F401  a fixture
from tests.support.reference import REFERENCE
from tests.support.zoo import zoo_in

RENAME = {
    "0002_dinners.pre.sql": "ALTER TABLE pets ADD dinners int NOT NULL DEFAULT 0;",
    "0003_no_meals.post.sql": "ALTER TABLE pets DROP meals;",
}


@pytest.fixture
def settings(postgres: TestPostgres, tmp_path: Path) -> Iterator[Effective]:  # noqa: F811
    """The settings of whoever runs the command on an empty database."""
    loop = asyncio.new_event_loop()
    clone = postgres.clone()
    dsn = loop.run_until_complete(clone.__aenter__())
    try:
        yield Effective.load(
            {"fleet": FleetSettings, "database": DatabaseSettings},
            flags=[
                Flag("fleet.data", str(tmp_path / "data"), "--data"),
                Flag("database.dsn", dsn, "--set"),
            ],
        )
    finally:
        loop.run_until_complete(clone.__aexit__(None, None, None))
        loop.close()


@pytest.fixture
def old(tmp_path: Path) -> Schema:
    return zoo_in(tmp_path / "old")


@pytest.fixture
def new(tmp_path: Path) -> Schema:
    """The next version: it counts in `dinners` what was counted in `meals`."""
    schema = zoo_in(tmp_path / "new")
    for name, script in RENAME.items():
        (tmp_path / "new" / "migrations" / name).write_text(script)
    rights = "GRANT SELECT, UPDATE (dinners) ON pets TO {zoo_keeper};"
    (tmp_path / "new" / "roles.sql").write_text(rights)
    return schema


def as_keeper(effective: Effective, schema: Schema, sql: str) -> None:
    """What a running process of the zoo does, with its own role."""
    data = effective.section(FleetSettings).data

    async def work() -> None:
        dsn = effective.section(DatabaseSettings).dsn
        async with await Database.connect(dsn, limits=Limits(pool_size=1)) as owner:
            for name in (await role_names(owner, [schema])).values():
                join = f"GRANT {quoted(name)} TO CURRENT_USER"  # so that the test can end it
                await owner.execute(Statement("join", join))
        address = role_file(data, "zoo-keeper").read_text().strip()
        async with await Database.connect(address, limits=Limits(pool_size=1)) as keeper:
            await keeper.execute(Statement("work", sql))

    asyncio.run(work())


def test_an_upgrade_without_a_pause(
    settings: Effective, old: Schema, new: Schema, capsys: pytest.CaptureFixture[str]
) -> None:
    assert migrate(settings, [old], post=False) == 0
    as_keeper(settings, old, "UPDATE zoo.pets SET meals = 1")
    assert migrate(settings, [new], post=False) == 0
    as_keeper(settings, old, "UPDATE zoo.pets SET meals = 2")
    as_keeper(settings, new, "UPDATE zoo.pets SET dinners = 2")
    assert migrate(settings, [old], post=False) == 0  # an older program changes nothing
    as_keeper(settings, new, "UPDATE zoo.pets SET dinners = 3")
    capsys.readouterr()
    assert migrate(settings, [new], post=True) == 0
    assert "0003_no_meals.post" in capsys.readouterr().out
    as_keeper(settings, new, "UPDATE zoo.pets SET dinners = 4")
    with pytest.raises(Mistake, match="needs a newer program"):
        migrate(settings, [old], post=False)


def test_the_plan_shows_what_is_due_and_what_waits_and_does_nothing(
    settings: Effective, old: Schema, new: Schema, capsys: pytest.CaptureFixture[str]
) -> None:
    plan(settings, [new], post=False)
    assert "zoo: 0 applied, 3 due" in capsys.readouterr().out
    migrate(settings, [old], post=False)
    capsys.readouterr()
    assert plan(settings, [new], post=False) == 0
    assert capsys.readouterr().out.splitlines() == [
        "zoo: 1 applied, 1 due",
        "  0002_dinners.pre",
        "  0003_no_meals.post  later, with --post",
    ]
    plan(settings, [new], post=True)
    assert "zoo: 1 applied, 2 due" in capsys.readouterr().out
    migrate(settings, [new], post=False)
    capsys.readouterr()
    plan(settings, [old], post=False)
    assert "0002_dinners.pre  there already, of a newer program" in capsys.readouterr().out


def test_verify_says_what_is_wrong_and_fails(
    settings: Effective, old: Schema, capsys: pytest.CaptureFixture[str]
) -> None:
    migrate(settings, [old], post=False)
    assert verify(settings, [old]) == 0
    assert "zoo: as it should be" in capsys.readouterr().out

    async def break_it() -> None:
        dsn = settings.section(DatabaseSettings).dsn
        async with await Database.connect(dsn, limits=Limits(pool_size=1)) as owner:
            await owner.execute(Statement("break", "ALTER TABLE zoo.pets ADD more int"))

    asyncio.run(break_it())
    assert verify(settings, [old]) == EXIT_DIFFERENT
    assert "column pets.more is there and should not be" in capsys.readouterr().out


def test_migrate_says_where_the_roles_are_or_why_there_are_none(
    settings: Effective, old: Schema, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    migrate(settings, [old], post=False)
    assert f"its address is in {tmp_path / 'data' / 'roles'}" in capsys.readouterr().out
    elsewhere = settings.with_values({"fleet.data": tmp_path / "elsewhere"})
    migrate(elsewhere, [old], post=False)
    assert "roles: all processes share one, for the role" in capsys.readouterr().out


def test_the_apps_scripts_keep_the_order_of_the_page() -> None:
    """A version's `post` scripts are its last."""
    for app in APPS:
        if app.schema is not None:
            phases = [migration.phase for migration in migrations_in(app.schema.migrations)]
            assert phases, app.name
            assert "post" not in phases or set(phases[phases.index("post") :]) == {"post"}


def test_the_page_names_the_bounds_of_the_code() -> None:
    page = (REFERENCE / "migrations.md").read_text(encoding="utf-8")
    assert f"{LOCK_TRIES} times" in page
