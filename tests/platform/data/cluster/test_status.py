"""The state of a cluster, as values, as a table, and as a verdict."""

from typing import Any

import pytest

from holdfast.platform.data.cluster.status import (
    ClusterStatus,
    completed,
    freshest,
    read_status,
    table,
)

NAMES = ("m1", "m2", "m3")


def member(name: str, role: str, **more: Any) -> dict[str, Any]:
    state = "running" if role == "leader" else "streaming"
    return {"name": name, "role": role, "state": state, "host": "127.0.0.1", "port": 5500,
            "timeline": 4, "lag": 0, **more}  # fmt: skip


def status(*members: dict[str, Any], **more: Any) -> ClusterStatus:
    found = read_status({"members": list(members), **more})
    assert found is not None
    return found


HEALTHY = (
    member("m1", "leader"),
    member("m2", "quorum_standby"),
    member("m3", "quorum_standby"),
)


def test_a_healthy_cluster_gives_no_cause_for_complaint() -> None:
    found = status(*HEALTHY)
    assert found.complaint(NAMES) is None
    assert found.leader is not None
    assert found.leader.name == "m1"


@pytest.mark.parametrize(
    ("members", "complaint"),
    [
        (HEALTHY[1:], "There is no leader: nothing can be written."),
        ((member("m1", "leader", state="stopped"), *HEALTHY[1:]), "There is no leader"),
        ((HEALTHY[0], member("m3", "replica")), "There is no synchronous replica."),
        (HEALTHY[:2], "m3 is not answering."),
        ((*HEALTHY[:2], member("m3", "replica", state="starting")), "m3 is starting."),
        ((*HEALTHY[:2], member("m3", "replica", timeline=3)), "not on the leader's timeline"),
        ((*HEALTHY[:2], member("m3", "replica")), "m3 does not confirm commits yet."),
    ],
)
def test_a_complaint_names_what_is_wrong(
    members: tuple[dict[str, Any], ...], complaint: str
) -> None:
    said = status(*members).complaint(NAMES)
    assert said is not None
    assert complaint in said


def test_a_paused_cluster_is_not_healthy() -> None:
    said = status(*HEALTHY, pause=True).complaint(NAMES)
    assert said is not None
    assert "paused" in said


def test_the_table_has_a_line_for_each_member_and_for_those_nobody_saw() -> None:
    found = status(
        member("m2", "sync_standby", lag=2048), member("m1", "leader"),
        member("m4", "replica", lag="unknown"), member("m5", "replica", lag=3 * 1024 * 1024),
    )  # fmt: skip
    lines = table(completed(found, {"m1": "x:1", "m3": "127.0.0.1:5502"}))
    assert [line.split()[0] for line in lines] == ["member", "m1", "m2", "m3", "m4", "m5"]
    assert lines[1].split() == ["m1", "127.0.0.1:5500", "leader", "running", "4"]
    assert "sync standby" in lines[2]
    assert lines[2].endswith("2 kB")
    assert "127.0.0.1:5502" in lines[3]
    assert "not answering" in lines[3]
    assert lines[4].endswith("unknown")
    assert lines[5].endswith("3.0 MB")


def test_an_answer_that_is_no_status_is_none() -> None:
    for said in (None, [], {"members": 3}, "x"):
        assert read_status(said) is None
    found = read_status({"members": [3, {}]})
    assert found is not None
    assert found.members[0].name == ""


def test_who_was_cut_off_is_not_believed() -> None:
    old = status(*HEALTHY)
    new = status(member("m2", "leader", timeline=5), member("m3", "sync_standby", timeline=5))
    none = status(*HEALTHY[1:])
    assert freshest([old, none, new]) is new
    assert freshest([none]) is none
    assert freshest([]) is None
