"""What Patroni and etcd are told: the measured times, the safe choices, and no open door."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from holdfast.platform.data.addresses import servers_of
from holdfast.platform.data.cluster.configuration import (
    Passwords,
    access_rules,
    application_dsn,
    dynamic_configuration,
    etcd_command,
    patroni_configuration,
    roles_sql,
)
from holdfast.platform.data.cluster.plan import ClusterPlan, members_here

PLAN = ClusterPlan(Path("/data"), members_here(5500))
PASSWORDS = Passwords("super-pw", "repl-pw", "rewind-pw", "app-pw", "rest-pw", "store-pw")


def patroni(plan: ClusterPlan = PLAN, *, has_data: bool = True) -> Any:
    made = patroni_configuration(
        plan, plan.members[1], PASSWORDS, bin_dir="/bin", major=15, has_data=has_data
    )
    return json.loads(json.dumps(made))


def test_the_times_are_those_that_were_measured() -> None:
    shared = dynamic_configuration(PLAN)
    times = {key: shared[key] for key in ("ttl", "loop_wait", "retry_timeout")}
    assert times == {"ttl": 20, "loop_wait": 2, "retry_timeout": 3}
    assert shared["primary_start_timeout"] == 0
    assert patroni()["bootstrap"]["dcs"] == shared


def test_a_member_without_data_cannot_begin_a_cluster() -> None:
    assert "bootstrap" not in patroni(has_data=False)


def test_a_commit_waits_for_a_replica_and_strictly_so_when_durability_is_wished() -> None:
    durable = dynamic_configuration(PLAN)
    assert durable["synchronous_mode"] == "quorum"
    assert durable["synchronous_node_count"] == 1
    assert durable["synchronous_mode_strict"] is True
    available = dynamic_configuration(replace(PLAN, when_alone="available"))
    assert available["synchronous_mode_strict"] is False
    for plan in (PLAN, replace(PLAN, durable=False)):
        given = patroni(plan)["postgresql"]["parameters"]
        assert given["synchronous_commit"] == "on"
        assert given["full_page_writes"] == "on"


def test_only_a_leader_that_nobody_deposes_early_may_outlive_its_store() -> None:
    assert dynamic_configuration(PLAN)["failsafe_mode"] is True
    assert dynamic_configuration(replace(PLAN, fast_failover=True))["failsafe_mode"] is False


def test_a_member_listens_where_the_plan_says_and_nowhere_else() -> None:
    given = patroni()
    assert given["name"] == "m2"
    assert given["restapi"]["listen"] == "127.0.0.1:5511"
    assert given["postgresql"]["listen"] == "127.0.0.1:5501"
    assert given["postgresql"]["data_dir"] == "/data/cluster/m2/postgres"
    assert given["etcd3"]["hosts"] == ["127.0.0.1:5520", "127.0.0.1:5521", "127.0.0.1:5522"]
    assert given["restapi"]["authentication"]["password"] == "rest-pw"


def test_patronis_own_raft_is_bound_and_has_a_password() -> None:
    raft = patroni(replace(PLAN, store="raft"))["raft"]
    assert raft["self_addr"] == raft["bind_addr"] == "127.0.0.1:5531"
    assert raft["partner_addrs"] == ["127.0.0.1:5530", "127.0.0.1:5532"]
    assert raft["password"] == "store-pw"
    assert "etcd3" not in patroni(replace(PLAN, store="raft"))


def test_nobody_connects_without_a_password_or_from_elsewhere() -> None:
    rules = access_rules(replace(PLAN, networks=("10.1.0.0/16",)))
    assert rules == [
        "host replication replicator 10.1.0.0/16 scram-sha-256",
        "host all all 10.1.0.0/16 scram-sha-256",
    ]
    assert all(rule.endswith("scram-sha-256") for rule in access_rules(PLAN))


def test_the_address_names_all_members() -> None:
    servers = servers_of(application_dsn(PLAN, "app-pw"))
    assert list(servers) == ["127.0.0.1:5500", "127.0.0.1:5501", "127.0.0.1:5502"]
    assert servers["127.0.0.1:5500"] == "postgresql://holdfast:app-pw@127.0.0.1:5500/holdfast"


def test_each_etcd_knows_the_others_and_listens_on_its_own_address() -> None:
    command = etcd_command(PLAN, PLAN.members[2], "/usr/bin/etcd", "token")
    assert command[0] == "/usr/bin/etcd"
    given = dict(word.removeprefix("--").split("=", 1) for word in command[1:])
    assert given["name"] == "m3"
    assert given["listen-client-urls"] == "http://127.0.0.1:5522"
    assert given["listen-peer-urls"] == "http://127.0.0.1:5532"
    assert given["initial-cluster"].count("http://") == 3
    assert given["initial-cluster-token"] == "token"


def test_the_roles_are_made_line_by_line_and_may_be_made_again() -> None:
    lines = roles_sql(PASSWORDS).splitlines()
    assert lines[0] == "ALTER ROLE postgres PASSWORD 'super-pw'"
    assert "ALTER ROLE replicator LOGIN REPLICATION PASSWORD 'repl-pw'" in lines
    assert "ALTER ROLE rewinder LOGIN PASSWORD 'rewind-pw'" in lines
    assert not any(line.startswith("CREATE") for line in lines)
    assert sum("GRANT EXECUTE" in line and "rewinder" in line for line in lines) == 4
