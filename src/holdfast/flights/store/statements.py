"""The statements of one subject: `queries("fares").insert_fares` is one of `queries/fares.sql`."""

from functools import cache

from holdfast.flights.store.tables import FOLDER
from holdfast.platform.data.queries import Queries, load


@cache
def queries(subject: str) -> Queries:
    """The statements of `queries/<subject>.sql`, read once; `FileNotFoundError` without one."""
    return load(FOLDER / "queries" / f"{subject}.sql")
