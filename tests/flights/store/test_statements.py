"""The statements are there, each is used, and the migrations apply."""

from pathlib import Path

import pytest

from holdfast.flights.store import statements
from holdfast.flights.store.statements import queries
from holdfast.flights.store.tables import MIGRATIONS, SCHEMA
from holdfast.platform.data.database import Database
from holdfast.platform.data.migrate import apply, migrations_in

FOLDER = Path(statements.__file__).parent
SUBJECTS = sorted(path.stem for path in (FOLDER / "queries").glob("*.sql"))
STORES = [path.read_text(encoding="utf-8") for path in FOLDER.glob("*.py")]
CODE = "\n".join(STORES)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_statement_is_used_by_a_store(subject: str) -> None:
    unused = [name for name in queries(subject) if f".{name}" not in CODE]
    assert [name for name in unused if not is_chosen_by_name(subject, name)] == []


def is_chosen_by_name(subject: str, name: str) -> bool:
    """Whether a store makes the name up: of a list's direction, of an assertion of the audit."""
    made_up = subject == "audit" or name.endswith(("_up", "_down"))
    return made_up and any("SQL[" in text and f'queries("{subject}")' in text for text in STORES)


def test_a_subject_is_read_once() -> None:
    assert queries("fares") is queries("fares")


def test_a_subject_that_is_not_there_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        queries("no_such_subject")


def test_the_migrations_are_numbered_from_one() -> None:
    assert migrations_in(MIGRATIONS)[0].number == 1


async def test_the_migrations_are_applied_once(flights_database: Database) -> None:
    assert await apply(flights_database, SCHEMA, MIGRATIONS) == ()
