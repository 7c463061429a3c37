"""`holdfast up --replicas 2`: the applications on a cluster, whose members come and go."""

import json
import os
import signal
from pathlib import Path

import pytest

from holdfast.platform.data.cluster.record import recorded_plan
from holdfast.platform.data.cluster_folder import running_pid
from tests.support.clusters import folder_for_cluster
from tests.support.fleet import Fleet, eventually, fleet, holdfast, start

pytestmark = [pytest.mark.processes, pytest.mark.cluster, pytest.mark.timeout(400)]

HEALTHY_S = 100.0
UID = 1234


def status(started: Fleet) -> dict[str, object]:
    said = started.holdfast("cluster", "status", "--json", "--data", str(started.data))
    found: dict[str, object] = json.loads(said.stdout)
    return found


def leader(started: Fleet) -> str:
    members = status(started)["members"]
    assert isinstance(members, list)
    return str(next((one["name"] for one in members if one["role"] == "leader"), ""))


def is_healthy(started: Fleet) -> bool:
    return status(started)["healthy"] is True


def server(started: Fleet, name: str) -> int:
    return running_pid(recorded_plan(started.data).postgres_of(name)) or 0


def users(started: Fleet) -> set[int]:
    return {user["uid"] for user in started.get("/users")}


def up(data: Path, offset: int) -> Fleet:
    words = ["--data", str(data), "--port-offset", str(offset), "--nodes", "1"]
    return start(
        [*words, "--time-scale", "0.01", "--demo", "false", "--replicas", "2"], data, offset
    )


def test_applications_move_to_a_cluster_and_outlive_its_leader() -> None:
    with folder_for_cluster() as folder:
        data = folder / "data"
        with fleet(data, nodes=1) as single:
            known = users(single)
            offset = single.offset
        assert known
        started = up(data, offset)
        try:
            assert users(started) == known
            _outlives_its_leader(started)
            servers = [server(started, name) for name in ("m1", "m2", "m3")]
        finally:
            assert started.stop() == 0
        assert not any(Path(f"/proc/{pid}").exists() for pid in servers)
        alone = holdfast("up", "--data", str(data), folder=folder)
        assert alone.returncode == 2
        assert "holds a cluster: start it with --replicas 2" in alone.stderr
        again = up(data, offset)
        try:
            assert users(again) == known
            assert len(again.attempts(UID)) == 20
        finally:
            assert again.stop() == 0


def _outlives_its_leader(started: Fleet) -> None:
    eventually(lambda: is_healthy(started), HEALTHY_S, "a healthy cluster")
    apps = [*started.pids("node"), *started.pids("results-api")]
    before = leader(started)
    os.kill(server(started, before), signal.SIGKILL)
    eventually(lambda: leader(started) not in ("", before), HEALTHY_S, "another leader")
    eventually(lambda: is_healthy(started), HEALTHY_S, "a healthy cluster")
    played = started.holdfast("student", "--all", "--uid", str(UID))
    assert "20 of 20 passed" in played.stdout, played.stdout + played.stderr
    moved = started.holdfast("cluster", "switchover", "--data", str(started.data))
    assert moved.returncode == 0, moved.stderr
    _comes_back(started, before)
    assert [*started.pids("node"), *started.pids("results-api")] == apps


def _comes_back(started: Fleet, name: str) -> None:
    """A member that dies with its guard is started again by the supervisor."""
    old = server(started, name)
    patroni = int((recorded_plan(started.data).folder_of(name) / "patroni.pid").read_text())
    guard = int(Path(f"/proc/{patroni}/stat").read_text().rpartition(")")[2].split()[1])
    for pid in (guard, patroni, old):
        os.kill(pid, signal.SIGKILL)
    eventually(lambda: server(started, name) not in (0, old), HEALTHY_S, "its server")
    eventually(lambda: is_healthy(started), HEALTHY_S, "a healthy cluster")
