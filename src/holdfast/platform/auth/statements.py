"""The statements of identity's `queries.sql`, read once: `SQL.open_session` is one of them."""

from holdfast.platform.auth.tables import FOLDER
from holdfast.platform.data.queries import load

SQL = load(FOLDER / "queries.sql")
