"""The statements of one subject: `queries("fares").insert_fares` is one of `queries/fares.sql`."""

from functools import cache
from importlib.resources import files

from holdfast.platform.data.queries import Queries, load

SCHEMA = "flights"
"""First in the search path of every door to these tables."""
FOLDER = files("holdfast.flights.store")
MIGRATIONS = FOLDER / "migrations"


@cache
def queries(subject: str) -> Queries:
    """The statements of `queries/<subject>.sql`, read once; `FileNotFoundError` without one."""
    return load(FOLDER / "queries" / f"{subject}.sql")
