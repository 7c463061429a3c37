"""A store's guard runs one etcd: ready with a majority, ended with its guard, told when it dies."""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from holdfast.platform.data.cluster import store_guard
from holdfast.platform.data.cluster.plan import ClusterPlan, members_here
from holdfast.platform.data.cluster.record import settle
from holdfast.platform.data.cluster.store_guard import argv_of_store_guard
from holdfast.platform.data.cluster_folder import Interrupted
from holdfast.platform.runtime.folder import Lock
from tests.platform.data.cluster.test_member_guard import Ears
from tests.support.clusters import NO_ETCD, GuardProcess, folder_for_cluster, free_base
from tests.support.processes import is_alive, until

pytestmark = pytest.mark.processes


@pytest.fixture
def plan() -> Iterator[ClusterPlan]:
    with folder_for_cluster() as data:
        yield settle(ClusterPlan(data, members_here(free_base())))


def etcd_of(guard: GuardProcess) -> int:
    pid = guard.process.pid
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return int(text.split()[0])


@pytest.mark.skipif(shutil.which("etcd") is None, reason=NO_ETCD)
def test_two_of_three_serve_and_each_ends_in_its_way(plan: ClusterPlan) -> None:
    guards = [
        GuardProcess(argv_of_store_guard(plan, name), plan.data / f"log-{name}")
        for name in ("m1", "m2")
    ]
    try:
        assert all("ready" in guard.said() for guard in guards)
        programs = [etcd_of(guard) for guard in guards]
        os.kill(programs[0], signal.SIGKILL)
        until(lambda: guards[0].process.poll() is not None, "the guard's end")
        assert guards[0].process.returncode == 1
        assert "store_ended" in (plan.data / "log-m1").read_text()
        assert guards[1].end() == 0
        until(lambda: not is_alive(programs[1]), "the end of etcd")
    finally:
        for guard in guards:
            guard.end()


def test_a_missing_etcd_is_a_mistake(
    plan: ClusterPlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    guard = GuardProcess(argv_of_store_guard(plan, "m1"), plan.data / "log")
    assert "apt install etcd-server" in guard.said()["mistake"]
    assert guard.end() == 2


def test_two_guards_never_share_a_store(plan: ClusterPlan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_guard, "LOCK_S", 0.0)
    held = Lock.take(plan.folder / "store-m1.lock")
    assert held is not None
    with held:
        with pytest.raises(store_guard.Mistake, match="Another process guards the store m1"):
            store_guard._lock(plan, "m1", Ears())
        with pytest.raises(Interrupted):
            store_guard._lock(plan, "m1", Ears(asked=True))
