"""What a fleet took is asked of its processes' own pages."""

import asyncio
import os
from pathlib import Path

from holdfast.platform.load.fleet_cost import Look, cost, growth, look
from holdfast.platform.telemetry.port import Who, observed
from holdfast.platform.telemetry.readiness import Readiness
from holdfast.platform.telemetry.targets import Target, note


async def test_a_process_that_tells_is_looked_at_and_a_silent_one_left_out(tmp_path: Path) -> None:
    async with observed(Who("node-1", "node", tmp_path), Readiness()):
        note(tmp_path, Target("node-2", "node", "127.0.0.1:1", os.getpid()))
        found = await asyncio.to_thread(look, tmp_path)
    assert list(found.cpu_s) == ["node-1"]
    assert found.memory["node-1"] > 1_000_000
    has, most = found.files["node-1"]
    assert 0 < has <= most
    assert not found.many


def test_only_who_was_there_all_the_time_has_a_cost() -> None:
    before = Look({"a": 1.0, "gone": 5.0}, {"a": 1.0}, 2.0)
    after = Look({"a": 1.5, "new": 3.0}, {"a": 9.0}, 2.25)
    found = cost(before, after)
    assert found.cpu_s == {"a": 0.5}
    assert found.memory == {"a": 9.0}
    assert found.own_cpu_s == 0.25


def test_growth_is_told_by_kind_of_those_who_were_there_before() -> None:
    calm = Look({}, {"node-1": 10.0, "node-2": 10.0, "database": 5.0}, 0.0)
    full = Look({}, {"node-1": 12.0, "node-2": 13.0, "database": 5.0, "new-1": 9.0}, 0.0)
    assert growth(calm, full) == {"node": 5.0, "database": 0.0}
