"""A plan: ports apart from each other, folders in their place, and what may change later."""

from dataclasses import replace
from pathlib import Path

import pytest

from holdfast.platform.data.cluster.plan import (
    ClusterPlan,
    continued,
    member_at,
    members_here,
    read_plan,
)


def plan() -> ClusterPlan:
    return ClusterPlan(Path("/data"), members_here(5500))


def test_no_two_processes_of_a_machine_share_a_port() -> None:
    ports = [
        port
        for member in plan().members
        for port in (member.postgres, member.rest, member.client, member.peer)
    ]
    assert len(ports) == len(set(ports)) == 12
    assert (min(ports), max(ports)) == (5500, 5532)


def test_a_plan_survives_the_command_line() -> None:
    given = replace(
        plan(), store="raft", fast_failover=True, when_alone="available", networks=("10.0.0.0/8",)
    )
    assert read_plan(given.text()) == given


def test_members_are_found_by_name() -> None:
    given = plan()
    assert given.first.name == "m1"
    assert given.member("m2") == given.members[1]
    assert [other.name for other in given.others("m2")] == ["m1", "m3"]
    with pytest.raises(KeyError):
        given.member("m4")


def test_folders_and_addresses_follow_from_the_names() -> None:
    given = plan()
    assert given.postgres_of("m1") == Path("/data/cluster/m1/postgres")
    assert given.store_of("m1") == Path("/data/cluster/store-m1")
    member = member_at("x", "10.0.0.7", 100)
    assert member.rest_url == "http://10.0.0.7:110"
    assert member.client_url == "http://10.0.0.7:120"
    assert member.peer_url == "http://10.0.0.7:130"


def test_choices_may_change_but_members_ports_and_store_may_not() -> None:
    before = replace(plan(), store="raft")
    after = replace(plan(), when_alone="available", fast_failover=True)
    held = continued(before, after)
    assert held == replace(after, store="raft")
    with pytest.raises(ValueError, match="3 members from port 5500 on, not 3 from port 6000 on"):
        continued(before, replace(after, members=members_here(6000)))
    with pytest.raises(ValueError, match="not 2 from"):
        continued(before, replace(after, members=members_here(5500, 2)))
