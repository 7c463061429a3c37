"""The data folder keeps plan, passwords and address of a cluster, and never two kinds of data."""

import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from holdfast.errors import Mistake
from holdfast.platform.data.cluster.plan import ClusterPlan, members_here
from holdfast.platform.data.cluster.record import (
    fresh_passwords,
    is_cluster,
    passwords_of,
    recorded_plan,
    settle,
)


def plan(data: Path) -> ClusterPlan:
    return ClusterPlan(data, members_here(5500))


def test_a_new_cluster_is_recorded_for_its_owner_only(tmp_path: Path) -> None:
    assert not is_cluster(tmp_path)
    held = settle(plan(tmp_path))
    assert held == recorded_plan(tmp_path) == plan(tmp_path)
    assert is_cluster(tmp_path)
    passwords = passwords_of(tmp_path)
    assert len({passwords.superuser, passwords.replication, passwords.rest}) == 3
    dsn = (tmp_path / "database.dsn").read_text()
    assert f":{passwords.application}@127.0.0.1:5500,127.0.0.1:5501,127.0.0.1:5502/" in dsn
    files = [tmp_path / "database.dsn", *(tmp_path / "cluster").glob("*.json")]
    assert len(files) == 3
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in files)


def test_a_second_start_keeps_passwords_and_store_and_takes_new_choices(tmp_path: Path) -> None:
    settle(replace(plan(tmp_path), store="raft"))
    before = passwords_of(tmp_path)
    held = settle(replace(plan(tmp_path), when_alone="available"))
    assert (held.store, held.when_alone) == ("raft", "available")
    assert passwords_of(tmp_path) == before


def test_the_password_of_a_single_server_goes_on(tmp_path: Path) -> None:
    (tmp_path / "database.password").write_text("old-one\n")
    settle(plan(tmp_path))
    assert passwords_of(tmp_path).application == "old-one"


def test_given_passwords_are_used_and_no_others_afterwards(tmp_path: Path) -> None:
    given = fresh_passwords()
    settle(plan(tmp_path), given)
    assert passwords_of(tmp_path) == given
    settle(plan(tmp_path), given)
    with pytest.raises(Mistake, match="made with other passwords"):
        settle(plan(tmp_path), fresh_passwords())


def test_other_ports_are_a_mistake_that_says_what_to_do(tmp_path: Path) -> None:
    settle(plan(tmp_path))
    with pytest.raises(Mistake, match=r"from port 5500 on, not .* 6000 on.*cluster_port"):
        settle(replace(plan(tmp_path), members=members_here(6000)))
    assert recorded_plan(tmp_path) == plan(tmp_path)


def test_a_damaged_record_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match="no cluster"):
        recorded_plan(tmp_path)
    settle(plan(tmp_path))
    (tmp_path / "cluster" / "plan.json").write_text("{}")
    with pytest.raises(Mistake, match="not readable"):
        recorded_plan(tmp_path)
    passwords = tmp_path / "cluster" / "passwords.json"
    for text in ("nonsense", json.dumps({"superuser": "x"})):
        passwords.write_text(text)
        with pytest.raises(Mistake, match="damaged"):
            passwords_of(tmp_path)
    passwords.unlink()
    with pytest.raises(Mistake, match="No such file"):
        passwords_of(tmp_path)
