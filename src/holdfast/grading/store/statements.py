"""The statements of `queries.sql`, read once: `SQL.open_attempts` is one of them."""

from holdfast.grading.store.tables import FOLDER
from holdfast.platform.data.queries import load

SQL = load(FOLDER / "queries.sql")
