"""The statements of identity are there, and each is used."""

from holdfast.platform.auth.statements import SQL
from holdfast.platform.auth.tables import FOLDER


def test_every_statement_is_used_by_a_store() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.py"))
    assert [name for name in SQL if f"SQL.{name}" not in code] == []
