"""A cluster's archive: whoever leads, the log is kept, and a backup restores across successions."""

import os
import signal
from datetime import UTC, datetime
from pathlib import Path

import pytest

from holdfast.platform.data.backup.archive import archived, wal_folder
from holdfast.platform.data.backup.restore import Wish, restore
from holdfast.platform.data.backup.source import source_of
from holdfast.platform.data.backup.status import read_status
from holdfast.platform.data.backup.take import take_base
from holdfast.platform.data.settings import DatabaseSettings
from tests.support.backups import ARCHIVED_S, ask, rows_in
from tests.support.clusters import RealCluster, cluster_here, folder_for_cluster
from tests.support.fleet import eventually

pytestmark = [pytest.mark.processes, pytest.mark.cluster, pytest.mark.timeout(300)]


class _Rows:
    """Numbered rows, each acknowledged by whoever leads."""

    def __init__(self, cluster: RealCluster) -> None:
        self._cluster = cluster
        self.count = 0
        ask(cluster.dsn, "CREATE TABLE kept (n integer, pad text)", "SELECT 1")

    def write(self, count: int) -> datetime:
        for _ in range(count):
            self.count += 1
            ask(self._cluster.dsn, f"INSERT INTO kept VALUES ({self.count}, '') RETURNING n")
        return datetime.now(UTC)


def _settle(cluster: RealCluster, rows: _Rows, wal: Path) -> None:
    name = str(ask(cluster.dsn, "SELECT pg_walfile_name(pg_current_wal_insert_lsn())"))
    rows.write(1)  # so that the file is closed in time
    eventually(lambda: name in archived(wal), ARCHIVED_S, f"{name} in the archive")


def test_a_backup_restores_to_a_moment_after_its_leader_was_killed() -> None:
    with folder_for_cluster() as folder:
        data, archive = folder / "data", folder / "archive"
        data.mkdir(mode=0o755)
        with cluster_here(data, archive=str(archive), archive_every_s=1.0) as cluster:
            rows, wal = _Rows(cluster), wal_folder(archive)
            rows.write(3)
            source = source_of(DatabaseSettings(), data)
            take_base(source, archive, data)
            rows.write(3)
            killed = cluster.leader()
            os.kill(cluster.postgres(killed), signal.SIGKILL)
            eventually(lambda: cluster.leader() != killed, 60.0, "another leader")
            cluster.wait_healthy()
            moment = rows.write(3)
            kept = rows.count
            rows.write(3)
            _settle(cluster, rows, wal)
            status = read_status(archive, data, source.dsn)
            assert (status.missing, status.is_archive) == (None, True)
        timelines = {name[:8] for name in archived(wal) if len(name) == 24}
        assert len(timelines) > 1, "the log of one leader only"
        done = restore(Wish(archive, folder / "again", moment))
        assert done.last is not None
        assert done.last <= moment
        assert rows_in(folder / "again", "") == list(range(1, kept + 1))
