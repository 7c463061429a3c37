"""Migrations: applied once, in order, all or none, never on a changed history."""

import asyncio
from pathlib import Path

import pytest

from holdfast.errors import Mistake
from holdfast.platform.data.database import Database, Limits
from holdfast.platform.data.failures import StatementRejected
from holdfast.platform.data.migrate import apply, migrations_in
from holdfast.platform.data.queries import Statement


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
