"""A plan: ports apart from each other, folders in their place, and what may change later."""

from dataclasses import replace
from pathlib import Path

import pytest

from holdfast.platform.data.cluster.plan import (
    ClusterPlan,
    continued,
    member_at,
    members_apart,
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


def test_members_on_machines_of_their_own_have_the_same_ports() -> None:
    members = members_apart(("m1=192.0.2.2", "m2=192.0.2.3", "m3=192.0.2.4"), 5500)
    assert [(one.name, one.address) for one in members] == [
        ("m1", "192.0.2.2"),
        ("m2", "192.0.2.3"),
        ("m3", "192.0.2.4"),
    ]
    assert {(m.postgres, m.rest, m.client, m.peer) for m in members} == {(5500, 5510, 5520, 5530)}


@pytest.mark.parametrize(
    ("named", "why"),
    [
        (("m1=192.0.2.2", "m2=192.0.2.3"), "3 members, not 2"),
        (("m1=192.0.2.2", "m2=192.0.2.2", "m3=192.0.2.4"), "of its own"),
        (("m1=192.0.2.2", "m1=192.0.2.3", "m3=192.0.2.4"), "of its own"),
        (("m1", "m2=192.0.2.3", "m3=192.0.2.4"), "name=address"),
        (("m1=", "m2=192.0.2.3", "m3=192.0.2.4"), "name=address"),
        (("m1=db.example", "m2=192.0.2.3", "m3=192.0.2.4"), "name=address"),
        (("../m1=192.0.2.2", "m2=192.0.2.3", "m3=192.0.2.4"), "name=address"),
    ],
)
def test_a_list_that_makes_no_cluster_says_why(named: tuple[str, ...], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        members_apart(named, 5500)


def test_choices_may_change_but_members_ports_and_store_may_not() -> None:
    before = replace(plan(), store="raft")
    after = replace(plan(), when_alone="available", fast_failover=True)
    held = continued(before, after)
    assert held == replace(after, store="raft")
    with pytest.raises(ValueError, match="3 members from port 5500 on, not 3 from port 6000 on"):
        continued(before, replace(after, members=members_here(6000)))
    with pytest.raises(ValueError, match="not 2 from"):
        continued(before, replace(after, members=members_here(5500, 2)))
