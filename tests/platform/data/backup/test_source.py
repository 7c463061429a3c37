"""A backup's source is the server that the settings name; passwords stand apart from addresses."""

from pathlib import Path

import pytest

from holdfast.errors import Mistake
from holdfast.platform.data.backup.role import backup_password_file
from holdfast.platform.data.backup.source import as_role, source_of, without_password
from holdfast.platform.data.cluster.plan import ClusterPlan, members_here
from holdfast.platform.data.cluster.record import passwords_of, settle
from holdfast.platform.data.embedded import dsn_file
from holdfast.platform.data.settings import DatabaseSettings

OWN = "postgresql://holdfast:own@/holdfast?host=%2Ftmp%2Fa%20b"


def test_the_embedded_server_is_copied_by_its_own_role(tmp_path: Path) -> None:
    dsn_file(tmp_path).write_text(OWN + "\n")
    backup_password_file(tmp_path).write_text("secret\n")
    for settings in (DatabaseSettings(), DatabaseSettings(dsn_file=str(dsn_file(tmp_path)))):
        source = source_of(settings, tmp_path)
        assert source.dsn == OWN
        assert source.copying == "postgresql://holdfast_backup@/holdfast?host=%2Ftmp%2Fa%20b"
        assert source.password == "secret"
        assert "secret" not in repr(source)
        assert "own" not in repr(source)


def test_a_cluster_is_copied_by_its_role_for_copies_from_its_leader(tmp_path: Path) -> None:
    settle(ClusterPlan(tmp_path, members_here(5500)))
    source = source_of(DatabaseSettings(), tmp_path)
    assert source.copying.startswith("postgresql://replicator@127.0.0.1:5500,127.0.0.1:5501,")
    assert source.copying.endswith("target_session_attrs=read-write")
    assert source.password == passwords_of(tmp_path).replication


def test_another_server_is_copied_by_whoever_its_address_names(tmp_path: Path) -> None:
    source = source_of(
        DatabaseSettings(dsn="postgresql://u:p%40ss@h:1/d?sslmode=require"), tmp_path
    )
    assert source.copying == "postgresql://u@h:1/d?sslmode=require"
    assert source.password == "p@ss"


def test_a_password_among_the_options_is_taken_out_as_well() -> None:
    assert without_password("postgresql:///d?host=/s&password=x&user=u") == (
        "postgresql:///d?host=%2Fs&user=u",
        "x",
    )


def test_a_role_with_any_password_makes_an_address() -> None:
    dsn = as_role("postgresql://a:b@h/d", "x", "p@:/")
    assert without_password(dsn) == ("postgresql://x@h/d", "p@:/")


def test_mistakes_are_told(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match="No database has run"):
        source_of(DatabaseSettings(), tmp_path)
    dsn_file(tmp_path).write_text(OWN)
    with pytest.raises(Mistake, match=r"backup\.password cannot be read"):
        source_of(DatabaseSettings(), tmp_path)
