"""Verification: a schema that is not what its scripts make is told, thing by thing."""

from pathlib import Path

import pytest

from holdfast.apps import APPS
from holdfast.platform.data.database import Database
from holdfast.platform.data.migrate import apply
from holdfast.platform.data.queries import Statement
from holdfast.platform.data.verify import compared, differences
from holdfast.platform.runtime.schema import Schema

SCHEMAS = [app.schema for app in APPS if app.schema is not None]
ZOO = """
CREATE TYPE size AS ENUM ('small', 'large');
CREATE DOMAIN age AS integer CHECK (VALUE >= 0);
CREATE TABLE cages (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
CREATE TABLE pets (
    id   int PRIMARY KEY,
    cage bigint REFERENCES cages,
    name text NOT NULL DEFAULT 'Rex' CHECK (name <> ''),
    big  size,
    old  age
);
CREATE INDEX pets_by_name ON pets (name);
CREATE SEQUENCE tickets;
CREATE VIEW names AS SELECT name FROM pets;
CREATE FUNCTION stay() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER stay BEFORE DELETE ON pets FOR EACH ROW EXECUTE FUNCTION stay();
"""


@pytest.fixture
async def zoo(database: Database, tmp_path: Path) -> Path:
    (tmp_path / "0001_zoo.sql").write_text(ZOO)
    await apply(database, "zoo", tmp_path)
    return tmp_path


async def told(database: Database, zoo: Path, sql: str) -> list[str]:
    """What verification says after somebody has done this."""
    await database.execute(Statement("somebody", sql))
    return [str(one) for one in await differences(database, "zoo", zoo)]


async def test_what_the_scripts_made_is_as_it_should_be(database: Database, zoo: Path) -> None:
    assert await differences(database, "zoo", zoo) == []


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.name)
async def test_the_apps_own_chains_verify(database: Database, schema: Schema) -> None:
    await apply(database, schema.name, schema.migrations)
    assert await differences(database, schema.name, schema.migrations) == []


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("ALTER TABLE zoo.pets ALTER name DROP NOT NULL", "column pets.name"),
        ("ALTER TABLE zoo.pets ALTER name SET DEFAULT 'Tom'", "column pets.name"),
        ("ALTER TABLE zoo.pets ADD more int", "column pets.more"),
        ("ALTER TABLE zoo.pets ALTER name SET STORAGE EXTERNAL", "column pets.name"),
        ("ALTER TABLE zoo.pets DROP CONSTRAINT pets_name_check", "constraint pets.pets_name_check"),
        ("ALTER TABLE zoo.pets SET (fillfactor = 50)", "table pets"),
        ("DROP INDEX zoo.pets_by_name", "index pets_by_name"),
        ("CREATE INDEX slow ON zoo.pets (cage)", "index slow"),
        ("ALTER SEQUENCE zoo.tickets INCREMENT 7", "sequence tickets"),
        ("CREATE OR REPLACE VIEW zoo.names AS SELECT 'x' AS name", "view names"),
        (
            "CREATE OR REPLACE FUNCTION zoo.stay() RETURNS trigger LANGUAGE plpgsql AS "
            "'BEGIN RETURN OLD; END'",
            "function stay()",
        ),
        ("CREATE FUNCTION zoo.more() RETURNS int LANGUAGE sql AS 'SELECT 1'", "function more()"),
        ("ALTER TABLE zoo.pets DISABLE TRIGGER stay", "trigger pets.stay"),
        ("ALTER TYPE zoo.size ADD VALUE 'huge'", "type size"),
        ("ALTER DOMAIN zoo.age SET NOT NULL", "type age"),
    ],
)
async def test_every_kind_of_difference_is_named(
    database: Database, zoo: Path, sql: str, names: str
) -> None:
    said = await told(database, zoo, sql)
    assert any(line.startswith(f"{names} ") for line in said), said


async def test_a_missing_and_a_surplus_table_are_told_without_their_columns(
    database: Database, zoo: Path
) -> None:
    assert await told(database, zoo, "CREATE TABLE zoo.more (id int)") == [
        "table more is there and should not be"
    ]
    said = await told(database, zoo, "DROP TABLE zoo.pets CASCADE")
    assert "table pets is missing" in said
    assert not any(line.startswith("column pets.") for line in said)


async def test_verification_leaves_nothing_behind(database: Database, zoo: Path) -> None:
    schemas = Statement("schemas", "SELECT count(*) FROM pg_namespace")
    before = await database.fetchval(schemas)
    await differences(database, "zoo", zoo)
    assert await database.fetchval(schemas) == before


async def test_scripts_that_are_still_due_are_no_difference(database: Database, zoo: Path) -> None:
    (zoo / "0002_more.post.sql").write_text("ALTER TABLE pets DROP name CASCADE;")
    assert await differences(database, "zoo", zoo) == []


def test_a_difference_says_what_is_and_what_should_be() -> None:
    (one,) = compared({"column a.b": "integer"}, {"column a.b": "text  not\nnull"})
    assert str(one) == "column a.b is [text not null] and should be [integer]"
    (long,) = compared({"view v": "x" * 300}, {"view v": "y"})
    assert str(long).endswith("x ...]")
