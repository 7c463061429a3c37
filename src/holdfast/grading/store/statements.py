"""The statements of `queries.sql`, read once: `SQL.open_attempts` is one of them."""

from importlib.resources import files

from holdfast.platform.data.queries import load

FOLDER = files("holdfast.grading.store")
SQL = load(FOLDER / "queries.sql")
MIGRATIONS = FOLDER / "migrations"
