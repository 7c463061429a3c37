"""A member keeps its Patroni alive, and never leaves PostgreSQL alone for long."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from holdfast.errors import Mistake
from holdfast.platform.data.account import Account
from holdfast.platform.data.cluster import member as module
from holdfast.platform.data.cluster.configuration import dynamic_configuration
from holdfast.platform.data.cluster.member import Member
from holdfast.platform.data.cluster.plan import ClusterPlan, member_at
from holdfast.platform.data.cluster.record import settle
from holdfast.platform.data.program import Program
from tests.support.answers import Heard, answers
from tests.support.processes import is_alive, until

ME = Account(os.geteuid(), os.getegid(), "me", switch=False)


def member_on(data: Path, *, port: int = 0, script: str = "") -> Member:
    """A member whose Patroni is a script, and whose API answers on `port`."""
    members = [member_at(f"m{n}", "127.0.0.1", n) for n in (1, 2, 3)]
    members[1] = replace(members[1], rest=port or members[1].rest)
    plan = settle(ClusterPlan(data, tuple(members)))
    made = Member(plan, "m2")
    made.folder.mkdir(exist_ok=True)
    argv = [sys.executable, "-c", script, str(made.folder / "patroni.json")]
    made._patroni = Program(argv, made.log, ME, dict(os.environ))
    return made


def ended(member: Member) -> bool:
    return member._program().exit_code() is not None


def test_a_patroni_that_never_gets_to_its_feet_is_a_mistake_that_names_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RESTART_S", 0.0)
    member = member_on(tmp_path, script="raise SystemExit(7)")
    member.start()
    for _ in range(module.HOPELESS - 1):
        until(lambda: ended(member), "its end")
        assert member.keep() == "Patroni ended with code 7 and was started again"
    until(lambda: ended(member), "its end")
    with pytest.raises(Mistake, match=r"ends at once with code 7; its log is .*member\.log"):
        member.keep()


def test_a_patroni_that_ends_again_and_again_is_not_started_in_a_storm(tmp_path: Path) -> None:
    member = member_on(tmp_path, script="raise SystemExit(7)")
    member.start()
    until(lambda: ended(member), "its end")
    before = member._program().pid
    assert member.keep() is None
    assert member._program().pid == before


def test_a_server_without_a_living_patroni_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LEASH_S", -1.0)
    stopped: list[Path] = []
    monkeypatch.setattr(module.cluster_folder, "running_pid", lambda folder: 4711)
    monkeypatch.setattr(module.cluster_folder, "stop_leftover", stopped.append)
    member = member_on(tmp_path, script="")
    member.postgres.mkdir()
    member.start()
    until(lambda: ended(member), "its end")
    said = member.keep()
    assert said is not None
    assert "PostgreSQL was stopped" in said
    assert stopped == [member.postgres]


def test_a_patroni_that_does_not_answer_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = member_on(tmp_path, script="import time; time.sleep(600)")
    member.start()
    monkeypatch.setattr(module, "SILENT_S", -1.0)
    assert member.keep() is None, "it may still be starting"
    monkeypatch.setattr(module, "STARTING_S", -1.0)
    assert member.keep() == "Patroni did not answer and was killed"
    assert ended(member)


def test_a_patroni_that_starts_beside_a_running_server_gets_no_longer_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module.cluster_folder, "running_pid", lambda folder: 4711)
    monkeypatch.setattr(module, "SILENT_S", -1.0)
    member = member_on(tmp_path, script="import time; time.sleep(600)")
    member.start()
    assert member.keep() == "Patroni did not answer and was killed"


def cluster_says(*members: dict[str, object]) -> dict[str, object]:
    return {"members": list(members)}


LEADER = {"name": "m1", "role": "leader", "state": "running", "timeline": 1}
REPLICA = {"name": "m3", "role": "sync_standby", "state": "streaming", "timeline": 1}


@pytest.mark.parametrize(
    ("said", "durable", "available"),
    [
        (cluster_says(LEADER, REPLICA), True, True),
        (cluster_says(LEADER), False, True),
        (cluster_says(REPLICA), False, False),
        ({}, False, False),
    ],
)
def test_a_member_is_ready_when_the_cluster_keeps_what_it_acknowledges(
    tmp_path: Path, said: dict[str, object], durable: bool, available: bool
) -> None:
    with answers(lambda *_: (200, said)) as heard:
        member = member_on(tmp_path, port=heard.port)
        assert member.is_ready() is durable
        member.plan = replace(member.plan, when_alone="available")
        assert member.is_ready() is available
    assert member.is_ready() is False


def test_the_leader_tells_the_cluster_what_was_changed_in_the_settings(tmp_path: Path) -> None:
    me = {**LEADER, "name": "m2"}

    def paths(heard: Heard) -> list[tuple[str, str]]:
        return [(method, path) for method, path, _, _ in heard.asked]

    config: dict[str, object] = {}

    def answer(_: str, path: str, body: object) -> tuple[int, object]:
        return 200, config if path == "/config" else cluster_says(me, REPLICA)

    with answers(answer) as heard:
        member = member_on(tmp_path, port=heard.port)
        assert member.is_ready()
        assert ("PATCH", "/config") in paths(heard)
        config = dynamic_configuration(member.plan)
        heard.asked.clear()
        assert member.is_ready()
        assert ("PATCH", "/config") not in paths(heard)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_patroni_that_was_left_over_is_ended_and_a_stranger_is_not(tmp_path: Path) -> None:
    member = member_on(tmp_path, script="import time; time.sleep(600)")
    member.start()
    left_over = member._program().pid
    assert left_over is not None
    member._end_leftovers()
    until(lambda: ended(member), "its end")
    assert member._program().exit_code() == -signal.SIGKILL
    with subprocess.Popen(["/bin/sleep", "600"]) as stranger:
        for text in (str(stranger.pid), "nonsense", "-1", "1", str(2**40)):
            (member.folder / "patroni.pid").write_text(text)
            member._end_leftovers()
        assert is_alive(stranger.pid)
        stranger.kill()
    (member.folder / "patroni.pid").unlink()
    member._end_leftovers()
