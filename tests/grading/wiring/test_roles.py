"""Who may do what with grading's tables; tests/test_database_roles.py asks a real server."""

from holdfast.grading.store.statements import SQL
from holdfast.grading.wiring.app import APP
from holdfast.grading.wiring.roles import GRADING


def test_only_the_results_api_reaches_the_tables() -> None:
    assert APP.schema is GRADING
    assert [role.process for role in GRADING.roles] == ["results-api"]


def test_it_sends_every_statement_but_the_import_of_students() -> None:
    (role,) = GRADING.roles
    assert set(SQL) - role.statements == set()
