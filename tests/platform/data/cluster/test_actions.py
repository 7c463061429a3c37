"""`holdfast cluster`: what is, and what was asked for, in words and exit codes."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from holdfast.cli import run
from holdfast.platform.data.cluster import actions
from holdfast.platform.data.cluster.plan import ClusterPlan, member_at
from holdfast.platform.data.cluster.record import settle
from tests.support.answers import Answerer, Heard, answers


def member(name: str, role: str, **more: Any) -> dict[str, Any]:
    state = "running" if role == "leader" else "streaming"
    return {"name": name, "role": role, "state": state, "host": "127.0.0.1", "port": 1,
            "timeline": 4, "lag": 0, **more}  # fmt: skip


HEALTHY = [
    member("m1", "leader"),
    member("m2", "quorum_standby"),
    member("m3", "quorum_standby"),
]


class Patroni:
    """All three members behind one port."""

    def __init__(self) -> None:
        self.members = HEALTHY
        self.answer: tuple[int, object] = (200, b"done")
        self.effect: Callable[[], None] = lambda: None

    def __call__(self, method: str, path: str, body: Any) -> tuple[int, object]:
        if method == "GET":
            return 200, {"members": self.members}
        self.effect()
        return self.answer


@contextmanager
def on(data: Path, patroni: Answerer) -> Iterator[Heard]:
    with answers(patroni) as heard:
        members = (replace(member_at(f"m{n}", "127.0.0.1", n), rest=heard.port) for n in (1, 2, 3))
        settle(ClusterPlan(data, tuple(members)))
        yield heard


def asked(heard: Heard) -> list[tuple[str, Any]]:
    return [(path, body) for method, path, body, _ in heard.asked if method == "POST"]


def test_status_is_a_table_and_a_verdict(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with on(tmp_path, Patroni()):
        assert run(["cluster", "status", "--data", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "leader" in said
    assert "quorum standby" in said
    assert "Healthy" in said


def test_an_unhealthy_cluster_is_exit_code_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    patroni = Patroni()
    patroni.members = HEALTHY[:2]
    with on(tmp_path, patroni):
        assert run(["cluster", "status", "--json", "--data", str(tmp_path)]) == 1
    said = json.loads(capsys.readouterr().out)
    assert said["healthy"] is False
    assert said["complaint"] == "m3 is not answering."
    assert [one["name"] for one in said["members"]] == ["m1", "m2", "m3"]


def test_a_cluster_that_does_not_answer_is_shown_as_such(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with on(tmp_path, lambda *_: (500, b"")):
        assert run(["cluster", "status", "--data", str(tmp_path)]) == 1
        assert run(["cluster", "switchover", "--data", str(tmp_path)]) == 1
    said = capsys.readouterr()
    assert said.out.count("not answering") == 3
    assert "no member of the cluster answers" in said.err


def test_a_switchover_waits_for_the_new_leader(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    patroni = Patroni()

    def moved() -> None:
        patroni.members = [member("m1", "replica"), member("m2", "leader", timeline=5)]

    patroni.effect = moved
    with on(tmp_path, patroni) as heard:
        assert run(["cluster", "switchover", "m2", "--data", str(tmp_path)]) == 0
    assert asked(heard) == [("/switchover", {"leader": "m1", "candidate": "m2"})]
    assert "The leader is m2; it was m1." in capsys.readouterr().out


def test_a_switchover_that_does_not_happen_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(actions, "SETTLE_S", 0.01)
    with on(tmp_path, Patroni()) as heard:
        assert run(["cluster", "switchover", "--data", str(tmp_path)]) == 1
    assert asked(heard) == [("/switchover", {"leader": "m1"})]
    assert "has not happened" in capsys.readouterr().err


def test_patronis_refusal_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    patroni = Patroni()
    patroni.answer = (412, b"no good candidates have been found")
    with on(tmp_path, patroni):
        assert run(["cluster", "switchover", "--data", str(tmp_path)]) == 1
    assert "no good candidates" in capsys.readouterr().err


def test_only_a_synchronous_replica_can_be_wished_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    patroni = Patroni()
    patroni.members = [*HEALTHY[:2], member("m3", "replica")]
    with on(tmp_path, patroni) as heard:
        assert run(["cluster", "switchover", "m3", "--data", str(tmp_path)]) == 1
    assert not asked(heard)
    assert "m3 is no synchronous replica and cannot lead now; m2 can" in capsys.readouterr().err


def test_one_member_is_restarted_or_copied_anew(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with on(tmp_path, Patroni()) as heard:
        assert run(["cluster", "restart", "m3", "--data", str(tmp_path)]) == 0
        assert run(["cluster", "reinit", "m3", "--data", str(tmp_path)]) == 0
        assert run(["cluster", "reinit", "m1", "--data", str(tmp_path)]) == 2
        assert run(["cluster", "restart", "m9", "--data", str(tmp_path)]) == 2
    assert asked(heard) == [("/restart", {}), ("/reinitialize", {"force": True})]
    said = capsys.readouterr()
    assert "m3 was restarted" in said.out
    assert "m1 is the leader" in said.err
    assert "the members are m1, m2, m3" in said.err


def test_without_a_leader_nothing_is_switched(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    patroni = Patroni()
    patroni.members = HEALTHY[1:]
    with on(tmp_path, patroni) as heard:
        assert run(["cluster", "switchover", "--data", str(tmp_path)]) == 1
    assert not asked(heard)
    assert "no leader just now" in capsys.readouterr().err


def test_a_folder_without_a_cluster_is_a_mistake(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["cluster", "status", "--data", str(tmp_path)]) == 2
    assert "There is no cluster" in capsys.readouterr().err
