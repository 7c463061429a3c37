"""The member of one machine is a process that `holdfast run` knows."""

import pytest

from holdfast.platform.data.cluster import machine
from holdfast.platform.data.cluster.declaration import member_process
from holdfast.platform.runtime.config import Effective


def test_the_process_runs_this_machines_member(monkeypatch: pytest.MonkeyPatch) -> None:
    run: list[Effective] = []
    monkeypatch.setattr(machine, "run_member", run.append)
    process = member_process()
    effective = Effective.load({})
    process.run(effective)
    assert (process.name, run) == ("database-member", [effective])
