"""Migrations: applied once, in order, all or none, never on a changed history."""

import asyncio
from pathlib import Path

import pytest

from holdfast.errors import Mistake
from holdfast.platform.data.database import Database, Limits
from holdfast.platform.data.failures import StatementRejected
from holdfast.platform.data.migrate import apply, ensure, migrations_in, standing
from holdfast.platform.data.queries import Statement
from holdfast.platform.data.role_files import address_with
from tests.support.eventually import eventually


def folder_of(path: Path, **scripts: str) -> Path:
    for name, script in scripts.items():
        (path / f"{name}.sql").write_text(script)
    return path


async def tables(database: Database, schema: str) -> list[str]:
    rows = await database.fetch(
        Statement("t", "SELECT tablename FROM pg_tables WHERE schemaname = $1 ORDER BY 1"), schema
    )
    return [row["tablename"] for row in rows]


async def test_scripts_run_in_order_in_the_schema_of_the_app(
    database: Database, tmp_path: Path
) -> None:
    folder_of(
        tmp_path,
        **{
            "0001_pets": "CREATE TABLE pets (id int PRIMARY KEY); INSERT INTO pets VALUES (1);",
            "0002_names": "ALTER TABLE pets ADD name text; UPDATE pets SET name = 'Rex';",
        },
    )
    done = await apply(database, "zoo", tmp_path)
    assert [migration.name for migration in done] == ["pets", "names"]
    assert await tables(database, "zoo") == ["migrations", "pets"]
    assert await database.fetchval(Statement("n", "SELECT name FROM zoo.pets")) == "Rex"


async def test_nothing_is_done_twice(database: Database, tmp_path: Path) -> None:
    folder_of(tmp_path, **{"0001_pets": "CREATE TABLE pets (id int);"})
    await apply(database, "zoo", tmp_path)
    assert await apply(database, "zoo", tmp_path) == ()
    folder_of(tmp_path, **{"0002_more": "CREATE TABLE more (id int);"})
    assert [migration.name for migration in await apply(database, "zoo", tmp_path)] == ["more"]


async def test_processes_that_start_together_apply_once(database: Database, tmp_path: Path) -> None:
    folder_of(tmp_path, **{"0001_pets": "CREATE TABLE pets (id int);"})
    done = await asyncio.gather(*(apply(database, "zoo", tmp_path) for _ in range(4)))
    assert sorted(map(len, done)) == [0, 0, 0, 1]


async def test_a_failing_script_leaves_nothing_of_the_run(
    database: Database, tmp_path: Path
) -> None:
    folder_of(tmp_path, **{"0001_pets": "CREATE TABLE pets (id int);", "0002_bad": "CREATE NO;"})
    with pytest.raises(StatementRejected, match="0002_bad"):
        await apply(database, "zoo", tmp_path)
    assert await tables(database, "zoo") == []


async def test_a_script_changed_after_it_ran_is_refused(database: Database, tmp_path: Path) -> None:
    folder_of(tmp_path, **{"0001_pets": "CREATE TABLE pets (id int);"})
    await apply(database, "zoo", tmp_path)
    folder_of(tmp_path, **{"0001_pets": "CREATE TABLE pets (id bigint);"})
    with pytest.raises(Mistake, match="0001_pets of zoo was changed"):
        await apply(database, "zoo", tmp_path)


async def test_a_database_newer_than_the_program_is_refused(
    database: Database, tmp_path: Path
) -> None:
    folder_of(tmp_path, **{"0001_pets": "CREATE TABLE pets (id int);", "0002_b": "SELECT 1;"})
    await apply(database, "zoo", tmp_path)
    (tmp_path / "0002_b.sql").unlink()
    with pytest.raises(Mistake, match="0002_b of zoo: it needs a newer program"):
        await apply(database, "zoo", tmp_path)


async def test_line_ends_do_not_change_the_history(database: Database, tmp_path: Path) -> None:
    (tmp_path / "0001_pets.sql").write_bytes(b"CREATE TABLE pets\n(id int);\n")
    await apply(database, "zoo", tmp_path)
    (tmp_path / "0001_pets.sql").write_bytes(b"CREATE TABLE pets\r\n(id int);\r\n")
    assert await apply(database, "zoo", tmp_path) == ()


async def test_a_statement_without_rights_is_told_with_its_name(
    postgres: object, dsn: str, tmp_path: Path
) -> None:
    folder_of(tmp_path, **{"0001_evil": "COPY (SELECT 1) TO PROGRAM 'true';"})
    async with await Database.connect(dsn, limits=Limits(pool_size=1)) as opened:
        with pytest.raises(StatementRejected, match="0001_evil"):
            await apply(opened, "zoo", tmp_path)


@pytest.mark.parametrize(
    ("names", "complaint"),
    [
        (["1_pets.sql"], "must be named like"),
        (["0001_Pets.sql"], "must be named like"),
        (["0001_a.sql", "0003_c.sql"], "0003_c.sql should have the number 0002"),
        (["0001_a.sql", "0001_b.sql"], "0001_b.sql should have the number 0002"),
    ],
)
def test_wrong_names_gaps_and_doubles_are_mistakes(
    tmp_path: Path, names: list[str], complaint: str
) -> None:
    for name in names:
        (tmp_path / name).write_text("SELECT 1;")
    with pytest.raises(Mistake, match=complaint):
        migrations_in(tmp_path)


def test_other_files_in_the_folder_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "README").write_text("hello")
    assert migrations_in(tmp_path) == ()


async def test_an_app_with_a_name_that_is_no_schema_is_refused(
    database: Database, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="no name of a schema"):
        await apply(database, "zoo; DROP", tmp_path)


# Two versions of a made-up app. Version 2 renames a column while version 1 still runs: it adds the
# new one before, and drops the old one after.
VERSION_1 = {"0001_pets": "CREATE TABLE pets (id int PRIMARY KEY, called text NOT NULL);"}
RENAMED = {
    "0002_name.pre": "ALTER TABLE pets ALTER called DROP NOT NULL, ADD name text;",
    "0003_no_called.post": "ALTER TABLE pets DROP called;",
}
OLD_WRITES = Statement("old", "INSERT INTO zoo.pets (id, called) VALUES ($1, 'Rex')")
NEW_WRITES = Statement("new", "INSERT INTO zoo.pets (id, name) VALUES ($1, 'Rex')")


@pytest.fixture
def versions(tmp_path: Path) -> tuple[Path, Path]:
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    new.mkdir()
    folder_of(old, **VERSION_1)
    folder_of(new, **VERSION_1, **RENAMED)
    return old, new


async def test_old_and_new_programs_work_side_by_side_between_pre_and_post(
    database: Database, versions: tuple[Path, Path]
) -> None:
    old, new = versions
    await apply(database, "zoo", old)
    assert [m.label for m in await apply(database, "zoo", new)] == ["0002_name.pre"]
    await database.execute(OLD_WRITES, 1)
    await database.execute(NEW_WRITES, 2)
    assert await ensure(database, "zoo", old) == ()
    assert await ensure(database, "zoo", new) == ()
    assert (await standing(database, "zoo", old)).newer == ("0002_name.pre",)


async def test_post_scripts_wait_until_they_are_asked_for(
    database: Database, versions: tuple[Path, Path]
) -> None:
    old, new = versions
    await apply(database, "zoo", old)
    await apply(database, "zoo", new)
    assert await apply(database, "zoo", new) == ()
    waiting = await standing(database, "zoo", new)
    assert [m.label for m in waiting.later] == ["0003_no_called.post"]
    assert waiting.blocked is None
    done = await apply(database, "zoo", new, post=True)
    assert [m.label for m in done] == ["0003_no_called.post"]


async def test_after_post_the_old_program_is_refused(
    database: Database, versions: tuple[Path, Path]
) -> None:
    old, new = versions
    await apply(database, "zoo", old)
    await apply(database, "zoo", new, post=True)
    for look in (ensure, apply, standing):
        with pytest.raises(Mistake, match=r"0003_no_called.post of zoo: it needs a newer program"):
            await look(database, "zoo", old)


async def test_an_empty_database_gets_all_at_once(
    database: Database, versions: tuple[Path, Path]
) -> None:
    assert len(await ensure(database, "zoo", versions[1])) == 3


async def test_what_is_needed_behind_a_post_script_is_refused_by_name(
    database: Database, versions: tuple[Path, Path]
) -> None:
    old, new = versions
    await apply(database, "zoo", old)
    folder_of(new, **{"0004_age.pre": "ALTER TABLE pets ADD age int;"})
    for bring in (apply, ensure):
        with pytest.raises(Mistake, match=r"0003_no_called.post of zoo must come first"):
            await bring(database, "zoo", new)
    assert len((await standing(database, "zoo", new)).done) == 1
    assert len(await apply(database, "zoo", new, post=True)) == 3


async def test_standing_changes_nothing(database: Database, versions: tuple[Path, Path]) -> None:
    found = await standing(database, "zoo", versions[1])
    assert [m.label for m in found.due] == [
        "0001_pets",
        "0002_name.pre",
        "0003_no_called.post",
    ]
    assert await tables(database, "zoo") == []


async def test_a_history_from_before_there_were_phases_goes_on(
    database: Database, versions: tuple[Path, Path]
) -> None:
    old, new = versions
    await apply(database, "zoo", old)
    drop = "ALTER TABLE zoo.migrations DROP COLUMN phase"
    await database.execute(Statement("drop", drop))
    assert await apply(database, "zoo", old) == ()
    assert [m.label for m in await apply(database, "zoo", new)] == ["0002_name.pre"]


async def test_a_process_that_may_not_migrate_says_what_is_missing(
    database: Database, dsn: str, versions: tuple[Path, Path]
) -> None:
    old, new = versions
    await apply(database, "zoo", old)
    role = f"keeper_{id(database)}"
    for sql in (
        f"CREATE ROLE {role} LOGIN PASSWORD 'secret'",
        f"GRANT USAGE ON SCHEMA zoo TO {role}",
        f"GRANT SELECT ON zoo.migrations TO {role}",
    ):
        await database.execute(Statement("grant", sql))
    limits = Limits(pool_size=1)
    async with await Database.connect(address_with(dsn, role, "secret"), limits=limits) as keeper:
        assert await ensure(keeper, "zoo", old) == ()
        with pytest.raises(Mistake, match=r"lacks migration 0002_name.pre of zoo: run `holdfast"):
            await ensure(keeper, "zoo", new)
    await database.execute(Statement("join", f"GRANT {role} TO CURRENT_USER"))


async def test_a_lock_that_is_not_free_is_asked_for_again(
    database: Database, versions: tuple[Path, Path]
) -> None:
    old, new = versions
    await apply(database, "zoo", old)
    async with database.transaction() as reading:
        await reading.fetch(Statement("read", "SELECT * FROM zoo.pets"))
        migrating = asyncio.create_task(apply(database, "zoo", new))
        await eventually(lambda: _waits_for_lock(database))
        await eventually(lambda: _waits_for_lock(database, is_waiting=False))
        assert not migrating.done()
    assert [m.label for m in await migrating] == ["0002_name.pre"]


async def _waits_for_lock(database: Database, *, is_waiting: bool = True) -> bool:
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'relation'"
    count: int = await database.fetchval(Statement("waiting", waiting))
    return (count > 0) is is_waiting
