"""The statements are there, documented by their names, and each is used."""

from pathlib import Path

from holdfast.grading.store import statements
from holdfast.grading.store.statements import SQL
from holdfast.grading.store.tables import MIGRATIONS
from holdfast.platform.data.migrate import migrations_in


def test_every_statement_is_used_by_a_store() -> None:
    folder = Path(statements.__file__).parent
    code = "\n".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    assert [name for name in SQL if f"SQL.{name}" not in code] == []


def test_every_statement_is_bound_to_a_course() -> None:
    assert [name for name in SQL if "$1" not in SQL[name].sql] == ["ping", "leader"]


def test_the_migrations_are_numbered_from_one() -> None:
    assert migrations_in(MIGRATIONS)[0].number == 1
