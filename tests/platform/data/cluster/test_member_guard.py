"""A member's guard says mistakes at its gate, and shares its folder with no other guard."""

from pathlib import Path

import pytest

from holdfast.platform.data.cluster import member_guard
from holdfast.platform.data.cluster.member_guard import argv_of_member_guard
from holdfast.platform.data.cluster.plan import ClusterPlan, members_here
from holdfast.platform.data.cluster.record import settle
from holdfast.platform.data.cluster_folder import Interrupted
from holdfast.platform.runtime.folder import Lock
from tests.support.clusters import GuardProcess, folder_for_cluster, free_base

pytestmark = pytest.mark.processes


class Ears:
    """Nobody asks to stop, or somebody has."""

    def __init__(self, *, asked: bool = False) -> None:
        self._asked = asked

    def stop_asked(self) -> bool:
        return self._asked


def test_what_the_user_can_help_is_announced() -> None:
    with folder_for_cluster() as data:
        plan = settle(ClusterPlan(data, members_here(free_base()), bin_dir="/nowhere"))
        guard = GuardProcess(argv_of_member_guard(plan, "m1"), data / "log")
        assert "/nowhere" in guard.said()["mistake"]
        assert guard.end() == 2


def test_a_member_with_nothing_begins_nothing_and_ends_when_asked() -> None:
    with folder_for_cluster() as data:
        plan = settle(ClusterPlan(data, members_here(free_base()), store="raft"))
        guard = GuardProcess(argv_of_member_guard(plan, "m2"), data / "log")
        guard.hang_up()
        assert guard.said() == {}
        assert guard.end() == 0
        assert not plan.postgres_of("m2").exists()


def test_two_guards_never_share_a_member(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(member_guard, "LOCK_S", 0.0)
    plan = settle(ClusterPlan(tmp_path, members_here(5500)))
    held = Lock.take(plan.folder / "m1.lock")
    assert held is not None
    with held:
        with pytest.raises(member_guard.Mistake, match="Another process guards the member m1"):
            member_guard._lock(plan, "m1", Ears())
        with pytest.raises(Interrupted):
            member_guard._lock(plan, "m1", Ears(asked=True))
    with member_guard._lock(plan, "m1", Ears()) as lock:
        assert lock is not None
