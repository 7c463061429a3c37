"""What `holdfast up` starts for a cluster, and what it refuses."""

from pathlib import Path

import pytest

from holdfast.errors import Mistake
from holdfast.platform.data.cluster import children
from holdfast.platform.data.cluster.children import (
    STORE_STAGE,
    children_of,
    plan_of,
    wants_cluster,
)
from holdfast.platform.data.settings import DatabaseSettings

CLUSTER = DatabaseSettings(replicas=2)


def test_a_single_server_and_a_cluster_do_not_share_a_folder(tmp_path: Path) -> None:
    assert not wants_cluster(DatabaseSettings(), tmp_path)
    assert wants_cluster(CLUSTER, tmp_path)
    plan_of(CLUSTER, tmp_path)
    with pytest.raises(Mistake, match="holds a cluster: start it with --replicas 2"):
        wants_cluster(DatabaseSettings(), tmp_path)


def test_the_store_outlives_the_members_and_every_child_is_a_guard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "store_on_this_machine", lambda: "etcd")
    specs = children_of(plan_of(CLUSTER, tmp_path, port_offset=100), 0, "text")
    stages = {spec.name: spec.stage for spec in specs}
    assert stages == {
        "store-m1": STORE_STAGE, "store-m2": STORE_STAGE, "store-m3": STORE_STAGE,
        "database-m1": 0, "database-m2": 0, "database-m3": 0,
    }  # fmt: skip
    assert all("guard" in spec.argv[2] for spec in specs)
    assert "5600" in specs[3].argv[3]


def test_patronis_own_raft_needs_no_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "store_on_this_machine", lambda: "raft")
    specs = children_of(plan_of(CLUSTER, tmp_path), 0, "text")
    assert [spec.name for spec in specs] == ["database-m1", "database-m2", "database-m3"]
    with pytest.raises(Mistake, match="needs etcd"):
        plan_of(DatabaseSettings(replicas=2, fast_failover=True), tmp_path)


def test_the_port_of_a_single_server_is_no_port_of_a_cluster(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match=r"database\.cluster_port"):
        plan_of(DatabaseSettings(replicas=2, port=5432), tmp_path)
