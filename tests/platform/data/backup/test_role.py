"""The role of backups may copy the server and read no table."""

from pathlib import Path

import pytest

from holdfast.errors import Mistake
from holdfast.platform.data.backup.role import BACKUP_ROLE, backup_password_file, role_sql
from holdfast.platform.data.backup.source import as_role
from tests.support.backups import Stand, ask


def test_the_password_is_private_and_the_role_comes_in(running: Stand) -> None:
    path = backup_password_file(running.plan.data)
    assert path.stat().st_mode & 0o777 == 0o600
    dsn = as_role(running.dsn, BACKUP_ROLE, path.read_text().strip())
    assert ask(dsn, "SELECT current_user::text") == BACKUP_ROLE
    found = ask(
        dsn,
        "SELECT rolreplication AND NOT (rolsuper OR rolcreatedb OR rolcreaterole)"
        " FROM pg_roles WHERE rolname = current_user",
    )
    assert found is True
    with pytest.raises(Mistake, match="password"):
        ask(as_role(running.dsn, BACKUP_ROLE, "x"), "SELECT 1")


def test_it_is_written_as_one_statement_a_line() -> None:
    lines = role_sql("secret").splitlines()
    assert len(lines) == 2
    assert "'secret'" in lines[1]
    assert backup_password_file(Path("/data")).name == "backup.password"
