"""A made-up app with two processes, for tests of roles and migrations."""

from pathlib import Path

from holdfast.platform.runtime.schema import Role, Schema, UseCase

KEEPER = Role("zoo-keeper", (UseCase("feed", ("feed", "pets")),))
GUEST = Role("guest", (UseCase("look", ("pets",)),))
TABLES = "CREATE TABLE pets (id int PRIMARY KEY, meals int NOT NULL DEFAULT 0);"
RIGHTS = """
GRANT SELECT ON pets TO {zoo_keeper}, {guest};
GRANT UPDATE (meals) ON pets TO {zoo_keeper};
"""
QUERIES = """
-- name: pets
SELECT id, meals FROM pets;
-- name: feed
UPDATE pets SET meals = meals + 1 WHERE id = $1;
"""


def zoo_in(folder: Path) -> Schema:
    """The app's declaration, its files written into the folder."""
    (folder / "migrations").mkdir(parents=True)
    (folder / "migrations" / "0001_pets.sql").write_text(TABLES)
    (folder / "roles.sql").write_text(RIGHTS)
    (folder / "queries.sql").write_text(QUERIES)
    return Schema(
        name="zoo",
        migrations=folder / "migrations",
        queries=folder / "queries.sql",
        rights=folder / "roles.sql",
        roles=(KEEPER, GUEST),
    )
