"""What is named is there: the scripts of grading's tables, their statements and their rights."""

from holdfast.grading.store.tables import FOLDER, MIGRATIONS
from holdfast.platform.data.migrate import migrations_in


def test_scripts_statements_and_rights_lie_side_by_side() -> None:
    assert migrations_in(MIGRATIONS)[0].number == 1
    assert (FOLDER / "queries.sql").is_file()
    assert (FOLDER / "roles.sql").is_file()
